import { close, ftruncate, openSync, unlink, write, writeSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { ArchiveOperation } from '../metrics/index.js';
import { makeFolder } from './make-folder.js';

const writeFile = promisify(write);
const closeFile = promisify(close);
const truncateFile = promisify(ftruncate);
const removeFile = promisify(unlink);

/** An archive that could not be made, written or closed. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  /** The system's error code, e.g. `ENOSPC`. */
  readonly code: string;

  constructor(
    readonly operation: ArchiveOperation,
    readonly path: string,
    cause: unknown,
  ) {
    const code = errorCode(cause);
    super(`${operation} archive ${path}: ${code}`, { cause });
    this.code = code;
  }
}

function errorCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}

/**
 * One archive on disk: opened once, written frame by frame, closed once. Uploaders act on the close and read a file as
 * soon as it is closed, so it is never opened again.
 */
export class ArchiveFile {
  readonly path: string;
  readonly #fd: number;
  #length = 0;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  /** Whether a name is taken, as far as can be told; {@link create} has the last word. */
  static async exists(path: string): Promise<boolean> {
    return access(path).then(
      () => true,
      () => false,
    );
  }

  /**
   * Creates a file that does not exist yet, and its folder (an uploader may have removed it since the last file), and
   * writes its first frame if that takes no waiting: with a `length` of 0 the frame is still to be appended.
   * @returns undefined when the name is taken
   * @throws ArchiveError
   */
  static async create(path: string, frame: Buffer): Promise<ArchiveFile | undefined> {
    for (let attempt = 0; ; attempt++) {
      try {
        // In one breath: when hundreds are made at a time, threads would make them all before the first is written, and
        // a crash would leave them all empty.
        const file = new ArchiveFile(path, openSync(path, 'wx', 0o666));
        file.#begin(frame);
        return file;
      } catch (error) {
        const code = errorCode(error);
        if (code === 'EEXIST') return undefined;
        if (code !== 'ENOENT' || attempt > 2) throw new ArchiveError('open', path, error);
      }
      await makeFolder(dirname(path), 0o777).catch((error: unknown) => {
        throw new ArchiveError('mkdir', dirname(path), error);
      });
    }
  }

  #begin(frame: Buffer): void {
    try {
      if (writeSync(this.#fd, frame, 0, frame.length, 0) === frame.length) this.#length = frame.length;
    } catch {
      // append() meets the same error, and reports it.
    }
  }

  /** Bytes in the file: whole frames. */
  get length(): number {
    return this.#length;
  }

  /**
   * Appends a frame. After a failure the file is cut back to the frames before it, as far as the disk allows.
   * @throws ArchiveError
   */
  async append(frame: Buffer): Promise<void> {
    try {
      for (let done = 0; done < frame.length; ) {
        const { bytesWritten } = await writeFile(this.#fd, frame, done, frame.length - done, this.#length + done);
        done += bytesWritten;
      }
    } catch (error) {
      // Best effort: if this fails too, readers see one cut frame at the end, which they know how to pass over.
      await truncateFile(this.#fd, this.#length).catch(() => undefined);
      throw new ArchiveError('write', this.path, error);
    }
    this.#length += frame.length;
  }

  /**
   * Closes the file. One that never got a whole frame is removed first: readers take an empty archive for a broken one.
   * @throws ArchiveError when the system reports a late write error; the file is closed all the same
   */
  async close(): Promise<void> {
    // Should this fail, the empty file stays; the failed write before it was counted.
    if (this.#length === 0) await removeFile(this.path).catch(() => undefined);
    await closeFile(this.#fd).catch((error: unknown) => {
      throw new ArchiveError('close', this.path, error);
    });
  }
}
