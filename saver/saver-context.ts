import type { FrameReason, LossReason } from '../metrics/index.js';
import type { ArchiveError } from './archive-file.js';
import type { Clock } from './clock.js';

/** What the archives of all connections share. */
export interface SaverContext {
  /** The output folder, absolute. */
  readonly output: string;
  readonly clock: Clock;
  /** How long a file is written to before the next one takes over, milliseconds. */
  readonly rotateMs: number;
  readonly accounting: Accounting;
}

/** Told of everything that happens to content on its way to the disk, so that nothing goes missing unseen. */
export interface Accounting {
  /** Bytes of lines left memory's waiting room and are being compressed and written. */
  sent(bytes: number): void;
  /** Those bytes are written, or lost. */
  settled(bytes: number): void;
  /** A frame is on disk. */
  wrote(frameBytes: number, contentBytes: number, reason: FrameReason): void;
  /** A file was opened. */
  opened(): void;
  /** A file has its first frame. */
  created(): void;
  /** A file is about to be closed. */
  closed(): void;
  /** A file was closed without complaint. */
  healthy(): void;
  /** A file name was taken. */
  collided(): void;
  /** Records that will not reach the disk. */
  lost(reason: LossReason, records: number): void;
  /** An operation failed; what was lost with it is told separately. */
  failed(error: ArchiveError): void;
}
