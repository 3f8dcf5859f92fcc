import { readFileSync } from 'node:fs';
import { askConntrackCounts, readConntrackCounts } from '../../../conntrack/kernel/index.js';
import { formatCount, formatThings } from '../../../view/chart/index.js';
import type { ShownFlow } from '../../../view/flows/index.js';
import type { OneNamespace } from './options.js';

/** Returns the line below a table of flows: number, limit, and why counters are missing. */
export async function describeListing(rows: readonly ShownFlow[], netns: OneNamespace | undefined): Promise<string> {
  const counts = netns === undefined ? readConntrackCounts() : await askConntrackCounts({ namespace: netns });
  const { entries, maxEntries } = counts ?? {};
  const forwarded = rows.filter(({ endpoints }) => endpoints.side === 'forwarded').length;
  const lack = rows.filter(({ flow }) => flow.origCounters === undefined).length;
  return footText({
    shown: rows.length,
    forwarded,
    lack,
    ...(entries === undefined ? {} : { entries }),
    ...(maxEntries === undefined ? {} : { maxEntries }),
    ...(netns === undefined ? accountingOf(readAccounting()) : {}),
  });
}

/** Facts of the line below a table. */
export interface FootFacts {
  readonly shown: number;
  readonly forwarded: number;
  /** Number of shown flows without counters. */
  readonly lack: number;
  /** Number of flows in the table, and its limit; absent if unknown. */
  readonly entries?: number;
  readonly maxEntries?: number;
  /** True if new flows have counters; absent if unknown. */
  readonly isCounting?: boolean;
}

/** Returns the text of the line below a table. */
export function footText({ shown, forwarded, lack, entries, maxEntries, isCounting }: FootFacts): string {
  const of = entries === undefined ? '' : ` of ${formatCount(entries)}`;
  const limit = maxEntries === undefined ? '' : `, of at most ${formatCount(maxEntries)}`;
  const line = `${formatThings(shown, 'flow')}${of}${limit}; forwarded: ${formatCount(forwarded)}.`;
  if (entries === 0) return `${line} The kernel tracks connections only if a rule of the firewall needs it`;
  if (lack === 0) return line;
  if (isCounting === true) return `${line} Counters only of flows made after nf_conntrack_acct=1`;
  const remedy = 'sysctl net.netfilter.nf_conntrack_acct=1 counts those of new flows';
  return `${line} No packets and bytes: ${remedy}`;
}

function accountingOf(text: string | undefined): Pick<FootFacts, 'isCounting'> {
  return text === undefined ? {} : { isCounting: text.trim() === '1' };
}

/** Reads nf_conntrack_acct of this network namespace; undefined if it is not there. */
function readAccounting(): string | undefined {
  try {
    return readFileSync('/proc/sys/net/netfilter/nf_conntrack_acct', 'utf8');
  } catch {
    // Not mounted, or without the module: the line then says only what the flows show.
    return undefined;
  }
}
