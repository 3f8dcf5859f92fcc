import { rename } from 'node:fs/promises';
import type { FileFailure, FileThread } from '../../native/index.js';

/** Mode of recordings, before the umask: they hold addresses of clients. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o777;
/** Most bytes of lines in a frame; the library takes up to 2 MiB. */
const FRAME_BYTES = 1024 * 1024;

/** Options of {@link RecordingFile}. */
export interface RecordingFileOptions {
  /** Absolute path. */
  readonly path: string;
  /** Size of both files together, beyond which the older one goes, bytes. */
  readonly maxBytes: number;
  readonly files: Pick<FileThread, 'create' | 'append' | 'close'>;
  /** Compresses pieces to a frame. */
  readonly compress: (pieces: readonly Buffer[]) => Promise<Buffer>;
  /** Returns the first lines of a file: the header, and what readers must know to go on from there. */
  readonly header: (part: number) => string;
}

/** Path of the older one of the two files of a recording. */
export function olderPath(path: string): string {
  return `${path}.1`;
}

/** Two files; when the newer one is full, it replaces the older one. One write runs at a time. */
export class RecordingFile {
  readonly #options: RecordingFileOptions;
  #fd: number | undefined;
  #length = 0;
  #part = 0;

  constructor(options: RecordingFileOptions) {
    this.#options = options;
  }

  /**
   * Writes lines. Begins a new file first if none is open, or if it is full.
   * @returns compressed bytes that were written
   * @throws WriteFailure; then none of the lines is in a file
   */
  async write(lines: Buffer): Promise<number> {
    const frames = await this.#compress(lines);
    if (this.#fd !== undefined && this.#length >= this.#options.maxBytes / 2) await this.close();
    const began = this.#fd === undefined ? await this.#begin() : 0;
    if (this.#fd === undefined) throw new TypeError('a recording has no file after its beginning');
    const written = await this.#options.files.append(this.#fd, this.#length, frames, false);
    if (typeof written !== 'number') {
      // What is in the file is not known then: the next lines go to another one.
      if (!written.sound) await this.close();
      throw new WriteFailure(written);
    }
    this.#length += frames.length;
    return began + frames.length;
  }

  /** Closes the file. The next lines begin another one. @throws WriteFailure */
  async close(): Promise<void> {
    const fd = this.#fd;
    if (fd === undefined) return;
    this.#fd = undefined;
    const closed = await this.#options.files.close(fd);
    if (typeof closed !== 'number') throw new WriteFailure(closed);
  }

  /** Begins a file with its first lines; the one that is there becomes the older one. Returns the bytes written. */
  async #begin(): Promise<number> {
    const { path, files, header } = this.#options;
    await rename(path, olderPath(path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw new WriteFailure({ errno: -(error.errno ?? 0), syscall: 'rename' });
    });
    const frames = await this.#compress(Buffer.from(header(this.#part)));
    const fd = await files.create(path, FILE_MODE, FOLDER_MODE, frames, false);
    if (typeof fd !== 'number') throw new WriteFailure(fd);
    this.#fd = fd;
    this.#part++;
    this.#length = frames.length;
    return frames.length;
  }

  async #compress(lines: Buffer): Promise<Buffer> {
    const frames: Buffer[] = [];
    for (let at = 0; at < lines.length; at += FRAME_BYTES) {
      frames.push(await this.#options.compress([lines.subarray(at, at + FRAME_BYTES)]));
    }
    return Buffer.concat(frames);
  }
}

/** Thrown when a file of a recording cannot be made or written. */
export class WriteFailure extends Error {
  override readonly name = 'WriteFailure';
  /** Positive errno. */
  readonly errno: number;
  readonly syscall: string;

  constructor({ errno, syscall }: Pick<FileFailure, 'errno' | 'syscall'>) {
    super(`${syscall}: errno ${errno}`);
    this.errno = errno;
    this.syscall = syscall;
  }
}
