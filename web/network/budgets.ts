import type { ListenerJson, NetworkJson, TcpCountersJson } from '../../live/wire/index.js';
import { formatCount, formatQuantity } from '../../view/chart/index.js';

/** State of something with a limit: enough room, little, or none. */
export type Pressure = 'fine' | 'near' | 'full';

/** Share of a limit from which little room is left: that of our alerts. */
const NEAR = 0.8;

/** Returns the state of a share of a limit; `fine` if it is unknown. */
export function pressureOf(share: number | null): Pressure {
  if (share === null) return 'fine';
  return share >= 1 ? 'full' : share >= NEAR ? 'near' : 'fine';
}

/** Words for the state, which repeat the meaning of its colour. */
export const PRESSURE_WORDS: Readonly<Record<Pressure, string>> = { fine: '', near: 'nearly full', full: 'full' };

/** Use of something that has a limit. */
export interface Budget {
  readonly name: string;
  readonly used: number;
  /** Null if unknown. */
  readonly limit: number | null;
  readonly text: string;
  /** Sentences about what happens at the limit, and what to do. */
  readonly advice: string;
}

/** Returns the share of a limit that is used; null if the limit is unknown. */
export function shareOf({ used, limit }: Pick<Budget, 'used' | 'limit'>): number | null {
  return limit === null || limit === 0 ? null : used / limit;
}

/** Returns what the machine has limits of, as far as it is known. */
export function budgetsOf({ localPorts, sockets, memory, conntrack }: NetworkJson): readonly Budget[] {
  const count = (used: number, limit: number | null): string =>
    limit === null ? formatCount(used) : `${formatCount(used)} of ${formatCount(limit)}`;
  const bytes = (value: number): string => formatQuantity(value, 'bytes');
  return [
    ...(localPorts === null
      ? []
      : [
          {
            ...{ name: 'Local ports in use', used: localPorts.used, limit: localPorts.ports },
            text: count(localPorts.used, localPorts.ports),
            advice:
              'connect() fails when all ports to one destination are used. Keep connections open and use them again, widen net.ipv4.ip_local_port_range, or connect from further addresses: docs/troubleshooting.md, TcpNetworkEphemeralPortsLow.',
          },
        ]),
    ...(sockets === null
      ? []
      : [
          {
            ...{ name: 'Sockets in TIME_WAIT', used: sockets.timeWait, limit: sockets.maxTimeWait },
            text: count(sockets.timeWait, sockets.maxTimeWait),
            advice: 'Further ones are closed at once. Keep connections open, or raise net.ipv4.tcp_max_tw_buckets.',
          },
          {
            ...{ name: 'Orphans of the machine', used: sockets.orphans, limit: sockets.maxOrphans },
            text: count(sockets.orphans, sockets.maxOrphans),
            advice:
              'Further ones are reset. Find what ends connections that still have data to send, or raise net.ipv4.tcp_max_orphans.',
          },
        ]),
    ...(memory === null
      ? []
      : [
          {
            ...{ name: 'Memory of TCP, of the machine', used: memory.usedBytes, limit: memory.maxBytes },
            text:
              memory.maxBytes === null
                ? bytes(memory.usedBytes)
                : `${bytes(memory.usedBytes)} of ${bytes(memory.maxBytes)}`,
            advice:
              'The kernel drops packets and ends connections. Find the connections with the largest queues (sort by wmemQueuedBytes, rmemAllocBytes), or raise net.ipv4.tcp_mem.',
          },
        ]),
    ...(conntrack === null
      ? []
      : [
          {
            ...{ name: 'Flows in connection tracking', used: conntrack.entries, limit: conntrack.maxEntries },
            text: count(conntrack.entries, conntrack.maxEntries),
            advice:
              'Packets of new connections are dropped. Raise nf_conntrack_max, or track less: docs/troubleshooting.md, TcpNetworkConntrackFilling.',
          },
        ]),
  ];
}

