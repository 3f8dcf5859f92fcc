import type { ConnectionRow } from '../../../analysis/index.js';

/** Fields of a row that differ from the defaults; `recorded` may be partial. */
export type RowFields = Partial<Omit<ConnectionRow, 'recorded'>> & {
  readonly recorded?: Partial<ConnectionRow['recorded']>;
};

/** Returns a row of defaults, recorded from its beginning unless `olderByUs` or `recorded` is given. */
export function connectionRow(over: RowFields): ConnectionRow {
  const row = defaults(over);
  const { bytesSent, bytesAcked, bytesReceived, bytesRetrans, totalRetrans, dataSegsOut, dataSegsIn } = row;
  const counters = { bytesSent, bytesAcked, bytesReceived, bytesRetrans, totalRetrans, dataSegsOut, dataSegsIn };
  return { ...row, recorded: { ...counters, ...over.recorded } };
}

const NOTHING: ConnectionRow['recorded'] = {
  ...{ bytesSent: null, bytesAcked: null, bytesReceived: null, bytesRetrans: null },
  ...{ totalRetrans: null, dataSegsOut: null, dataSegsIn: null },
};

function defaults({ recorded: _, ...over }: RowFields): ConnectionRow {
  return {
    uuid: 'host.example.com_1700000000_0000000000000001',
    netnsInode: null,
    netnsName: null,
    family: 2,
    localAddress: '192.0.2.7',
    localPort: 50_000,
    remoteAddress: '198.51.100.1',
    remotePort: 443,
    startTime: '2026-11-20T23:28:03.450377228Z',
    endTime: '2026-11-20T23:28:05Z',
    durationUs: 1_549_622,
    snapshots: 3,
    lastState: 7,
    bytesSent: 1000,
    bytesAcked: 1001,
    bytesReceived: 500,
    bytesRetrans: 0,
    segsOut: 5,
    segsIn: 4,
    dataSegsOut: 2,
    dataSegsIn: 1,
    totalRetrans: 0,
    minRttUs: 40_000,
    medianRttUs: 42_000,
    p95RttUs: 50_000,
    maxRttUs: 51_000,
    maxCwnd: 10,
    sendThroughputBytesPerSec: 645,
    goodputBytesPerSec: 645,
    receiveThroughputBytesPerSec: 322,
    congestionAlgorithm: 'cubic',
    busyTimeUs: 80_000,
    rwndLimitedUs: 0,
    sndbufLimitedUs: 0,
    recorded: NOTHING,
    hasPeerFin: false,
    exchanges: 1,
    maxPacingRateBytesPerSec: null,
    maxPacingRateUs: 0,
    olderByUs: null,
    limitedByEvidence: null,
    limitedByRunnerUp: null,
    limitedUs: { application: 1_000_000, cwnd: 80_000, rwnd: 0, sndbuf: 0, pacing: 0, loss: 0, peer: 0, idle: 400_000 },
    limitedBy: 'application',
    closedFirst: 'local',
    howEnded: 'closed',
    endingUnknownBecause: null,
    ...over,
  };
}
