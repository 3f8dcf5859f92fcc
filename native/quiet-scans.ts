import type { QuietBatch, ScanFigures } from './binding.js';

/** Number of figures of each scan in {@link QuietBatch.figures}, before its `requestNs`. */
const FIGURES = 9;

/** Returns the statistics of each scan of a batch, in order. `tally` is valid only until the callback returns. */
export function readQuietScans(batch: QuietBatch): ScanFigures[] {
  return Array.from({ length: batch.count }, (_, index) => readScan(batch, index));
}

function readScan(batch: QuietBatch, index: number): ScanFigures {
  const { count, figures, requests, tally, timesNs } = batch;
  const at = index * (FIGURES + requests);
  const tallied = tally.length / count;
  return {
    scan: batch.scan + index,
    startNs: timesNs[2 * index] ?? 0n,
    endNs: timesNs[2 * index + 1] ?? 0n,
    durationNs: figures[at] ?? 0,
    intervalNs: figures[at + 1] ?? 0,
    lateNs: figures[at + 2] ?? 0,
    effectiveIntervalNs: figures[at + 3] ?? 0,
    beatsMissed: figures[at + 4] ?? 0,
    beatsHeld: figures[at + 5] ?? 0,
    beatsSlowed: figures[at + 6] ?? 0,
    beatsLimited: figures[at + 7] ?? 0,
    seen: figures[at + 8] ?? 0,
    requestNs: Array.from(figures.subarray(at + FIGURES, at + FIGURES + requests)),
    tally: tally.subarray(index * tallied, (index + 1) * tallied),
    pending: batch.pending + count - 1 - index,
    way: batch.way,
    discarded: 0,
    strays: 0,
  };
}
