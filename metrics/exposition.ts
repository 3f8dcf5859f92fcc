// Metrics as text, in the order and notation of the reference. prom-client's own text has families in the order of their
// registration and JavaScript's numbers: le="1000000" and not le="1e+06", so series would have other labels than
// those of the reference.

import type { Registry } from 'prom-client';
import { formatFloat, formatOpenMetricsFloat } from './float.js';

/** Format of a metrics page. `text` is version 0.0.4, which every Prometheus client reads. */
export type ExpositionFormat = 'text' | 'openmetrics';

/** `Content-Type` of each format. */
export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** One sample line of a family. */
export interface Sample {
  /** Name of the family, with `_bucket`, `_sum` or `_count` in histograms and summaries. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/**
 * One metric with all its children. Samples of a histogram are grouped by child: ascending buckets, then sum and count.
 */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  /** `counter`, `gauge`, `histogram` or `summary`. */
  readonly type: string;
  readonly samples: readonly Sample[];
}

/** Renders the registry's metrics in one of the formats. */
export async function renderMetrics(registry: Registry, format: ExpositionFormat = 'text'): Promise<string> {
  return renderFamilies(await collectFamilies(registry), format);
}

/** Reads the current metrics of the registry. */
export async function collectFamilies(registry: Registry): Promise<MetricFamily[]> {
  const families: readonly CollectedFamily[] = await registry.getMetricsAsJSON();
  return families.map(({ name, help, type, values }) => ({
    name,
    help,
    type: String(type),
    samples: values.map(({ metricName, labels, value }) => ({
      name: metricName ?? name,
      labels: defined(labels),
      value,
    })),
  }));
}

/**
 * Renders families by name, children by label values, and labels by name with `le` and `quantile` last. This is the
 * reference's order and does not depend on the order of registration. Families without samples are left out.
 */
export function renderFamilies(families: readonly MetricFamily[], format: ExpositionFormat): string {
  const shown = families.filter((family) => family.samples.length > 0);
  shown.sort((a, b) => compare(a.name, b.name));
  const page = shown.map((family) => renderFamily(family, format)).join('');
  return format === 'openmetrics' ? `${page}# EOF\n` : page;
}

/** Family as prom-client returns it. Its declarations omit `metricName` and declare `type` as a number. */
interface CollectedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: unknown;
  readonly values: readonly {
    readonly metricName?: string;
    readonly labels: Readonly<Partial<Record<string, string | number>>>;
    readonly value: number;
  }[];
}

function renderFamily(family: MetricFamily, format: ExpositionFormat): string {
  const open = format === 'openmetrics';
  // OpenMetrics names a counter without the `_total` that its samples must carry.
  const name = open && family.type === 'counter' ? family.name.replace(/_total$/, '') : family.name;
  const help = open ? escapeLabel(family.help) : escapeHelp(family.help);
  const lines = [`# HELP ${name} ${help}\n`, `# TYPE ${name} ${family.type}\n`];
  for (const { sample, labels } of ordered(family.samples)) {
    const sampleName = open && family.type === 'counter' ? `${name}_total` : sample.name;
    lines.push(`${sampleName}${renderLabels(labels, open)} ${renderValue(family, sample, open)}\n`);
  }
  return lines.join('');
}

/** Renders a value. In OpenMetrics, numbers of observations are integers and all other values are floats. */
function renderValue(family: MetricFamily, sample: Sample, open: boolean): string {
  if (!open) {
    return formatFloat(sample.value);
  }
  const counts = sample.name === `${family.name}_bucket` || sample.name === `${family.name}_count`;
  const distribution = family.type === 'histogram' || family.type === 'summary';
  return counts && distribution ? String(sample.value) : formatOpenMetricsFloat(sample.value);
}

type Label = readonly [name: string, value: string | number];

function renderLabels(labels: readonly Label[], open: boolean): string {
  if (labels.length === 0) {
    return '';
  }
  const number = open ? formatOpenMetricsFloat : formatFloat;
  const texts = labels.map(([name, value]) => {
    const text = typeof value === 'number' ? number(value) : escapeLabel(value);
    return `${name}="${text}"`;
  });
  return `{${texts.join(',')}}`;
}

/** Groups samples by child. The sort is stable, so the samples of a child keep their order. */
function ordered(samples: readonly Sample[]): readonly { sample: Sample; labels: readonly Label[] }[] {
  const keyed = samples.map((sample) => {
    const labels = Object.entries(sample.labels).sort(compareLabels);
    const child = labels.filter(([name]) => !withinChild(name)).map(([, value]) => String(value));
    return { sample, labels, child };
  });
  return keyed.sort((a, b) => compareLists(a.child, b.child));
}

/** Returns whether a label separates the samples of one child. */
function withinChild(label: string): boolean {
  return label === 'le' || label === 'quantile';
}

function compareLabels([a]: Label, [b]: Label): number {
  return Number(withinChild(a)) - Number(withinChild(b)) || compare(a, b);
}

function compareLists(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compare(a[i] ?? '', b[i] ?? '');
    if (order !== 0) {
      return order;
    }
  }
  return a.length - b.length;
}

/** Compares by code unit, independent of the locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function escapeHelp(text: string): string {
  return text.replace(/[\\\n]/g, (c) => (c === '\n' ? '\\n' : '\\\\'));
}

function escapeLabel(text: string): string {
  return text.replace(/[\\\n"]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));
}

function defined(labels: Readonly<Partial<Record<string, string | number>>>): Record<string, string | number> {
  const kept: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(labels)) {
    if (value !== undefined) {
      kept[name] = value;
    }
  }
  return kept;
}
