import type { Metrics, SocketFamily } from '../metrics/index.js';
import { SOCKET_FAMILIES, scanFailureLabel } from '../metrics/index.js';
import type { ScanFigures } from '../native/index.js';

const NS_PER_SECOND = 1e9;

/** Counts the outcome and timing of a scan of any source. */
export function observeBatch({ scan }: Pick<Metrics, 'scan'>, batch: ScanFigures): void {
  const seconds = batch.durationNs / NS_PER_SECOND;
  scan.scans.inc(batch.failure === undefined ? 'complete' : 'failed');
  if (batch.failure !== undefined) scan.failures.inc(scanFailureLabel(batch.failure.code));
  scan.duration.observe(seconds);
  scan.lateness.observe(batch.lateNs / NS_PER_SECOND);
  if (batch.beatsMissed > 0) scan.beatsSkipped.inc('late', batch.beatsMissed);
  if (batch.beatsHeld > 0) scan.beatsSkipped.inc('backlog', batch.beatsHeld);
  if (batch.beatsSlowed > 0) scan.beatsSkipped.inc('pressure', batch.beatsSlowed);
  if (batch.beatsLimited > 0) scan.beatsSkipped.inc('budget', batch.beatsLimited);
  scan.batchesPending.set(batch.pending);
  if (batch.discarded > 0) scan.messagesDiscarded.inc('unexpected', batch.discarded);
  if (batch.unrelated > 0) scan.messagesDiscarded.inc('stray', batch.unrelated);
}

/** Updates metrics that only cover the collector's own namespace: its beat, and metrics with the reference's names. */
export function observeOwnBatch({ scan, reference }: Pick<Metrics, 'scan' | 'reference'>, batch: ScanFigures): void {
  scan.effectiveInterval.set(batch.effectiveIntervalNs / NS_PER_SECOND);
  scan.walks.set(batch.requestNs.length);
  if (batch.intervalNs > 0) reference.pollingInterval.observe(batch.intervalNs / NS_PER_SECOND);
  // A failed scan has seen only some of the connections, so do not count them.
  if (batch.failure !== undefined) return;
  scan.lastSuccess.set(Number(batch.endNs / 1_000_000n) / 1000);
  SOCKET_FAMILIES.forEach((family, index) => {
    reference.connectionCount.observe(family, batch.tally[index] ?? 0);
    reference.syscallTime.observe(family, requestSeconds(batch, family));
  });
}

/** Returns the request time of a family. One walk serves both; of two requests IPv6 is first, as in the reference. */
function requestSeconds({ requestNs, durationNs }: ScanFigures, family: SocketFamily): number {
  const own = requestNs.length === 2 ? requestNs[family === 'ipv6' ? 0 : 1] : durationNs;
  return (own ?? durationNs) / NS_PER_SECOND;
}
