import type { Collector } from '../collector/index.js';
import type { WatchReads, WatchReadsOptions } from '../collector/watches/index.js';
import type { Logger } from '../log/index.js';
import type { WatchMetrics } from '../metrics/index.js';
import { ArchiveThinning, type ArchiveThinningOptions } from './archive-thinning.js';

/** Options of {@link loadReads}. */
export interface ThinnedReadsOptions
  extends Pick<WatchReadsOptions, 'createWatcher' | 'onWatched' | 'onUnwatched'>,
    Pick<ArchiveThinningOptions, 'observers'> {
  /** True if archives get every record. */
  readonly inArchives: boolean;
  /** Time between two scans, nanoseconds. */
  readonly intervalNs: number;
  readonly collector: () => Collector;
  readonly metrics: WatchMetrics;
  readonly log: Logger;
}

/** Reads of watched connections, with archives that are thinned while there are some. */
export interface ThinnedReads {
  readonly reads: WatchReads;
  /** Has archives get the newest records of beats that are over. @param nowNs nanoseconds since 1970 */
  beat(nowNs: number): void;
}

/** Loads and creates the reads of watched connections. */
export async function loadReads(options: ThinnedReadsOptions): Promise<ThinnedReads> {
  const { BeatThinner, WatchReads } = await import('../collector/watches/index.js');
  const { inArchives, intervalNs } = options;
  const thinning = inArchives
    ? undefined
    : new ArchiveThinning({ ...options, createThinner: (archives) => new BeatThinner(archives, intervalNs) });
  const reads: WatchReads = new WatchReads({
    ...options,
    onBegun: () => thinning?.begin(),
    onRead: (lastNs) => thinning?.beat(lastNs, reads.size > 0),
  });
  return { reads, beat: (nowNs) => thinning?.beat(nowNs, reads.size > 0) };
}
