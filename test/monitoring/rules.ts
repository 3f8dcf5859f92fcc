import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { createMetrics } from '../../metrics/index.js';

/** Folder of the rules and their tests. */
export const PROMETHEUS = resolve(import.meta.dirname, '../../deploy/prometheus');

/** An alerting rule. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A recording rule. */
export interface Recording {
  readonly record: string;
  readonly expr: string;
}

/** One `tests` entry of a file for promtool. */
export interface RuleTest {
  readonly name: string;
  readonly promql_expr_test: readonly {
    readonly expr: string;
    readonly eval_time: string;
    readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
  }[];
}

/** A file of rule tests. */
export interface TestFile {
  readonly path: string;
  readonly tests: readonly RuleTest[];
}

/** Returns the files of rules, or of their tests. */
export function yamlFiles(folder: 'rules' | 'tests'): string[] {
  return readdirSync(join(PROMETHEUS, folder))
    .filter((name) => name.endsWith('.yml'))
    .sort()
    .map((name) => join(PROMETHEUS, folder, name));
}

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly (Alert | Recording)[] }[];
}

function rules(): (Alert | Recording)[] {
  return yamlFiles('rules').flatMap((path) =>
    (parse(readFileSync(path, 'utf8')) as RuleFile).groups.flatMap((group) => group.rules),
  );
}

/** Returns all alerts. */
export function alerts(): Alert[] {
  return rules().filter((rule) => 'alert' in rule);
}

/** Returns all recording rules. */
export function recordings(): Recording[] {
  return rules().filter((rule) => 'record' in rule);
}

/** Returns all tests, by file. */
export function ruleTests(): TestFile[] {
  return yamlFiles('tests').map((path) => ({ path, ...(parse(readFileSync(path, 'utf8')) as Omit<TestFile, 'path'>) }));
}

/** Series that Prometheus itself adds for each target. */
const OF_PROMETHEUS = ['up', 'scrape_duration_seconds', 'ALERTS'];

/** Returns the names of all series: the collector's, with the suffixes of histograms, and those of Prometheus. */
export async function knownSeries(): Promise<Set<string>> {
  const families = await createMetrics({
    version: 'test',
    exchanges: { portGroups: ['80'], hosts: [] },
  }).registry.getMetricsAsJSON();
  return new Set([...OF_PROMETHEUS, ...families.flatMap(({ name, type }) => seriesOf(name, String(type)))]);
}

function seriesOf(name: string, type: string): string[] {
  return type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

/** Returns the names of series in an expression: every word that is not a function, keyword or label. */
export function seriesIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  const names = [...bare.matchAll(/(?<![\w:])[a-zA-Z_:][\w:]*(?![\w:]|\s*\()/g)].map(([name]) => name);
  // Keywords contain neither; `up` and ALERTS are the only series without.
  return names.filter((name) => /[_:]/.test(name) || OF_PROMETHEUS.includes(name));
}
