import type { CpuCounters, CpuStatistics } from '../../conntrack/index.js';
import { formatCount, ownLetters, type TextColumn, type TextStyle, textTable } from '../chart/index.js';

/** Counters in the order of the kernel's attributes, with their titles. */
const COUNTERS: readonly (readonly [name: keyof CpuCounters, title: string])[] = [
  ['found', 'FOUND'],
  ['invalid', 'INVALID'],
  ['insert', 'INSERT'],
  ['insertFailed', 'INSERT_FAILED'],
  ['drop', 'DROP'],
  ['earlyDrop', 'EARLY_DROP'],
  ['error', 'ERROR'],
  ['searchRestart', 'SEARCH_RESTART'],
  ['clashResolve', 'CLASH_RESOLVE'],
  ['chainTooLong', 'CHAIN_TOOLONG'],
];

/** Returns the lines of a table of counters: one for each CPU, and the last for all. */
export function countersTable(cpus: readonly CpuStatistics[], sum: CpuCounters, style: TextStyle): string[] {
  const shown = COUNTERS.filter(([name]) => sum[name] !== undefined);
  const columns: TextColumn[] = [
    { title: 'CPU', align: 'right' },
    ...shown.map(([, title]): TextColumn => ({ title, align: 'right' })),
  ];
  const cells = (counters: CpuCounters): string[] => shown.map(([name]) => countText(counters[name], style));
  const rows = [...cpus.map((cpu) => [String(cpu.cpu), ...cells(cpu)]), ['all', ...cells(sum)]];
  return textTable(columns, rows, style);
}

const TIME_WIDTH = '00:00:00.000Z'.length;
const ENTRIES = 'ENTRIES';
const ENTRIES_WIDTH = 11;

/** Returns the line of titles above {@link growthLine}. */
export function growthColumns({ paint }: TextStyle): string {
  return paint(
    'faint',
    ['TIME'.padEnd(TIME_WIDTH), ENTRIES.padStart(ENTRIES_WIDTH), ...COUNTERS.map(([, title]) => title)].join('  '),
  );
}

/** Returns a line of the table's size and the growth of all counters. */
export function growthLine(timeMs: number, entries: number | undefined, growth: CpuCounters, style: TextStyle): string {
  const time = new Date(timeMs).toISOString().slice('2026-01-01T'.length);
  const cells = COUNTERS.map(([name, title]) => countText(growth[name], style).padStart(title.length));
  return [time, countText(entries, style).padStart(ENTRIES_WIDTH), ...cells].join('  ');
}

/** Names of all counters that the kernel's table of attributes has. */
export const COUNTER_NAMES: readonly (keyof CpuCounters)[] = COUNTERS.map(([name]) => name);

function countText(value: number | undefined, style: TextStyle): string {
  return value === undefined ? ownLetters('–', style) : formatCount(value);
}
