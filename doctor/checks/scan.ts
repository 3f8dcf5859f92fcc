import { defineCheck } from '../check.js';
import type { ScanFindings } from '../probes/scans.js';
import { count, percent, plural, time } from '../words.js';

/** Share of the beat that a scan may take; beyond it other work lacks time, and the time between scans soon grows. */
const LARGE_SCAN = 0.5;
/** Share of the beat that the walk alone may take. */
const LARGE_WALK = 0.25;
/** Median delay of scans that is acceptable, as a share of the beat, and in any case. */
const LATE = 0.1;
const LATE_NS = 1e6;
/** Sockets below which the time beyond the empty walk is noise. */
const ENOUGH_SOCKETS = 50;

interface TableFacts {
  /** Value of net.ipv4.tcp_ehash_entries: negative for a table shared with the machine; absent before Linux 6.1. */
  readonly ehashEntries?: number;
  /** Value of net.ipv4.tcp_child_ehash_entries: 0 when new namespaces share the machine's table. */
  readonly childEhashEntries?: number;
  readonly emptyWalkNs: number;
  readonly intervalNs: number;
}

const OWN_TABLE =
  'sysctl -w net.ipv4.tcp_child_ehash_entries=4096 gives network namespaces that are created afterwards a small table of their own';

/** Check of the kernel's table of connections, which every scan walks. */
export const hashTable = defineCheck<TableFacts>({
  name: 'hash-table',
  tells: "the size of the kernel's table of connections, and the time of a walk over it that copies nothing",
  warns: `a walk takes more than ${percent(LARGE_WALK)} of the beat`,
  remedy:
    'a longer `-scan.interval`; a smaller table: `thash_entries=` at boot, or `net.ipv4.tcp_child_ehash_entries` before the network namespace is created',
  needs: ['sock-diag'],
  gather: async ({ scans, read, options: { intervalNs } }) => {
    const { emptyWalkNs } = await scans();
    const entries = numberIn(read('/proc/sys/net/ipv4/tcp_ehash_entries'));
    const child = numberIn(read('/proc/sys/net/ipv4/tcp_child_ehash_entries'));
    return {
      ...(entries === undefined ? {} : { ehashEntries: entries }),
      ...(child === undefined ? {} : { childEhashEntries: child }),
      emptyWalkNs,
      intervalNs,
    };
  },
  judge: ({ ehashEntries, emptyWalkNs, intervalNs }) => {
    const share = emptyWalkNs / intervalNs;
    const cost = `a walk takes ${time(emptyWalkNs)}, ${percent(share)} of a beat of ${time(intervalNs)}`;
    const found = `${tableWords(ehashEntries)}; ${cost}`;
    if (share <= LARGE_WALK) return { level: 'ok', found };
    const small = ehashEntries === undefined ? '' : `; ${OWN_TABLE}`;
    return {
      level: 'warn',
      found,
      advice: `${longer(emptyWalkNs / LARGE_WALK)}, or boot with thash_entries=65536${small}`,
    };
  },
});

/** Advises the shortest interval that fits, in whole milliseconds. */
function longer(beatNs: number): string {
  return `-scan.interval=${Math.ceil(beatNs / 1e6)}ms or longer`;
}

function tableWords(entries: number | undefined): string {
  if (entries === undefined) return 'size unknown, as this kernel does not report it';
  const size = `${count(Math.abs(entries))} buckets`;
  return entries < 0 ? `${size}, shared with the whole machine` : size;
}

function numberIn(text: string | undefined): number | undefined {
  const value = Number.parseInt(text ?? '', 10);
  return Number.isNaN(value) ? undefined : value;
}

interface Facts extends ScanFindings {
  readonly intervalNs: number;
}

/** Check of the cost of scans. */
export const scan = defineCheck<Facts>({
  name: 'scan',
  tells: "what a scan costs now, measured with the collector's own request, filter and thread",
  warns: `a scan takes more than ${percent(LARGE_SCAN)} of the beat, or some fail`,
  remedy: 'a longer `-scan.interval`, `-scan.cpu-budget`, or `-filter`',
  needs: ['sock-diag'],
  gather: async ({ scans, options: { intervalNs } }) => ({ ...(await scans()), intervalNs }),
  judge: ({ scans, failed, failure, sockets, medianNs, p99Ns, emptyWalkNs, intervalNs }) => {
    if (failed > 0 && failure !== undefined) {
      return {
        level: 'warn',
        found: `${count(failed)} of ${plural(scans + failed, 'scan')} failed: ${failure.op} (${failure.code}, errno ${failure.errno})`,
        advice: 'run it again; if the problem stays, report it with this line',
      };
    }
    const share = medianNs / intervalNs;
    const perSocketNs = (medianNs - emptyWalkNs) / sockets;
    const each = sockets >= ENOUGH_SOCKETS && perSocketNs > 0 ? `, ${time(perSocketNs)} a connection` : '';
    const cost = `${time(medianNs)} (p99 ${time(p99Ns)})${each}`;
    const found = `${plural(sockets, 'connection')} to record: ${cost}; ${percent(share)} of one core at ${time(intervalNs)}`;
    if (share <= LARGE_SCAN) return { level: 'ok', found };
    return {
      level: 'warn',
      found,
      advice: `${longer(medianNs / LARGE_SCAN)}, a limit with -scan.cpu-budget, or fewer connections with -filter`,
    };
  },
});

/** Check of the delay of scans. */
export const timer = defineCheck<Pick<Facts, 'scans' | 'lateMedianNs' | 'lateP99Ns' | 'intervalNs'>>({
  name: 'timer',
  tells: 'how late scans begin, that is, how exact the beat is',
  warns: `half of the scans begin more than ${percent(LATE)} of the beat late, and more than ${time(LATE_NS)}`,
  remedy: 'more CPU time, or a longer `-scan.interval`',
  needs: ['sock-diag'],
  gather: async ({ scans: measure, options: { intervalNs } }) => {
    const { scans, lateMedianNs, lateP99Ns } = await measure();
    return { scans, lateMedianNs, lateP99Ns, intervalNs };
  },
  judge: ({ scans, lateMedianNs, lateP99Ns, intervalNs }) => {
    const found = `scans begin ${time(lateMedianNs)} late (median of ${count(scans)}; p99 ${time(lateP99Ns)})`;
    if (lateMedianNs <= Math.max(LATE * intervalNs, LATE_NS)) return { level: 'ok', found };
    return {
      level: 'warn',
      found,
      advice:
        'give it more CPU time (a quota, a busy machine or an overcommitted host may limit it), or a longer -scan.interval',
    };
  },
});
