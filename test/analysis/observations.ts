import fc from 'fast-check';
import {
  ConnectionBuilder,
  type ConnectionRow,
  Deriver,
  newObservation,
  type Observation,
} from '../../analysis/index.js';
import { TcpState } from '../../tcp/index.js';

/** Returns an idle established connection with every field that a current kernel reports. */
export function observation(fields: Partial<Observation> = {}): Observation {
  const timeUs = fields.timeUs ?? 1_700_000_000_000_000;
  return {
    ...newObservation(),
    timestamp: new Date(timeUs / 1000).toISOString(),
    timeUs,
    hasInfo: true,
    state: TcpState.ESTABLISHED,
    shutdown: 0,
    wqueueBytes: 0,
    rqueueBytes: 0,
    congestionAlgorithm: 'cubic',
    caState: 0,
    retransmits: 0,
    probes: 0,
    sndMssBytes: 1000,
    unacked: 0,
    sacked: 0,
    lost: 0,
    retrans: 0,
    lastDataSentMs: 0,
    rttUs: 20_000,
    minRttUs: 15_000,
    sndCwnd: 10,
    totalRetrans: 0,
    pacingRateBytesPerSec: 600_000,
    bytesAcked: 0,
    bytesReceived: 0,
    segsOut: 0,
    segsIn: 0,
    dataSegsOut: 0,
    dataSegsIn: 0,
    notsentBytes: 0,
    appLimited: false,
    busyTimeUs: 0,
    rwndLimitedUs: 0,
    sndbufLimitedUs: 0,
    bytesSent: 0,
    bytesRetrans: 0,
    sndWndBytes: 60_000,
    wmemQueuedBytes: 0,
    sndbufBytes: 100_000,
    rmemAllocBytes: 0,
    rcvbufBytes: 131_072,
    ...fields,
  };
}

/** Identity of the connections made by {@link rowOf}. */
export const IDENTITY = {
  uuid: 'host_1_0000000000000001',
  netnsInode: null,
  netnsName: null,
  family: 2,
  localAddress: '192.0.2.1',
  localPort: 1,
  remoteAddress: '192.0.2.2',
  remotePort: 2,
};

/** Returns the row of these observations, one per second. */
export function rowOf(...moments: readonly Partial<Observation>[]): ConnectionRow {
  const deriver = new Deriver();
  const builder = new ConnectionBuilder();
  for (const [second, fields] of moments.entries()) {
    const moment = observation({ timeUs: 1_700_000_000_000_000 + second * 1_000_000, ...fields });
    builder.add(moment, deriver.next(moment));
  }
  return builder.finish(IDENTITY);
}

const u32 = (): fc.Arbitrary<number | null> => fc.option(fc.nat({ max: 0xffff_ffff }));
const small = (): fc.Arbitrary<number | null> => fc.option(fc.nat({ max: 300 }));
const u64 = (): fc.Arbitrary<number | null> =>
  fc.option(fc.oneof(fc.nat({ max: 100_000 }), fc.nat({ max: Number.MAX_SAFE_INTEGER })));

/** Arbitrary observations: any numbers, known or null, in any order of time. */
export const anyObservation: fc.Arbitrary<Observation> = fc
  .record({
    timeUs: fc.integer({ min: 1_700_000_000_000_000, max: 1_700_000_100_000_000 }),
    hasInfo: fc.boolean(),
    state: fc.nat({ max: 13 }),
    infoState: fc.option(fc.integer({ min: 1, max: 13 })),
    shutdown: fc.option(fc.nat({ max: 3 })),
    caState: fc.option(fc.nat({ max: 4 })),
    retransmits: small(),
    probes: small(),
    wqueueBytes: u32(),
    sndMssBytes: fc.option(fc.integer({ min: 1, max: 65_535 })),
    unacked: small(),
    sacked: small(),
    lost: small(),
    retrans: small(),
    rttUs: fc.option(fc.integer({ min: 1, max: 0xffff_ffff })),
    minRttUs: u32(),
    sndCwnd: small(),
    totalRetrans: u32(),
    pacingRateBytesPerSec: u64(),
    maxPacingRateBytesPerSec: u64(),
    bytesAcked: u64(),
    bytesReceived: u64(),
    segsOut: u32(),
    dataSegsOut: u32(),
    dataSegsIn: u32(),
    delivered: u32(),
    segsIn: u32(),
    rqueueBytes: u32(),
    notsentBytes: u32(),
    busyTimeUs: u64(),
    rwndLimitedUs: u64(),
    sndbufLimitedUs: u64(),
    bytesSent: u64(),
    bytesRetrans: u64(),
    sndWndBytes: u32(),
    bbrPacingGain: fc.option(fc.nat({ max: 800 })),
    bbrCwndGain: fc.option(fc.nat({ max: 800 })),
    wmemQueuedBytes: u32(),
    sndbufBytes: u32(),
  })
  .map((fields) => ({ ...newObservation(), timestamp: '2023-11-14T22:13:20Z', ...fields }));
