import { Deriver, type Observation } from '../../analysis/index.js';
import { comparableAddress } from '../../inetdiag/index.js';
import type { StoreRow } from '../../live/store/index.js';
import { parseAddress } from '../../netlink/index.js';
import { observation } from '../analysis/observations.js';
import { connectionRow } from '../cmd/summary/rows.js';

function bytesOf(address: string): Uint8Array {
  const parsed = parseAddress(address);
  if (parsed === undefined) throw new Error(`not an address: ${address}`);
  return comparableAddress(parsed.bytes, parsed.family);
}

/** Returns a row of an open connection of nginx whose last second ended with this observation. */
export function liveRow(fields: Partial<Observation> = {}): StoreRow {
  const connection = connectionRow({ howEnded: 'open', lastState: 1 });
  const deriver = new Deriver();
  const before = observation({ timeUs: 1_700_000_000_000_000 });
  deriver.next(before);
  const now = observation({ timeUs: before.timeUs + 1_000_000, bytesSent: 125_000, bytesAcked: 100_000, ...fields });
  return {
    key: connection.uuid ?? '',
    cookie: 0xa1n,
    identity: connection,
    localBytes: bytesOf(connection.localAddress),
    remoteBytes: bytesOf(connection.remoteAddress),
    startTime: connection.startTime,
    durationUs: connection.durationUs,
    howEnded: connection.howEnded,
    closedFirst: connection.closedFirst,
    total: (counter) => connection[counter],
    startUs: before.timeUs,
    endUs: now.timeUs,
    state: 1,
    isOpen: true,
    endCause: null,
    closedUs: null,
    ageUs: 1_000_000,
    connection,
    now: { observation: now, derived: { ...deriver.next(now) } },
    watch: null,
    alerts: [],
    process: {
      pid: 812,
      command: 'nginx',
      executable: '/usr/sbin/nginx',
      uid: 33,
      user: 'www-data',
      otherPids: 3,
      seenTime: '2026-11-20T23:28:05Z',
    },
    processUnknown: null,
    cgroup: {
      id: '4711',
      path: '/system.slice/nginx.service',
      unit: 'nginx.service',
      container: null,
      pod: null,
    },
    nat: null,
    pair: null,
    pairAmbiguous: false,
    mptcp: null,
    flow: null,
  };
}
