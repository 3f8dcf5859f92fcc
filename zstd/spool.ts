import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Maximum of bytes kept in memory; beyond it they go to a temporary file. */
const MEMORY_BYTES = 32 * 1024 * 1024;
const READ_BYTES = 1024 * 1024;

let made = 0;

/**
 * Stores bytes to be read again any number of times: in memory, and beyond 32 MiB in a file in the temporary folder
 * (`TMPDIR`). The file has no name, so it always disappears with the process.
 */
export class ByteSpool {
  readonly #memoryBytes: number;
  #pieces: Buffer[] = [];
  #waitingBytes = 0;
  #file: FileHandle | undefined;
  #fileBytes = 0;

  constructor(memoryBytes: number = MEMORY_BYTES) {
    this.#memoryBytes = memoryBytes;
  }

  /**
   * Adds a piece, which must not change.
   * @throws system error when the file cannot be created or written; its `path` is the temporary folder
   */
  async add(piece: Buffer): Promise<void> {
    this.#pieces.push(piece);
    this.#waitingBytes += piece.length;
    if (this.#waitingBytes <= this.#memoryBytes) return;
    try {
      await this.#write();
    } catch (error) {
      if (error instanceof Error) Object.assign(error, { path: tmpdir() });
      throw error;
    }
  }

  async #write(): Promise<void> {
    this.#file ??= await makeFile();
    for (const each of this.#pieces) {
      for (let at = 0; at < each.length; ) {
        const { bytesWritten } = await this.#file.write(each, at, each.length - at, this.#fileBytes);
        at += bytesWritten;
        this.#fileBytes += bytesWritten;
      }
    }
    this.#pieces = [];
    this.#waitingBytes = 0;
  }

  /** Yields all bytes from the start. */
  async *read(): AsyncGenerator<Buffer, void, undefined> {
    for (let at = 0; this.#file !== undefined && at < this.#fileBytes; ) {
      const piece = Buffer.allocUnsafe(Math.min(READ_BYTES, this.#fileBytes - at));
      const { bytesRead } = await this.#file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) throw new Error('read temporary file: it has become shorter');
      yield piece.subarray(0, bytesRead);
      at += bytesRead;
    }
    yield* this.#pieces;
  }

  /** Frees memory and disk space. */
  async close(): Promise<void> {
    this.#pieces = [];
    await this.#file?.close();
    this.#file = undefined;
  }
}

async function makeFile(): Promise<FileHandle> {
  const path = join(tmpdir(), `.tcp-info-${process.pid}-${Date.now().toString(36)}-${made++}.tmp`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}
