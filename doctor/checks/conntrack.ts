import { ConntrackError, type ConntrackErrorCode, getFlow } from '../../conntrack/kernel/index.js';
import { readConntrackSetting } from '../../host/index.js';
import { defineCheck, type Verdict } from '../check.js';
import { connectLoopback } from '../probes/loopback.js';
import { codeOf, count, percent } from '../words.js';

/** Used share of the table from which on new connections are soon refused. */
const FULL_SHARE = 0.9;
/** Value of `nf_conntrack_events` with which the kernel sends no event of any flow. */
const NO_EVENTS = 0;

interface Facts {
  /** Reason for which the kernel does not answer; absent if it does. */
  readonly refused?: ConntrackErrorCode;
  /** True if the kernel tracks a connection over loopback; absent if it was not asked, or the connection failed. */
  readonly hasFlow?: boolean;
  /** Code of the error with which the connection over loopback failed. */
  readonly loopbackError?: string;
  /** Flows in the table; undefined if unknown, as all that follow. */
  readonly entries?: number | undefined;
  readonly maxEntries?: number | undefined;
  readonly buckets?: number | undefined;
  /** Values of the sysctls of the same names. */
  readonly acct?: number | undefined;
  readonly timestamp?: number | undefined;
  readonly events?: number | undefined;
}

/** Check of connection tracking. It is optional: only a table that is nearly full is a warning. */
export const conntrack = defineCheck<Facts>({
  name: 'conntrack',
  tells:
    'whether connection tracking can be read, whether connections are tracked, and which counters and times they have; none of it is required',
  warns: 'the table is nearly full: the kernel soon drops packets of new connections',
  remedy: '`nf_conntrack_max`',
  needs: ['addon'],
  gather: async ({ read }) => ({
    ...(await probeFlow()),
    entries: readConntrackSetting('count', read),
    maxEntries: readConntrackSetting('max', read),
    buckets: readConntrackSetting('buckets', read),
    acct: readConntrackSetting('acct', read),
    timestamp: readConntrackSetting('timestamp', read),
    events: readConntrackSetting('events', read),
  }),
  judge: (facts): Verdict => {
    const { entries, maxEntries = 0 } = facts;
    const found = [access(facts), table(facts), ...limits(facts)].filter((part) => part !== '').join('; ');
    if (entries === undefined || maxEntries === 0 || entries / maxEntries < FULL_SHARE) return { level: 'ok', found };
    return {
      level: 'warn',
      found,
      advice: 'raise net.netfilter.nf_conntrack_max in the first network namespace, or find out who fills the table',
    };
  },
});

function access({ refused, hasFlow, loopbackError }: Facts): string {
  switch (refused) {
    case undefined:
      break;
    case 'ERR_PERMISSION':
      return 'no CAP_NET_ADMIN: no `tcp-info conntrack` and no -conntrack, only the metrics of the table';
    case 'ERR_NO_MODULE':
      return 'the kernel has no connection tracking over netlink';
    default:
      return `the kernel does not answer (${refused})`;
  }
  if (hasFlow === undefined)
    return `it answers; no connection over loopback to ask for (${loopbackError ?? 'unknown'})`;
  return hasFlow
    ? 'connections are tracked'
    : 'no connection is tracked: no rule of this network namespace asks for it';
}

function table({ entries, maxEntries, buckets }: Facts): string {
  if (entries === undefined || maxEntries === undefined) return '';
  const share = maxEntries === 0 ? '' : ` (${percent(entries / maxEntries)})`;
  const slots = buckets === undefined ? '' : `, ${count(buckets)} buckets`;
  return `${count(entries)} of at most ${count(maxEntries)} flows${share}${slots}`;
}

/** Returns what tracked flows lack, and what it takes. Settings hold for flows that begin later. */
function limits({ hasFlow = false, acct, timestamp, events }: Facts): string[] {
  if (!hasFlow) return [];
  return [
    ...(acct === 0 ? ['no packets and bytes: sysctl net.netfilter.nf_conntrack_acct=1, for new flows'] : []),
    ...(timestamp === 0 ? ['no start times: sysctl net.netfilter.nf_conntrack_timestamp=1, for new flows'] : []),
    ...(events === NO_EVENTS ? ['no events: sysctl net.netfilter.nf_conntrack_events=2, for new flows'] : []),
  ];
}

/** Asks for the flow of a connection of this process to itself. */
async function probeFlow(): Promise<Pick<Facts, 'refused' | 'hasFlow' | 'loopbackError'>> {
  let connection: Awaited<ReturnType<typeof connectLoopback>> | undefined;
  let loopbackError: string | undefined;
  try {
    connection = await connectLoopback();
  } catch (error) {
    loopbackError = codeOf(error) ?? String(error);
  }
  try {
    // Without a connection the request still tells whether the kernel answers.
    const { host, ports } = connection ?? { host: '127.0.0.1', ports: [1, 1] as const };
    const [local, remote] = ports.map((port) => ({ address: host, port }));
    if (local === undefined || remote === undefined) throw new TypeError('a connection has two ends');
    const flow = await getFlow({ protocol: 'tcp', local, remote });
    return loopbackError === undefined ? { hasFlow: flow !== undefined } : { loopbackError };
  } catch (error) {
    if (!(error instanceof ConntrackError)) throw error;
    return { refused: error.code };
  } finally {
    await connection?.close();
  }
}
