import { constants } from 'node:os';
import { type ReadText, readConntrackCounters, readConntrackSetting } from '../../host/index.js';
import { type DumpPart, netlink, readDump } from '../../native/index.js';
import {
  buildCpuStatisticsRequest,
  buildTableStatisticsRequest,
  ConntrackDecoder,
  CPU_STATISTICS,
  type CpuCounters,
  type CpuStatistics,
  IPCTNL_MSG_CT_GET_STATS_CPU,
  NFNL_SUBSYS_CTNETLINK,
  type TableStatistics,
} from '../index.js';
import type { KernelOptions } from '../socket/index.js';
import { ConntrackError, type FlowAddon, KernelSession, MessageReader, refusal } from '../socket/index.js';

/** Table and counters of connection tracking; what cannot be read is absent. */
export interface ConntrackCounts extends TableStatistics {
  /** Counters of each CPU; empty if they cannot be read. */
  readonly cpus: readonly CpuStatistics[];
}

/** Counters by the kernel's names in /proc. */
const COLUMNS: ReadonlyMap<string, keyof CpuCounters> = new Map([
  ['found', 'found'],
  ['invalid', 'invalid'],
  ['insert', 'insert'],
  ['insert_failed', 'insertFailed'],
  ['drop', 'drop'],
  ['early_drop', 'earlyDrop'],
  ['icmp_error', 'error'],
  ['search_restart', 'searchRestart'],
  ['clashres', 'clashResolve'],
  ['chainlength', 'chainTooLong'],
]);

const STATISTICS_TYPE = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_GET_STATS_CPU;
const ATTEMPTS = 3;

/**
 * Reads number and limit of flows, and the counters, of this process's network namespace from /proc: no capability is
 * needed. Undefined if nothing of it is there. CPUs are numbered in the order of their lines.
 */
export function readConntrackCounts(read?: ReadText): ConntrackCounts | undefined {
  const [entries, maxEntries] = [readConntrackSetting('count', read), readConntrackSetting('max', read)];
  const counters = readConntrackCounters(read);
  if (entries === undefined && maxEntries === undefined && counters === undefined) return undefined;
  return {
    ...(entries === undefined ? {} : { entries }),
    ...(maxEntries === undefined ? {} : { maxEntries }),
    cpus: (counters ?? []).map(countersOf),
  };
}

/**
 * Asks the kernel for the same over netlink, of any namespace.
 * @param addon replaced in tests
 * @throws ConntrackError, NamespaceError
 */
export async function askConntrackCounts(
  { namespace, signal }: KernelOptions = {},
  addon: FlowAddon = netlink,
): Promise<ConntrackCounts> {
  signal?.throwIfAborted();
  const session = new KernelSession(namespace, addon);
  try {
    const table = await askTable(session);
    return { ...table, cpus: await askCpus(session, signal) };
  } catch (error) {
    signal?.throwIfAborted();
    throw session.errorOf(error, 'count flows');
  } finally {
    await session.close();
  }
}

/** Returns the sums of all CPUs. Each counter wraps at 32 bits, and so does its sum. */
export function sumCpuCounters(cpus: readonly CpuCounters[]): CpuCounters {
  const sums: { -readonly [K in keyof CpuCounters]: number } = {};
  for (const counters of cpus) {
    for (const { name } of CPU_STATISTICS.values()) {
      const value = counters[name];
      if (value !== undefined) sums[name] = ((sums[name] ?? 0) + value) >>> 0;
    }
  }
  return sums;
}

async function askTable(session: KernelSession): Promise<TableStatistics> {
  const { data, messages, errnos } = await session.flows.ask(buildTableStatisticsRequest());
  const errno = errnos[0] ?? 0;
  // Kernels before 4.18 know the count alone, and some none at all.
  if (errno === constants.errno.ENOTSUP) return {};
  if (errno !== 0) throw refusal(errno, { what: 'count flows', isPlain: true });
  return messages.length === 0 ? {} : new ConntrackDecoder().tableStatistics(data, messages[0]);
}

async function askCpus(session: KernelSession, signal: AbortSignal | undefined): Promise<CpuStatistics[]> {
  const options = { request: buildCpuStatisticsRequest(), dataTypes: [STATISTICS_TYPE] };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const parts: DumpPart[] = [];
    for await (const part of readDump(session.flows, options, signal)) parts.push(part);
    if (parts.some(({ isInterrupted }) => isInterrupted)) continue;
    const cpus: CpuStatistics[] = [];
    const reader = new MessageReader();
    for (const part of parts) reader.read(part, (decoder, at) => void cpus.push(decoder.cpuStatistics(part.data, at)));
    return cpus;
  }
  throw new ConntrackError('count flows: the answer changed in each attempt', { code: 'ERR_INTERRUPTED' });
}

function countersOf(values: ReadonlyMap<string, number>, cpu: number): CpuStatistics {
  const counters: { -readonly [K in keyof CpuCounters]: number } = {};
  for (const [column, value] of values) {
    const name = COLUMNS.get(column);
    if (name !== undefined) counters[name] = value;
  }
  return { cpu, ...counters };
}
