/** Statistics of the table: IPCTNL_MSG_CT_GET_STATS_CPU and IPCTNL_MSG_CT_GET_STATS. */
import { type AttributeTable, defineAttributes } from '../netlink/index.js';

/** Counters of one CPU, 32 bits each, which wrap; absent if the kernel does not have the counter. */
export interface CpuCounters {
  /** Lookups that found a flow. */
  readonly found?: number;
  /** Packets that cannot be tracked. */
  readonly invalid?: number;
  /** Flows that were put into the table. Since 5.9 absent or 0. */
  readonly insert?: number;
  /** Flows that could not be put into the table because they have an equal one already. */
  readonly insertFailed?: number;
  /** Packets dropped because the table was full, or memory short. */
  readonly drop?: number;
  /** Flows dropped to make room for new ones. */
  readonly earlyDrop?: number;
  /** Packets with errors, such as wrong checksums. */
  readonly error?: number;
  /** Lookups that began anew because the table changed size. */
  readonly searchRestart?: number;
  /** Packets whose flow was merged with an equal one. */
  readonly clashResolve?: number;
  /** Flows that were not put into the table because their bucket was too long. Since 5.14. */
  readonly chainTooLong?: number;
}

/** Statistics of one CPU. */
export interface CpuStatistics extends CpuCounters {
  readonly cpu: number;
}

/** Number of flows in the table of a network namespace. */
export interface TableStatistics {
  readonly entries?: number;
  /** Maximum number of flows. Since 4.18. */
  readonly maxEntries?: number;
}

const BE32 = { offset: 0, size: 4, kind: 'be32', unit: 'events' } as const;

/** Table of the attributes in statistics of one CPU. */
export const CPU_STATISTICS: AttributeTable<CpuCounters> = defineAttributes<CpuCounters>({
  found: { attribute: 2, cName: 'CTA_STATS_FOUND', ...BE32, since: '3.6' },
  invalid: { attribute: 4, cName: 'CTA_STATS_INVALID', ...BE32, since: '3.6' },
  insert: { attribute: 8, cName: 'CTA_STATS_INSERT', ...BE32, since: '3.6' },
  insertFailed: { attribute: 9, cName: 'CTA_STATS_INSERT_FAILED', ...BE32, since: '3.6' },
  drop: { attribute: 10, cName: 'CTA_STATS_DROP', ...BE32, since: '3.6' },
  earlyDrop: { attribute: 11, cName: 'CTA_STATS_EARLY_DROP', ...BE32, since: '3.6' },
  error: { attribute: 12, cName: 'CTA_STATS_ERROR', ...BE32, since: '3.6' },
  searchRestart: { attribute: 13, cName: 'CTA_STATS_SEARCH_RESTART', ...BE32, since: '3.6' },
  clashResolve: { attribute: 14, cName: 'CTA_STATS_CLASH_RESOLVE', ...BE32, since: '5.9' },
  chainTooLong: { attribute: 15, cName: 'CTA_STATS_CHAIN_TOOLONG', ...BE32, since: '5.15' },
});

/** Table of the attributes in statistics of the table. */
export const TABLE_STATISTICS: AttributeTable<TableStatistics> = defineAttributes<TableStatistics>({
  entries: { attribute: 1, cName: 'CTA_STATS_GLOBAL_ENTRIES', ...BE32, since: '3.6' },
  maxEntries: { attribute: 2, cName: 'CTA_STATS_GLOBAL_MAX_ENTRIES', ...BE32, since: '4.18' },
});