/** Returns what to do about a listener; undefined while its queue has room. */
export function listenerAdvice({ fillRatio, backlog, halfOpen }: ListenerJson): string | undefined {
  if (pressureOf(fillRatio) !== 'fine') {
    return 'The program accepts more slowly than connections come. Let it accept faster, with more workers or less work before accept(), or give listen() a larger backlog (at most net.core.somaxconn): docs/troubleshooting.md, TcpNetworkAcceptQueueFull.';
  }
  if (halfOpen !== null && backlog > 0 && halfOpen >= NEAR * backlog) {
    return 'Many handshakes are not finished: a SYN flood, or answers that do not reach clients: docs/troubleshooting.md, TcpNetworkSynQueueFilling.';
  }
  return undefined;
}

/** Returns what to do about the local ports for one destination; undefined while there are enough. */
export function portsAdvice(ports: number, all: number): string | undefined {
  if (pressureOf(ports / all) === 'fine') return undefined;
  return 'connect() to it fails when all are used. Keep connections open and use them again, or connect from further addresses: docs/troubleshooting.md, TcpNetworkEphemeralPortsLow.';
}

/** Counters with their meaning, in the order of the page. */
export const COUNTERS: readonly (readonly [name: keyof TcpCountersJson, meaning: string])[] = [
  ['activeOpens', 'connections opened by connect()'],
  ['passiveOpens', 'connections opened by listeners'],
  ['attemptFails', 'connections that failed to open'],
  ['estabResets', 'open connections that were reset'],
  ['inSegs', 'segments received'],
  ['outSegs', 'segments sent'],
  ['retransSegs', 'segments sent again'],
  ['timeouts', 'retransmission timeouts'],
  ['synRetrans', 'SYNs, and answers to them, sent again'],
  ['outRsts', 'segments with RST sent'],
  ['inErrs', 'segments with errors'],
  ['listenOverflows', 'handshakes that found an accept queue full'],
  ['listenDrops', 'packets and handshakes dropped by listeners'],
  ['reqQFullDrop', 'SYNs dropped: too many unfinished handshakes'],
  ['reqQFullDoCookies', 'SYNs answered with cookies: too many unfinished handshakes'],
  ['syncookiesSent', 'SYN cookies sent'],
  ['abortOnTimeout', 'connections ended because nothing was acknowledged'],
  ['abortOnMemory', 'connections ended for lack of memory'],
  ['memoryPressures', 'times that memory came under pressure'],
  ['memoryPressureMs', 'milliseconds under pressure of memory'],
  ['pruneCalled', 'times that a receive queue was cut'],
  ['rcvQDrop', 'packets dropped: receive buffer full'],
  ['backlogDrop', 'packets dropped: too many waited for a socket'],
  ['timeWaitOverflow', 'sockets without room in TIME_WAIT'],
];

/** Growth between two readings, per second; null if it is unknown. */
export type Growth = Readonly<Partial<Record<keyof TcpCountersJson, number>>>;

/** Returns the growth of counters from one reading to a later one, per second. Empty for the same reading. */
export function growthOf(
  before: Pick<NetworkJson, 'time' | 'counters'> | undefined,
  now: Pick<NetworkJson, 'time' | 'counters'>,
): Growth | undefined {
  if (before === undefined) return undefined;
  const seconds = (Date.parse(now.time) - Date.parse(before.time)) / 1000;
  if (seconds <= 0) return undefined;
  const found: Partial<Record<keyof TcpCountersJson, number>> = {};
  for (const [name] of COUNTERS) {
    const [old, value] = [before.counters[name], now.counters[name]];
    // A smaller one is that of a kernel that started again.
    if (old !== undefined && value !== undefined && value >= old) found[name] = (value - old) / seconds;
  }
  return found;
}

/** Names of the parts that can be unknown. */
export const PART_NAMES: Readonly<Record<NetworkJson['unknown'][number]['part'], string>> = {
  listeners: 'Queues of listeners',
  halfOpen: 'Unfinished handshakes',
  localPorts: 'Local ports',
  sockets: 'Counts of sockets',
  maxTimeWait: 'Limit of TIME_WAIT',
  maxOrphans: 'Limit of orphans',
  memory: 'Memory of TCP',
  memoryBounds: 'Limit of the memory of TCP',
  conntrack: 'Connection tracking',
  counters: 'Counters of the kernel',
};
