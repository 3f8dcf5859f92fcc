import { QUIET_FIGURES, type QuietBatch, type QuietFigure, type ScanFigures } from './binding.js';

/** Position of each figure among the figures of its scan. */
const AT = Object.fromEntries(QUIET_FIGURES.map((name, index) => [name, index])) as Record<QuietFigure, number>;

/** Returns the statistics of each scan of a batch, in order. `tally` is valid only until the callback returns. */
export function readQuietScans(batch: QuietBatch): ScanFigures[] {
  return Array.from({ length: batch.count }, (_, index) => readScan(batch, index));
}

function readScan(batch: QuietBatch, index: number): ScanFigures {
  const { count, figures, requests, tally, timesNs } = batch;
  const first = index * (QUIET_FIGURES.length + requests);
  const requestsAt = first + QUIET_FIGURES.length;
  const tallied = tally.length / count;
  return {
    scan: batch.scan + index,
    startNs: timesNs[2 * index] ?? 0n,
    endNs: timesNs[2 * index + 1] ?? 0n,
    durationNs: figures[first + AT.durationNs] ?? 0,
    intervalNs: figures[first + AT.intervalNs] ?? 0,
    lateNs: figures[first + AT.lateNs] ?? 0,
    effectiveIntervalNs: figures[first + AT.effectiveIntervalNs] ?? 0,
    beatsMissed: figures[first + AT.beatsMissed] ?? 0,
    beatsHeld: figures[first + AT.beatsHeld] ?? 0,
    beatsSlowed: figures[first + AT.beatsSlowed] ?? 0,
    beatsLimited: figures[first + AT.beatsLimited] ?? 0,
    seen: figures[first + AT.seen] ?? 0,
    requestNs: Array.from(figures.subarray(requestsAt, requestsAt + requests)),
    tally: tally.subarray(index * tallied, (index + 1) * tallied),
    pending: batch.pending + count - 1 - index,
    queryMethod: batch.queryMethod,
    discarded: 0,
    unrelated: 0,
  };
}
