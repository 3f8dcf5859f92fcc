import type { FrameReason, LossReason } from '../metrics/index.js';
import type { ArchiveError } from './archive-error.js';
import type { ArchiveFile, ArchiveModes, Disk } from './archive-file.js';
import type { Clock } from './clock.js';
import type { Compress } from './compress.js';
import type { Job } from './job.js';
import type { LineMemory } from './line-memory.js';

/** The jobs of one connection, as the one sees it who does them. */
export interface JobSource {
  /** The job to be done first. */
  readonly head: Job | undefined;
  /** Whether it waits for its turn, or has it. */
  turn: 'none' | 'waiting' | 'working';
  /** Does the first job, and returns why it has to be tried again, if so. Never rejects. */
  work(): Promise<ArchiveError | undefined>;
  /** Gets back what was written to a file and did not reach the disk, to be done before its other jobs. */
  takeBack(file: ArchiveFile, jobs: readonly Job[]): void;
  /** Forgets jobs whose lines were dropped, but for those that have a file to close. */
  forgetDropped(): void;
}

/** Told of files being made, used and closed. */
export interface FileWatch {
  /** A file is about to be made, and closed at once if it does not stay open. */
  making(path: string, staysOpen: boolean): void;
  /** It was not made, or is removed. */
  gone(path: string): void;
  /** The source's file was written to, and stays open. */
  used(source: JobSource): void;
  /** The source's file is going to be closed. */
  ending(source: JobSource): void;
}

/** What the archives of all connections share. */
export interface SaverContext {
  /** The output folder, absolute. */
  readonly output: string;
  readonly clock: Clock;
  /** How long a file is written to before the next one takes over, milliseconds. */
  readonly rotateMs: number;
  readonly modes: ArchiveModes;
  readonly disk: Disk;
  readonly compress: Compress;
  readonly memory: LineMemory;
  readonly files: FileWatch;
  readonly accounting: Accounting;
  /** Has a job done, behind those that the source has. */
  submit(source: JobSource, job: Job): void;
  /** A job is in a file, which the disk has still to confirm. */
  written(source: JobSource, job: Job, file: ArchiveFile): void;
  /** Nothing more is written to a file: closes it, at once or when the disk has confirmed it. */
  end(file: ArchiveFile): Promise<void>;
  /** Whether the disk has all of a file. */
  isConfirmed(file: ArchiveFile): boolean;
  /** Whether files are confirmed by the disk before they are closed. */
  readonly confirms: boolean;
  /** What a file has of lines that are not confirmed is being removed. */
  discarding(work: Promise<void>): void;
  /** A job is done, or has nothing left to do. */
  done(job: Job): void;
  /** Whether another file may stay open; has the longest idle closed for it if need be. */
  makeRoom(): boolean;
  /** Whether a file that ends with its first frame may stay open until the disk has confirmed it. */
  mayLinger(): boolean;
  /** A file is closed. */
  closed(file: ArchiveFile): void;
}

/** Told of everything that happens to content on its way to the disk, so that nothing goes missing unseen. */
export interface Accounting {
  /** Lines that gather for their frame hold so many bytes more, or fewer. */
  gathered(bytes: number): void;
  /** Jobs hold so many bytes more, or fewer. */
  held(bytes: number): void;
  /** A frame is on disk. */
  wrote(frameBytes: number, contentBytes: number, reason: FrameReason): void;
  /** A file was opened. */
  opened(): void;
  /** A file has its first frame. */
  created(): void;
  /** A file was closed. */
  closed(): void;
  /** Nothing is wrong with the disk now. */
  healthy(): void;
  /** A file name was taken. */
  collided(): void;
  /** A file was removed by somebody while it was open. */
  removed(): void;
  /** A frame is tried again. */
  retried(): void;
  /** A file was closed to make room for another. */
  closedIdle(): void;
  /** A file was removed that the disk had confirmed nothing of. */
  discarded(): void;
  /** Records that will not reach the disk. */
  lost(reason: LossReason, records: number): void;
  /** Records that were counted as lost are written after all. */
  recovered(records: number): void;
  /** An operation failed; what was lost with it is told separately. */
  failed(error: ArchiveError): void;
}
