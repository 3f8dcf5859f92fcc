import type { Observation } from './observation.js';
import { OBSERVED_FIELDS, type ObservedField, type ObservedNumber } from './observation-fields.js';

/**
 * Readers of all values of an {@link Observation} from one kind of source: a record, a snapshot or a row of a table.
 * `state` may be unknown, `deliveryRateBytesPerSec` is 0 when the kernel has none yet, and `appLimited` is the bit as it
 * stands: {@link fillObservation} completes these three.
 */
export type ObservationReaders<Source> = {
  readonly [K in keyof Observation]: (source: Source) => Observation[K] | (K extends 'state' ? null : never);
};

/** Readers of the numbers in {@link OBSERVED_FIELDS}; null for an unknown number. */
type NumberReaders<Source> = { readonly [K in ObservedNumber]: (source: Source) => number | null };

/** Creates the readers of all numbers in {@link OBSERVED_FIELDS}, with a function that creates the reader of one. */
export function numberReaders<Source>(
  createReader: (field: ObservedField, key: ObservedNumber) => (source: Source) => number | null,
): NumberReaders<Source> {
  const entries = Object.entries(OBSERVED_FIELDS) as [ObservedNumber, ObservedField][];
  const readers = entries.map(([key, field]) => {
    const read = createReader(field, key);
    return [key, field.isZeroUnknown ? (source: Source) => read(source) || null : read];
  });
  return Object.fromEntries(readers) as NumberReaders<Source>;
}

/**
 * Fills an observation. It names every field because a loop over the names would take three times as long: each
 * assignment then goes to a different property, which the engine cannot cache.
 */
export function fillObservation<Source>(
  read: ObservationReaders<Source>,
  source: Source,
  into: Observation,
): Observation {
  into.timestamp = read.timestamp(source);
  into.timeUs = read.timeUs(source);
  into.hasInfo = read.hasInfo(source);
  into.state = read.state(source) ?? 0;
  into.infoState = read.infoState(source);
  into.shutdown = read.shutdown(source);
  into.wqueueBytes = read.wqueueBytes(source);
  into.rqueueBytes = read.rqueueBytes(source);
  into.congestionAlgorithm = read.congestionAlgorithm(source);
  into.caState = read.caState(source);
  into.retransmits = read.retransmits(source);
  into.probes = read.probes(source);
  into.sndMssBytes = read.sndMssBytes(source);
  into.unacked = read.unacked(source);
  into.sacked = read.sacked(source);
  into.lost = read.lost(source);
  into.retrans = read.retrans(source);
  into.lastDataSentMs = read.lastDataSentMs(source);
  into.lastDataRecvMs = read.lastDataRecvMs(source);
  into.lastAckRecvMs = read.lastAckRecvMs(source);
  into.rttUs = read.rttUs(source);
  // The kernel sets a deviation before the first sample (RFC 6298's initial one): it says nothing then.
  into.rttvarUs = into.rttUs === null ? null : read.rttvarUs(source);
  into.minRttUs = read.minRttUs(source);
  into.sndCwnd = read.sndCwnd(source);
  into.totalRetrans = read.totalRetrans(source);
  into.pacingRateBytesPerSec = read.pacingRateBytesPerSec(source);
  into.maxPacingRateBytesPerSec = read.maxPacingRateBytesPerSec(source);
  into.bytesAcked = read.bytesAcked(source);
  into.bytesReceived = read.bytesReceived(source);
  into.segsOut = read.segsOut(source);
  into.segsIn = read.segsIn(source);
  into.dataSegsOut = read.dataSegsOut(source);
  into.dataSegsIn = read.dataSegsIn(source);
  into.delivered = read.delivered(source);
  into.notsentBytes = read.notsentBytes(source);
  const rate = read.deliveryRateBytesPerSec(source);
  into.deliveryRateBytesPerSec = rate || null;
  // The bit was padding before the kernel had the rate.
  into.appLimited = rate === null ? null : read.appLimited(source);
  into.busyTimeUs = read.busyTimeUs(source);
  into.rwndLimitedUs = read.rwndLimitedUs(source);
  into.sndbufLimitedUs = read.sndbufLimitedUs(source);
  into.bytesSent = read.bytesSent(source);
  into.bytesRetrans = read.bytesRetrans(source);
  into.sndWndBytes = read.sndWndBytes(source);
  into.rcvWndBytes = read.rcvWndBytes(source);
  into.bbrPacingGain = read.bbrPacingGain(source);
  into.bbrCwndGain = read.bbrCwndGain(source);
  into.wmemQueuedBytes = read.wmemQueuedBytes(source);
  into.sndbufBytes = read.sndbufBytes(source);
  into.rmemAllocBytes = read.rmemAllocBytes(source);
  into.rcvbufBytes = read.rcvbufBytes(source);
  return into;
}
