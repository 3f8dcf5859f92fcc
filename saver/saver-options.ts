import type { Logger } from '../log/index.js';
import type { Metrics } from '../metrics/index.js';
import type { Anonymize } from './anonymize.js';
import type { ArchiveModes, Disk } from './archive-file.js';
import type { Clock } from './clock.js';
import type { Compress } from './compress.js';
import type { Origin } from './provenance.js';

/** What a Saver has to be told, and may be. */
export interface SaverOptions {
  /** The output folder, absolute; it exists. */
  readonly output: string;
  /** The longest that a line waits in memory, milliseconds. */
  readonly flushAgeMs: number;
  /** How long a file is written to, milliseconds. */
  readonly rotateMs: number;
  /**
   * The longest that something written waits for its sync, milliseconds, and that files that ended stay open for it.
   * Default: 0, nothing is synced.
   */
  readonly syncMs?: number;
  /**
   * What may wait in memory, bytes. Above half of it the largest buffers are written early, and when it is reached the
   * oldest lines are dropped and counted.
   */
  readonly maxWaitingBytes: number;
  /**
   * Whether memory is so short that none may be left to the garbage collector: lines are then kept in memory that is
   * used again and never given back. Default: false.
   */
  readonly isMemoryShort?: boolean;
  /** Files that may be open; beyond it the longest idle are closed. Default: any number. */
  readonly maxOpenFiles?: number;
  /** Default: 0666 for files, 0777 for folders. */
  readonly modes?: ArchiveModes;
  readonly anonymize: Anonymize;
  /** Given, records and files say how they were made. */
  readonly provenance?: Origin;
  readonly metrics: Pick<Metrics, 'archive' | 'reference'>;
  readonly log: Logger;
  /**
   * Told when more than three quarters of `maxWaitingBytes` are taken, so that fewer records should come, and when less
   * than half is again.
   */
  readonly onPressure?: (pressed: boolean) => void;
  /**
   * Told of every file that was closed, with its length and when it was opened (milliseconds since 1970), unless it was
   * removed meanwhile.
   */
  readonly onFileClosed?: (path: string, bytes: number, openedMs: number) => void;
  /** The machine's, unless a test brings another. */
  readonly clock?: Clock;
  /** Default: that of {@link createCompressor}. */
  readonly compress?: Compress;
  /** Threads of the addon's, one for syncs, unless a test brings another. */
  readonly disk?: Disk;
  /** How long {@link Saver.close} waits for a disk that takes nothing (default 5 s), milliseconds. */
  readonly closePatienceMs?: number;
}
