import type { Connection } from '../cache/index.js';
import type { Logger } from '../log/index.js';
import type { Metrics } from '../metrics/index.js';
import type { ArchivedFlow, ArchivedProcess } from '../parse/index.js';
import type { Anonymize } from './anonymize.js';
import type { ArchiveModes, Disk } from './archive-file.js';
import type { Clock } from './clock.js';
import type { Compress, Decompress } from './create-compressor.js';
import type { FrameSink } from './frame-sink.js';
import type { Origin } from './provenance.js';

/** Flows of connections, for the metadata of their files. */
export interface ArchiveFlows {
  /**
   * Returns a function that returns the flow of a connection as it may be archived, as far as it is known. The function
   * does not keep the connection in memory: its archive may wait longer than the connection lasts.
   */
  readonly readerOf: (connection: Connection) => () => ArchivedFlow | undefined;
  /** Calls a function when the flow of a connection is known. Returns false, and does not call it, if it is not being looked up. */
  readonly whenKnown: (connection: Connection, run: () => void) => boolean;
}

/** Options of {@link Saver}. */
export interface SaverOptions {
  /** The output folder, absolute. It must exist. */
  readonly output: string;
  /** Longest time that a line waits in memory, milliseconds. */
  readonly flushAgeMs: number;
  /** Time for which a file is written before the next one starts, milliseconds. */
  readonly rotateMs: number;
  /**
   * Longest time from a write to its sync, milliseconds. Files that have ended stay open until then. Default: 0,
   * nothing is synced.
   */
  readonly syncMs?: number;
  /**
   * Limit of bytes that wait in memory. Above half of it the largest buffers are written early; above the limit the
   * oldest lines are dropped and counted.
   */
  readonly maxWaitingBytes: number;
  /**
   * True when memory is too short to leave garbage to the garbage collector: memory for lines is then reused and never
   * freed. Default: false.
   */
  readonly isMemoryShort?: boolean;
  /** Limit of open files; above it the longest idle ones are closed. Default: no limit. */
  readonly maxOpenFiles?: number;
  /** Modes of files and folders. Default: 0666 and 0777. */
  readonly modes?: ArchiveModes;
  readonly anonymize: Anonymize;
  /** Origin to record in the provenance of records and files; absent: archives have no provenance. */
  readonly provenance?: Origin;
  /**
   * Returns the process of a connection as far as it is known: called for each of its files with the file's first
   * frame. Absent: archives have no processes.
   */
  readonly process?: (connection: Connection) => ArchivedProcess | undefined;
  /** Flows in connection tracking; absent: archives have none. */
  readonly flows?: ArchiveFlows;
  /** Receiver of the frames of connections besides the archives; absent: none. */
  readonly frames?: FrameSink;
  /** False: frames go to {@link frames} only. Nothing is created or opened, nor is a thread for files started. Default: true. */
  readonly writesFiles?: boolean;
  readonly metrics: Pick<Metrics, 'archive' | 'reference'>;
  readonly log: Logger;
  /**
   * Called with true when waiting bytes exceed three quarters of the limit, so that fewer records should come; with
   * false when they are down to half of it.
   */
  readonly onPressure?: (pressed: boolean) => void;
  /**
   * Called for every file that was closed, with its length and the time it was opened (milliseconds since 1970), unless
   * it was removed meanwhile.
   */
  readonly onFileClosed?: (path: string, bytes: number, openedMs: number) => void;
  /** Default: the machine's clocks. */
  readonly clock?: Clock;
  /** Calls a function again and again; returns what ends that (default: setInterval). */
  readonly every?: (ms: number, run: () => void) => () => void;
  /** Default: the compressor of {@link createCompressor}. */
  readonly compress?: Compress;
  /** Default: {@link decompressFrame}. Used when lines go to another file than the one they were compressed for. */
  readonly decompress?: Decompress;
  /** Thread that writes files. Default: threads of the addon, one of them only for syncs. */
  readonly disk?: Disk;
  /** Longest total time that {@link Saver.close} waits without progress on the disk, milliseconds. Default: 5 s. */
  readonly closePatienceMs?: number;
}
