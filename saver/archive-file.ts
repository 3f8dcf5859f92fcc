import type { FileFailure, FileThread } from '../native/index.js';
import { ArchiveError } from './archive-error.js';

/** What archives are written with; the addon's, unless a test brings another. */
export type Disk = FileThread;

/** Modes of files and folders, before the umask. */
export interface ArchiveModes {
  readonly file: number;
  readonly folder: number;
}

/** Errors of an open file that say nothing of the disk: too long, or not the file that it was. */
const FILES_OWN = new Set(['EFBIG', 'EBADF', 'ENOENT', 'ESTALE']);
/** In place of a system's code: the file was given up meanwhile, because an earlier write-back failed. */
const DISCARDED = 'discarded';

/** An archive that was open could not be written. */
export class AppendError extends ArchiveError {
  /** The file was given up while it was written to: an earlier write had not reached the disk. */
  static discarded(path: string): AppendError {
    return new AppendError('write', path, DISCARDED);
  }

  /** Whether the trouble was told of before. */
  get isKnown(): boolean {
    return this.isRemoved || this.code === DISCARDED;
  }

  /** Whether somebody removed the file while it was open. */
  get isRemoved(): boolean {
    return this.code === 'ENOENT';
  }

  /** Whether only this file is concerned, so that the next one may be begun at once. */
  get isFilesOwn(): boolean {
    return FILES_OWN.has(this.code) || this.code === DISCARDED;
  }
}

/** After these a file that could be cut back to its whole frames is as good as before. */
const PASSING = new Set(['ENOSPC', 'EDQUOT', 'ENOMEM', 'EAGAIN', 'EINTR']);

/**
 * One archive on disk: opened once, written frame by frame, closed once. Uploaders act on the close and read a file as
 * soon as it is closed, so it is never opened again.
 */
export class ArchiveFile {
  readonly path: string;
  /** When it was begun to be opened, milliseconds since 1970: no later than its first write. */
  readonly openedMs: number;
  readonly #disk: Disk;
  #fd: number;
  #length: number;
  #closeError: ArchiveError | undefined;
  #confirmedLength = 0;
  #isSound = true;
  #isDiscarded = false;
  #isRemoved = false;
  /** Whether nothing more is going to be written to it, so that it is closed once the disk has confirmed it. */
  isEnding = false;

  private constructor(disk: Disk, path: string, openedMs: number, fd: number, length: number) {
    this.#disk = disk;
    this.path = path;
    this.openedMs = openedMs;
    this.#fd = fd;
    this.#length = length;
  }

  /**
   * Creates a file that does not exist yet, and its folder (an uploader may have removed it since the last file), and
   * writes its first frame; it appears with that or not at all. Closes it if `closes`.
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

  /** Bytes in the file: whole frames. */
  get length(): number {
    return this.#length;
  }

  /** Its descriptor; -1 when it is closed. */
  get fd(): number {
    return this.#fd;
  }

  get isOpen(): boolean {
    return this.#fd >= 0;
  }

  /** Whether more may be written to it: not after a failure that may have left something behind its last frame. */
  get isSound(): boolean {
    return this.#isSound;
  }

  /** Whether what the disk had not confirmed was given up. */
  get isDiscarded(): boolean {
    return this.#isDiscarded;
  }

  /** Whether it was removed while it was open, as far as was noticed. */
  get isRemoved(): boolean {
    return this.#isRemoved;
  }

  /** Whether its name was given up with all that was in it, so that another file may have that name. */
  get isNameless(): boolean {
    return this.#isDiscarded && this.#isRemoved;
  }

  /** What the system said at the close: an earlier write may not have reached the disk. */
  get closeError(): ArchiveError | undefined {
    return this.#closeError;
  }

  /**
   * Appends a frame, and closes the file if `closes`. After a failure the file is cut back to the frames before it, as
   * far as the disk allows, and is open.
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

  /** The disk has confirmed so many bytes. */
  confirmed(length: number): void {
    this.#confirmedLength = length;
  }

  /** Cuts off what the disk has not confirmed, or removes the file if that is all of it, and closes it. */
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
