import type { Registry } from 'prom-client';
import { type CounterBy, counterBy, type Level, level, type Tally, tally } from './by-label.js';
import { DurationHistogram, Durations } from './duration-histogram.js';

/**
 * Results of reads of watches. answered: the socket was read; missing: it does not exist, because it has ended or ends;
 * leftover: only a small socket is left of it, such as one in TIME_WAIT; failed: the kernel refused, or the socket of
 * the reads failed.
 */
export const WATCH_READS = ['answered', 'missing', 'leftover', 'failed'] as const;
/** One of {@link WATCH_READS}. */
export type WatchReadLabel = (typeof WATCH_READS)[number];

/** Metrics of watches; registered only where there may be some. */
export interface WatchMetrics {
  readonly reads: CounterBy<WatchReadLabel>;
  /** Time from the deadline of a read to the receipt of its answer. */
  readonly lateness: Durations;
  /** Deadlines that passed before the read of an earlier one. */
  readonly skipped: Tally;
  /** Records of reads. */
  readonly records: Tally;
  /** Times that a watched connection had no good answer for three intervals, so that scans counted again. */
  readonly lost: Tally;
  /** Watched connections. */
  readonly connections: Level;
  /** Connections that match a watch, and are not watched because there are too many. */
  readonly left: Level;
}

/** Registers the metrics of watches. @param boundsUs bounds of the buckets of lateness, microseconds */
export function createWatchMetrics(registry: Registry, boundsUs: readonly number[]): WatchMetrics {
  const lateness = new Durations(boundsUs);
  new DurationHistogram(
    registry,
    {
      name: 'tcpinfo_watch_lateness_seconds',
      help: 'Time from the deadline of a read of a watched connection to the receipt of its answer.',
    },
    [],
    () => [{ labels: {}, durations: lateness }],
  );
  return {
    lateness,
    reads: counterBy(
      registry,
      {
        name: 'tcpinfo_watch_reads_total',
        help: 'Number of reads of watched connections: answered, no such socket, only a leftover of it, or failed.',
      },
      'result',
      WATCH_READS,
    ),
    skipped: tally(registry, {
      name: 'tcpinfo_watch_deadlines_skipped_total',
      help: 'Number of deadlines of watched connections that passed before the read of an earlier one.',
    }),
    records: tally(registry, {
      name: 'tcpinfo_watch_records_total',
      help: 'Number of records that reads of watched connections gave.',
    }),
    lost: tally(registry, {
      name: 'tcpinfo_watch_lost_total',
      help: 'Number of times that a watched connection had no good answer for three intervals, so that scans counted again.',
    }),
    connections: level(registry, {
      name: 'tcpinfo_watch_connections',
      help: 'Number of watched connections.',
    }),
    left: level(registry, {
      name: 'tcpinfo_watch_connections_left',
      help: 'Number of connections that match a watch, and are not watched because -watch.max others are.',
    }),
  };
}
