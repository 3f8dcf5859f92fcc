import type { Registry } from 'prom-client';
import { lookedUpCounter } from './looked-up.js';

/** Counts of connections of one port group and side that failed or were reset. The counts only increase. */
export class EndingCounts {
  /** Connects that the peer answered with a RST. */
  refused = 0;
  /** Connects whose SYN timed out. */
  unanswered = 0;
  /** Connects that failed for other reasons. */
  failedOtherwise = 0;
  /** Open connections that this host reset or aborted. */
  resetLocal = 0;
  /** Open connections that the peer reset. */
  resetRemote = 0;
  /** Open connections that either end reset. */
  resetUnknown = 0;
}

/** Counts with the labels of their series. */
interface LabelledEndings {
  readonly labels: Readonly<Record<string, string>>;
  readonly endings: EndingCounts;
}

/** Registers the counters of failed connects and of connections that were reset. */
export function registerEndings(
  registry: Registry,
  labelNames: readonly string[],
  series: readonly LabelledEndings[],
): void {
  lookedUpCounter(
    registry,
    {
      name: 'tcpinfo_network_connects_failed_total',
      help: 'Number of recorded connects that failed, by port group and reason: refused (by a RST), unanswered (the SYN timed out), or other.',
    },
    [...labelNames, 'reason'],
    () =>
      series.flatMap(({ labels, endings }) => [
        [{ ...labels, reason: 'refused' }, endings.refused],
        [{ ...labels, reason: 'unanswered' }, endings.unanswered],
        [{ ...labels, reason: 'other' }, endings.failedOtherwise],
      ]),
  );
  lookedUpCounter(
    registry,
    {
      name: 'tcpinfo_network_connections_reset_total',
      help: 'Number of recorded connections that were reset while open, by port group and by the end that reset them: local, remote, or unknown.',
    },
    [...labelNames, 'by'],
    () =>
      series.flatMap(({ labels, endings }) => [
        [{ ...labels, by: 'local' }, endings.resetLocal],
        [{ ...labels, by: 'remote' }, endings.resetRemote],
        [{ ...labels, by: 'unknown' }, endings.resetUnknown],
      ]),
  );
}
