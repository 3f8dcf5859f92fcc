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
const SYSCTL = '/proc/sys/net/netfilter/nf_conntrack_';
const TWO_TO_31 = 2 ** 31;

/**
 * Returns a function that reads the table of connection tracking of the own network namespace; undefined if unknown (no
 * connection tracking, or no /proc). Needs no capability.
 */
export function conntrackTableReader(read: ReadText = readText): () => ConntrackTable | undefined {
  const sums = new CpuSums();
  return () => {
    const entries = readNumber(read, 'count');
    if (entries === undefined) return undefined;
    const limit = readNumber(read, 'max');
    const counters = sums.add(read('/proc/net/stat/nf_conntrack') ?? '');
    return { entries, ...(limit === undefined ? {} : { limit }), counters };
  };
}

function readNumber(read: ReadText, name: string): number | undefined {
  const text = read(`${SYSCTL}${name}`)?.trim() ?? '';
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Sums of the counters of all CPUs. The kernel's have 32 bits and wrap. */
class CpuSums {
  readonly #latest = new Map<string, number>();
  readonly #sums: Partial<Record<ConntrackCounterName, number>> = {};

  /** Adds what the counters grew by since the last call, and returns the sums. */
  add(text: string): ConntrackTable['counters'] {
    const [head = '', ...lines] = text.trim().split('\n');
    const columns = head.trim().split(/\s+/);
    for (const [cpu, line] of lines.entries()) {
      const values = line.trim().split(/\s+/);
      for (const name of NAMES) this.#count(name, cpu, values[columns.indexOf(COLUMNS[name])]);
    }
    return { ...this.#sums };
  }

  #count(name: ConntrackCounterName, cpu: number, hexadecimal: string | undefined): void {
    if (hexadecimal === undefined || !/^[0-9a-f]+$/i.test(hexadecimal)) return;
    const value = Number.parseInt(hexadecimal, 16);
    const key = `${cpu} ${name}`;
    const grown = (value - (this.#latest.get(key) ?? 0)) >>> 0;
    this.#latest.set(key, value);
    // A larger step is no wrap: the module was loaded again and counts from 0.
    this.#sums[name] = (this.#sums[name] ?? 0) + (grown < TWO_TO_31 ? grown : value);
  }
}
