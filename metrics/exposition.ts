import type { Registry } from 'prom-client';
import { formatFloat, formatOpenMetricsFloat } from './float.js';

/** A page that Prometheus reads: 0.0.4 is the text format that everything reads. */
export type ExpositionFormat = 'text' | 'openmetrics';

/** The `Content-Type` of each format. */
export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** One line of a family. */
export interface Sample {
  /** The family's name, in histograms and summaries with `_bucket`, `_sum` or `_count`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** A metric with all its children. A histogram's samples stand child by child, buckets ascending, then sum and count. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  /** `counter`, `gauge`, `histogram` or `summary`. */
  readonly type: string;
  readonly samples: readonly Sample[];
}

/** The registry's page in one of the formats. */
export async function renderMetrics(registry: Registry, format: ExpositionFormat = 'text'): Promise<string> {
  return renderFamilies(await collectFamilies(registry), format);
}

/** What the registry holds now. */
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
 * Families in the order of their names, children in the order of their label values, labels in the order of their
 * names with `le` and `quantile` last: the reference's order, whatever the order of registration. A family without
 * samples is left out.
 */
export function renderFamilies(families: readonly MetricFamily[], format: ExpositionFormat): string {
  const shown = families.filter((family) => family.samples.length > 0);
  shown.sort((a, b) => compare(a.name, b.name));
  const page = shown.map((family) => renderFamily(family, format)).join('');
  return format === 'openmetrics' ? `${page}# EOF\n` : page;
}

/** What prom-client gives; its declarations leave out `metricName` and call `type` a number. */
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

/** How many observations there were is a whole number; every other value of OpenMetrics is a float. */
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

/** Samples grouped by child. The sort is stable: what a child's samples are in stays as it was. */
function ordered(samples: readonly Sample[]): readonly { sample: Sample; labels: readonly Label[] }[] {
  const keyed = samples.map((sample) => {
    const labels = Object.entries(sample.labels).sort(compareLabels);
    const child = labels.filter(([name]) => !withinChild(name)).map(([, value]) => String(value));
    return { sample, labels, child };
  });
  return keyed.sort((a, b) => compareLists(a.child, b.child));
}

/** Labels that tell apart the samples of one child. */
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

/** By code unit, never by locale. */
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
