import type { LimitEvidence, LimitedBy } from '../../analysis/index.js';
import { formatCount, formatQuantity, formatShare } from '../chart/index.js';
import { limitLabel } from '../index.js';
import type { Scene } from './scene.js';

const EVIDENCE: Readonly<Record<LimitEvidence, string>> = {
  clock: "the kernel's clocks",
  window: 'window arithmetic',
  rate: 'sent at the pacing rate',
  recovery: 'retransmissions',
  absence: 'no data to send',
};

/** Returns the figures behind a verdict, in one line. */
export function evidenceWords(scene: Scene): string {
  return [...causes(scene), ...idle(scene), ...moved(scene), ...path(scene), ...recording(scene)].join('; ');
}

function causes(scene: Scene): string[] {
  const { finding, row } = scene;
  const { cause, share, also, alsoShare, activeUs } = finding;
  if (cause === null || share === null) return [];
  const how = row.limitedByEvidence === null ? [] : [EVIDENCE[row.limitedByEvidence]];
  const known = [...how, ...clock(row, cause), ...setRate(row, cause), ...turns(scene, cause)];
  const why = known.length === 0 ? '' : ` (${known.join(', ')})`;
  const first = `${limitLabel(cause)} ${formatShare(share)} of ${formatQuantity(activeUs, 'duration')} active${why}`;
  return also === null ? [first] : [first, `${limitLabel(also)} ${formatShare(alsoShare)}`];
}

/** Formats the kernel's time counter of a cause; none for partial recordings: it counts from the connection's start. */
function clock(row: Scene['row'], cause: LimitedBy): string[] {
  if (row.olderByUs !== null) return [];
  const us = cause === 'rwnd' ? row.rwndLimitedUs : cause === 'sndbuf' ? row.sndbufLimitedUs : null;
  return us === null ? [] : [`tcpi_${cause === 'rwnd' ? 'rwnd' : 'sndbuf'}_limited ${formatQuantity(us, 'duration')}`];
}

/** Formats the rate set for the socket, if it paced the connection. */
function setRate({ maxPacingRateBytesPerSec: rate, maxPacingRateUs }: Scene['row'], cause: LimitedBy): string[] {
  if (cause !== 'pacing' || rate === null || maxPacingRateUs === 0) return [];
  return [`SO_MAX_PACING_RATE ${formatQuantity(rate, 'rate')}`];
}

/** Formats number and round-trip time of exchanges, if they explain the waiting. */
function turns({ finding: { exchanges, flow }, wayRtt }: Scene, cause: LimitedBy): string[] {
  if (cause !== 'peer' || flow !== 'exchange' || exchanges === null) return [];
  return [`${formatCount(exchanges)} exchanges of ${wayRtt}`];
}

function idle({ finding: { idleShare, kind, knownUs } }: Scene): string[] {
  if (idleShare === null || idleShare === 0) return [];
  if (kind !== 'idle' && idleShare < 0.01) return [];
  return [`idle ${formatShare(idleShare)} of ${formatQuantity(knownUs, 'duration')}`];
}

function moved({ finding, sendRate, receiveRate, row }: Scene): string[] {
  const { sentBytes, receivedBytes } = finding;
  const part = (bytes: number | null, word: string, rate: string | undefined): string[] =>
    bytes === null || bytes === 0
      ? []
      : [`${formatQuantity(bytes, 'bytes')} ${word}${rate === undefined ? '' : ` at ${rate}`}`];
  const parts = [...part(sentBytes, 'sent', sendRate), ...part(receivedBytes, 'received', receiveRate)];
  if (parts.length > 0) return [parts.join(', ')];
  return sentBytes === null && receivedBytes === null ? [`${snapshots(row)}`] : ['0 B either way', snapshots(row)];
}

function snapshots({ snapshots, durationUs }: Scene['row']): string {
  const over = durationUs === null || durationUs === 0 ? '' : ` over ${formatQuantity(durationUs, 'duration')}`;
  return `${formatCount(snapshots)} ${snapshots === 1 ? 'snapshot' : 'snapshots'}${over}`;
}

function path({ row: { medianRttUs, recorded }, rtt }: Scene): string[] {
  const { totalRetrans } = recorded;
  return [
    ...(medianRttUs === null ? [] : [`RTT ${rtt}`]),
    ...(totalRetrans === null ? [] : [`${formatCount(totalRetrans)} retransmitted`]),
  ];
}

function recording({ row: { olderByUs, howEnded } }: Scene): string[] {
  return [
    ...(olderByUs === null ? [] : [`at least ${formatQuantity(olderByUs, 'duration')} old when its recording began`]),
    ...(howEnded === 'open' ? ['no end recorded'] : []),
  ];
}
