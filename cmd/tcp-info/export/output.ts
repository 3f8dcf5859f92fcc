import { unlinkSync } from 'node:fs';
import { type FileHandle, open, rename, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { OutputError, write } from '../../reading/output.js';

/** Where an export goes. */
export interface Output {
  /** Writes bytes and waits until they have been taken. @throws OutputError */
  write(bytes: Uint8Array): Promise<void>;
  /** All has been written. @throws OutputError */
  finish(): Promise<void>;
  /** Nothing more comes, and what was written is not all: leaves nothing that looks like it. */
  abandon(): void;
}

/** Standard output. */
export function streamOutput(stream: Writable): Output {
  return { write: (bytes) => write(stream, bytes), finish: async () => undefined, abandon: () => undefined };
}

/**
 * A file, which has its name only when it is complete; what is no regular file, like a pipe, is written to as it is.
 * @throws OutputError
 */
export async function fileOutput(path: string): Promise<Output> {
  const isSpecial = await stat(path).then(
    (found) => !found.isFile(),
    () => false, // it is not there, which is as it should be; anything else open() tells of
  );
  // Its name ends otherwise than an archive's, so that it is not read as one.
  const target = isSpecial ? path : join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
  const file = await attempt(path, () => open(target, 'w'));
  return isSpecial ? new SpecialFile(path, file) : new RegularFile(path, target, file);
}

class SpecialFile implements Output {
  protected readonly path: string;
  protected readonly file: FileHandle;

  constructor(path: string, file: FileHandle) {
    this.path = path;
    this.file = file;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      at += (await attempt(this.path, () => this.file.write(bytes, at))).bytesWritten;
    }
  }

  async finish(): Promise<void> {
    await attempt(this.path, () => this.file.close());
  }

  abandon(): void {
    // It has what it has.
  }
}

class RegularFile extends SpecialFile {
  readonly #partial: string;
  #isThere = true;

  constructor(path: string, partial: string, file: FileHandle) {
    super(path, file);
    this.#partial = partial;
  }

  override async finish(): Promise<void> {
    await attempt(this.path, () => this.file.sync());
    await super.finish();
    await attempt(this.path, () => rename(this.#partial, this.path));
    this.#isThere = false;
  }

  override abandon(): void {
    if (!this.#isThere) return;
    this.#isThere = false;
    try {
      unlinkSync(this.#partial);
    } catch {
      // The export has failed, and has said so; a file with this name says so too.
    }
  }
}

async function attempt<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw new OutputError(error as NodeJS.ErrnoException, path);
  }
}
