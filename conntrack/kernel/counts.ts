import type { ReadText } from '../../host/index.js';
import type { CpuCounters, CpuStatistics, TableStatistics } from '../index.js';
import type { KernelOptions } from './options.js';

/** Table and counters of connection tracking; what cannot be read is absent. */
export interface ConntrackCounts extends TableStatistics {
  /** Counters of each CPU; empty if they cannot be read. */
  readonly cpus: readonly CpuStatistics[];
}

/**
 * Reads number and limit of flows, and the counters, of this process's network namespace from /proc: no capability is
 * needed. Undefined if nothing is there.
 */
export function readConntrackCounts(read?: ReadText): ConntrackCounts | undefined {
  throw new Error(`not yet ${String(read)}`);
}

/**
 * Asks the kernel for the same over netlink, of any namespace.
 * @throws ConntrackError, NamespaceError
 */
export async function askConntrackCounts(options: KernelOptions = {}): Promise<ConntrackCounts> {
  throw new Error(`not yet ${String(options)}`);
}

/** Returns the sums of all CPUs. Each counter wraps at 32 bits, and so does its sum. */
export function sumCpuCounters(cpus: readonly CpuCounters[]): CpuCounters {
  throw new Error(`not yet ${String(cpus)}`);
}
