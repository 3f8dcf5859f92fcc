import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import type { FileFailure, FileThread, SyncFailure } from '../../native/index.js';
import type { StreamKind } from './kinds.js';
import { segmentName } from './segment-name.js';
import { encodeTrailer } from './segment-trailer.js';
import { StreamError, type StreamOperation } from './stream-error.js';

/** Disk of the stream: a thread of its own, which waits when the disk does. */
export type StreamDisk = Pick<FileThread, 'create' | 'append' | 'close' | 'sync'>;

/** Mode of segments, before the umask: rows have addresses. */
export const FILE_MODE = 0o640;
/** Mode of folders, before the umask. */
export const FOLDER_MODE = 0o750;

/** Options of {@link OpenSegment.create}. */
export interface OpenSegmentOptions {
  /** Folder of the stream. */
  readonly folder: string;
  readonly kind: StreamKind;
  readonly epoch: string;
  /** Number of its first frame. */
  readonly first: number;
  readonly disk: StreamDisk;
  /** Time of its first frame, milliseconds of a monotonic clock. */
  readonly openedMs: number;
}

/** Segment that has left its writer. */
export interface ClosedSegment {
  readonly kind: StreamKind;
  /** Name of its file in the folder of its kind. */
  readonly name: string;
  readonly bytes: number;
  readonly rows: number;
}

/**
 * Segment that is being written. Until it is whole and on the disk it has another name, which readers of segments pass
 * over: a crash leaves no half segment.
 */
export class OpenSegment {
  readonly kind: StreamKind;
  readonly path: string;
  readonly openedMs: number;
  readonly #options: OpenSegmentOptions;
  readonly #fd: number;
  #length: number;
  #frames = 1;
  #rows: number;
  /** Last step of {@link seal} that succeeded: it is not repeated. */
  #sealed: 'no' | 'trailer' | 'synced' | 'closed' = 'no';
  /** False after a failure that may have left bytes behind the last frame, lost some, or removed the file. */
  isSound = true;

  private constructor(options: OpenSegmentOptions, path: string, fd: number, length: number, rows: number) {
    this.#options = options;
    this.kind = options.kind;
    this.openedMs = options.openedMs;
    this.path = path;
    this.#fd = fd;
    this.#length = length;
    this.#rows = rows;
  }

  /** Creates a segment with its first frame. @throws StreamError */
  static async create(options: OpenSegmentOptions, frame: Buffer, rows: number): Promise<OpenSegment> {
    const { folder, kind, epoch, first, disk } = options;
    const path = join(folder, kind, segmentName({ epoch, first, isOpen: true }));
    const result = await disk.create(path, FILE_MODE, FOLDER_MODE, frame, false);
    return new OpenSegment(options, path, succeeded('create', path, result), frame.length, rows);
  }

  get epoch(): string {
    return this.#options.epoch;
  }

  /** Number of its first frame. */
  get first(): number {
    return this.#options.first;
  }

  /** Length, bytes. */
  get length(): number {
    return this.#length;
  }

  /** Number of the next frame. */
  get next(): number {
    return this.#options.first + this.#frames;
  }

  /** Appends a frame. @throws StreamError; then the segment is as before if it {@link isSound} */
  async append(frame: Buffer, rows: number): Promise<void> {
    await this.#append(frame);
    this.#frames++;
    this.#rows += rows;
  }

  async #append(bytes: Buffer): Promise<void> {
    const result = await this.#options.disk.append(this.#fd, this.#length, bytes, false);
    if (typeof result !== 'number') this.isSound = result.sound && result.syscall !== 'fstat';
    succeeded('write', this.path, result);
    this.#length += bytes.length;
  }

  /**
   * Finishes the segment: writes its trailer, waits for the disk, and gives it its name. May be called again after a
   * failure.
   * @throws StreamError
   */
  async seal(): Promise<ClosedSegment> {
    const { kind, epoch, first, disk } = this.#options;
    if (this.#sealed === 'no') {
      await this.#append(encodeTrailer({ kind, epoch, first, frames: this.#frames, rows: this.#rows }));
      this.#sealed = 'trailer';
    }
    if (this.#sealed === 'trailer') {
      const result = await disk.sync([], [this.#fd]);
      // Without the descriptor the failure is one of other files on the same disk.
      if (typeof result !== 'number' && result.failed.includes(this.#fd)) {
        // The system says so only once: a second try would succeed without the bytes.
        this.isSound = false;
        succeeded('sync', this.path, result);
      }
      this.#sealed = 'synced';
    }
    if (this.#sealed === 'synced') {
      // The descriptor is closed even if this fails, and the disk already has everything.
      this.#sealed = 'closed';
      succeeded('close', this.path, await disk.close(this.#fd));
    }
    const name = segmentName({ epoch, first, isOpen: false });
    try {
      await rename(this.path, join(dirname(this.path), name));
    } catch (error) {
      // Another program removed the file: there is nothing left to name.
      if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT') this.isSound = false;
      throw new StreamError('rename', this.path, error);
    }
    return { kind, name, bytes: this.#length, rows: this.#rows };
  }

  /** Number of its lines. */
  get rows(): number {
    return this.#rows;
  }

  /** Closes the file as it is. */
  async abandon(): Promise<void> {
    // Whatever the system says of it, the descriptor is closed then.
    if (this.#sealed !== 'closed') await this.#options.disk.close(this.#fd);
  }
}

/** Returns the result of an operation. @throws StreamError if it failed */
function succeeded(operation: StreamOperation, path: string, result: number | FileFailure | SyncFailure): number {
  if (typeof result === 'number') return result;
  const errno = -result.errno;
  throw new StreamError(operation, path, Object.assign(new Error(result.syscall), { errno, code: codeOf(errno) }));
}

function codeOf(errno: number): string {
  return getSystemErrorMap().get(errno)?.[0] ?? `errno ${-errno}`;
}
