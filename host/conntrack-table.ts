import { type ReadText, readText } from './text-files.js';

/** Columns of /proc/net/stat/nf_conntrack that are counters, by our names. Older kernels lack some of them. */
const COLUMNS = {
  found: 'found',
  invalid: 'invalid',
  insertFailed: 'insert_failed',
  dropped: 'drop',
  earlyDropped: 'early_drop',
  errors: 'icmp_error',
  searchRestarts: 'search_restart',
  clashesResolved: 'clashres',
  chainTooLong: 'chainlength',
} as const;
/** Counter of the table of connection tracking. */
export type ConntrackCounterName = keyof typeof COLUMNS;

/** Figures of the table of connection tracking. */
export interface ConntrackTable {
  /** Flows in the table. */
  readonly entries: number;
  /** Flows that fit; absent if unknown. */
  readonly limit?: number;
  /** Sums over all CPUs, which do not wrap; a counter that the kernel does not have is absent. */
  readonly counters: Readonly<Partial<Record<ConntrackCounterName, number>>>;
}

const NAMES = Object.keys(COLUMNS) as ConntrackCounterName[];
const SETTINGS = '/proc/sys/net/netfilter/nf_conntrack_';
const COUNTERS = '/proc/net/stat/nf_conntrack';
const TWO_TO_31 = 2 ** 31;

/** Reads a sysctl of connection tracking in the own network namespace, `nf_conntrack_NAME`; undefined if unknown. */
export function readConntrackSetting(name: string, read: ReadText = readText): number | undefined {
  const text = read(`${SETTINGS}${name}`)?.trim() ?? '';
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/**
 * Reads the counters of connection tracking in the own network namespace: for each CPU, in the order of the kernel's
 * lines, the values by the kernel's names. Undefined where the kernel has no such file.
 */
export function readConntrackCounters(read: ReadText = readText): ReadonlyMap<string, number>[] | undefined {
  const text = read(COUNTERS);
  if (text === undefined) return undefined;
  const [head = '', ...lines] = text.trim().split('\n');
  const columns = head.trim().split(/\s+/);
  return lines.map((line) => {
    const values = new Map<string, number>();
    for (const [i, word] of line.trim().split(/\s+/).entries()) {
      const column = columns[i];
      if (column !== undefined && /^[0-9a-f]+$/i.test(word)) values.set(column, Number.parseInt(word, 16));
    }
    return values;
  });
}

/**
 * Returns a function that reads the table of connection tracking of the own network namespace; undefined if unknown (no
 * connection tracking, or no /proc). Needs no capability.
 */
export function conntrackTableReader(read: ReadText = readText): () => ConntrackTable | undefined {
  const sums = new CpuSums();
  return () => {
    const entries = readConntrackSetting('count', read);
    if (entries === undefined) return undefined;
    const limit = readConntrackSetting('max', read);
    const counters = sums.add(readConntrackCounters(read) ?? []);
    return { entries, ...(limit === undefined ? {} : { limit }), counters };
  };
}

/** Sums of the counters of all CPUs. The kernel's have 32 bits and wrap. */
class CpuSums {
  readonly #latest = new Map<string, number>();
  readonly #sums: Partial<Record<ConntrackCounterName, number>> = {};

  /** Adds what the counters grew by since the last call, and returns the sums. */
  add(cpus: readonly ReadonlyMap<string, number>[]): ConntrackTable['counters'] {
    for (const [cpu, values] of cpus.entries()) {
      for (const name of NAMES) this.#count(name, cpu, values.get(COLUMNS[name]));
    }
    return { ...this.#sums };
  }

  #count(name: ConntrackCounterName, cpu: number, value: number | undefined): void {
    if (value === undefined) return;
    const key = `${cpu} ${name}`;
    const grown = (value - (this.#latest.get(key) ?? 0)) >>> 0;
    this.#latest.set(key, value);
    // A larger step is no wrap: the module was loaded again and counts from 0.
    this.#sums[name] = (this.#sums[name] ?? 0) + (grown < TWO_TO_31 ? grown : value);
  }
}
