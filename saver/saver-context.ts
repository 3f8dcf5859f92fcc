import type { FrameReason, LossReason } from '../metrics/index.js';
import type { ArchiveError } from './archive-error.js';
import type { ArchiveFile, ArchiveModes, Disk } from './archive-file.js';
import type { Clock } from './clock.js';
import type { Compress, Decompress } from './create-compressor.js';
import type { Job } from './job.js';
import type { LineMemory } from './line-memory.js';

/** Jobs of one connection, as the {@link Writer} sees them. */
export interface JobSource {
  /** First job in the queue. */
  readonly head: Job | undefined;
  /** State of the source in the writer: idle, waiting for its turn, or at work. */
  turn: 'none' | 'waiting' | 'working';
  /** Runs the first job. Returns the reason to try again, or undefined when it is done. Never rejects. */
  work(): Promise<ArchiveError | undefined>;
  /** Takes back jobs that were written to a file but did not reach the disk. They run before the other jobs. */
  takeBack(file: ArchiveFile, jobs: readonly Job[]): void;
  /** Removes jobs whose lines were dropped, except those that still have a file to close. */
  forgetDropped(): void;
}

/** Receiver of notifications when files are created, used and closed. */
export interface FileWatch {
  /** Called before a file is created. Unless `staysOpen`, it is closed at once. */
  making(path: string, staysOpen: boolean): void;
  /** Called when a file was not created, or was removed. */
  gone(path: string): void;
  /** Called when the source's file was written to and stays open. */
  used(source: JobSource): void;
  /** Called when the source's file is about to be closed. */
  ending(source: JobSource): void;
}

/** Context shared by the archives of all connections. */
export interface SaverContext {
  /** The output folder, absolute. */
  readonly output: string;
  readonly clock: Clock;
  /** Time for which a file is written before the next one starts, milliseconds. */
  readonly rotateMs: number;
  readonly modes: ArchiveModes;
  readonly disk: Disk;
  readonly compress: Compress;
  readonly decompress: Decompress;
  readonly memory: LineMemory;
  readonly files: FileWatch;
  readonly accounting: Accounting;
  /** Submits a job, to run after the source's earlier jobs. */
  submit(source: JobSource, job: Job): void;
  /** Called when a job is written to a file; the disk has not confirmed it yet. */
  written(source: JobSource, job: Job, file: ArchiveFile): void;
  /** Closes a file that ends, at once or when the disk has confirmed it. */
  end(file: ArchiveFile): Promise<void>;
  /** True when the disk has confirmed the whole file. */
  isConfirmed(file: ArchiveFile): boolean;
  /** True when files are confirmed by the disk before they are closed. */
  readonly confirms: boolean;
  /** Tracks `work`, which removes the unconfirmed part of a file. */
  discarding(work: Promise<void>): void;
  /** Called when a job is done, or has nothing left to do. */
  done(job: Job): void;
  /** Returns whether another file may stay open; closes the longest idle file if needed. */
  makeRoom(): boolean;
  /** Returns whether a file that ends with its first frame may stay open until the disk has confirmed it. */
  mayLinger(): boolean;
  /** Called when a file is closed. */
  closed(file: ArchiveFile): void;
}

/** Accounting of everything that happens to content on its way to the disk, so that every loss is counted. */
export interface Accounting {
  /** Adds `bytes`, which may be negative, to the memory of buffered lines. */
  gathered(bytes: number): void;
  /** Adds `bytes`, which may be negative, to the memory of jobs. */
  held(bytes: number): void;
  /** Counts a frame that was written. */
  wrote(frameBytes: number, contentBytes: number, reason: FrameReason): void;
  /** Counts a file that was opened. */
  opened(): void;
  /** Counts a file that has its first frame. */
  created(): void;
  /** Counts a file that was closed. */
  closed(): void;
  /** Notes that the disk works. */
  healthy(): void;
  /** Counts a file name that was already taken. */
  collided(): void;
  /** Counts a file that another program removed while it was open. */
  removed(): void;
  /** Counts another attempt to run a job. */
  retried(): void;
  /** Counts a file that was closed to make room for another. */
  closedIdle(): void;
  /** Counts a file that was removed because the disk had confirmed no part of it. */
  discarded(): void;
  /** Counts records that will not reach the disk. */
  lost(reason: LossReason, records: number): void;
  /** Counts records that were counted as lost but are written now. */
  recovered(records: number): void;
  /** Counts a failed operation; {@link lost} counts its records. */
  failed(error: ArchiveError): void;
}
