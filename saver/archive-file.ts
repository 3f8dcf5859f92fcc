import type { FileFailure, FileThread } from '../native/index.js';
import { ArchiveError } from './archive-error.js';

/** Thread that writes archives. Default: the addon's. */
export type Disk = FileThread;

/** Modes of files and folders, before the umask. */
export interface ArchiveModes {
  readonly file: number;
  readonly folder: number;
}

/** Errors of an open file that say nothing about the disk: it is too long, removed, or no longer the same file. */
const FILES_OWN = new Set(['EFBIG', 'EBADF', 'ENOENT', 'ESTALE']);
/** Error code, in place of a system's, when the file was discarded meanwhile because an earlier write-back failed. */
const DISCARDED = 'discarded';

/** Error of a write to an open archive. */
export class AppendError extends ArchiveError {
  /** Creates the error for a file discarded during the write, because an earlier write did not reach the disk. */
  static discarded(path: string): AppendError {
    return new AppendError('write', path, DISCARDED);
  }

  /** True when the cause was already reported. */
  get isKnown(): boolean {
    return this.isRemoved || this.code === DISCARDED;
  }

  /** True when another program removed the file while it was open. */
  get isRemoved(): boolean {
    return this.code === 'ENOENT';
  }

  /** True when only this file is affected, so that the next one can start at once. */
  get isFilesOwn(): boolean {
    return FILES_OWN.has(this.code) || this.code === DISCARDED;
  }
}

/** Temporary errors, after which a file that was cut back to whole frames can be written again. */
const PASSING = new Set(['ENOSPC', 'EDQUOT', 'ENOMEM', 'EAGAIN', 'EINTR']);

/**
 * One archive on disk: opened once, written frame by frame, closed once. It is never opened again, because uploaders
 * read a file as soon as it is closed.
 */
export class ArchiveFile {
  readonly path: string;
  /** Time just before the file was opened, milliseconds since 1970: no later than its first write. */
  readonly openedMs: number;
  readonly #disk: Disk;
  #fd: number;
  #length: number;
  #closeError: ArchiveError | undefined;
  #confirmedLength = 0;
  #isSound = true;
  #isDiscarded = false;
  #isRemoved = false;
  /** True when the file is complete and is closed once the disk has confirmed it. */
  isEnding = false;

  private constructor(disk: Disk, path: string, openedMs: number, fd: number, length: number) {
    this.#disk = disk;
    this.path = path;
    this.openedMs = openedMs;
    this.#fd = fd;
    this.#length = length;
  }

  /**
   * Creates a new file with its first frame, and its folder (an uploader may have removed it since the last file). The
   * file appears with that frame or not at all. Closes it if `closes`.
   * @returns undefined when the name is taken
   * @throws ArchiveError
   */
  static async create(
    disk: Disk,
    path: string,
    modes: ArchiveModes,
    frame: Buffer,
    closes: boolean,
  ): Promise<ArchiveFile | undefined> {
    const openedMs = Date.now();
    const result = await disk.create(path, modes.file, modes.folder, frame, closes);
    if (typeof result === 'number') return new ArchiveFile(disk, path, openedMs, result, frame.length);
    const error = ArchiveError.of(path, result);
    if (result.syscall === 'close') {
      const file = new ArchiveFile(disk, path, openedMs, -1, frame.length);
      file.#closeError = error;
      return file;
    }
    if (error.code === 'EEXIST' && error.operation === 'open') return undefined;
    throw error;
  }

  /** Length of the file, bytes; always whole frames. */
  get length(): number {
    return this.#length;
  }

  /** File descriptor; -1 when the file is closed. */
  get fd(): number {
    return this.#fd;
  }

  get isOpen(): boolean {
    return this.#fd >= 0;
  }

  /** True while the file can be written: false after a failure that may have left bytes after the last frame. */
  get isSound(): boolean {
    return this.#isSound;
  }

  /** True when the unconfirmed part was discarded. */
  get isDiscarded(): boolean {
    return this.#isDiscarded;
  }

  /** True when the file is known to have been removed while it was open. */
  get isRemoved(): boolean {
    return this.#isRemoved;
  }

  /** True when the file was discarded as a whole, so that another file may have its name. */
  get isNameless(): boolean {
    return this.#isDiscarded && this.#isRemoved;
  }

  /** Error of the close: an earlier write may not have reached the disk. */
  get closeError(): ArchiveError | undefined {
    return this.#closeError;
  }

  /**
   * Appends a frame, and closes the file if `closes`. After a failure the file stays open and is cut back to the frames
   * before, if the disk allows it.
   * @throws AppendError
   */
  async append(frame: Buffer, closes: boolean): Promise<void> {
    const result = await this.#disk.append(this.#fd, this.#length, frame, closes);
    if (this.#isDiscarded) throw AppendError.discarded(this.path);
    if (typeof result !== 'number' && result.syscall !== 'close') {
      const error = new AppendError('write', this.path, ArchiveError.of(this.path, result).code);
      this.#isSound = result.sound && PASSING.has(error.code);
      this.#isRemoved = error.isRemoved;
      throw error;
    }
    this.#length += frame.length;
    if (closes) this.#closed(result);
  }

  /** Notes that the disk has confirmed the first `length` bytes. */
  confirmed(length: number): void {
    this.#confirmedLength = length;
  }

  /** Cuts off the unconfirmed part, or removes the file if no part is confirmed, and closes the file. */
  async discard(): Promise<void> {
    const fd = this.#fd;
    this.#fd = -1;
    this.#isSound = false;
    this.#isDiscarded = true;
    this.#length = this.#confirmedLength;
    this.#isRemoved = this.#length === 0;
    const result = await this.#disk.discard(this.path, fd, this.#length);
    if (typeof result !== 'number') this.#closeError = ArchiveError.of(this.path, result);
  }

  /** Closes the file, if it is open. */
  async close(): Promise<void> {
    if (this.isOpen) this.#closed(await this.#disk.close(this.#fd));
  }

  #closed(result: number | FileFailure): void {
    this.#fd = -1;
    if (typeof result !== 'number') this.#closeError = ArchiveError.of(this.path, result);
  }
}
