import { unlinkSync } from 'node:fs';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isatty } from 'node:tty';
import { dataWriter, terminalText } from './data-writer.js';
import { OutputError } from './output.js';
import type { MaybeTerminal } from './terminal.js';

/** Where the data goes that a tool makes; a terminal gets nothing that it would take for a command. */
export interface Output {
  /** Writes bytes and waits until they have been taken. @throws OutputError */
  write(bytes: Uint8Array): Promise<void>;
  /** All has been written. @throws OutputError */
  finish(): Promise<void>;
  /** Nothing more comes, and what was written is not all: leaves nothing that looks like it. */
  abandon(): void;
}

/**
 * Writes all there is to a file, or to standard output for `-`. A regular file has its whole new content or what it had.
 * @throws OutputError
 */
export async function writeOutput(path: string, text: string, stdout: MaybeTerminal): Promise<void> {
  const output = await openOutput(path, stdout);
  try {
    await output.write(Buffer.from(text));
    await output.finish();
  } catch (error) {
    output.abandon();
    throw error;
  }
}

/** A file, or standard output for `-`. @throws OutputError */
export async function openOutput(path: string, stdout: MaybeTerminal): Promise<Output> {
  return path === '-' ? streamOutput(stdout) : await fileOutput(path);
}

/** Standard output. */
function streamOutput(stream: MaybeTerminal): Output {
  return { write: dataWriter(stream), finish: async () => undefined, abandon: () => undefined };
}

/**
 * A file, which has its name only when it is complete; what is no regular file, like a pipe, is written to as it is.
 * @throws OutputError
 */
async function fileOutput(path: string): Promise<Output> {
  const isSpecial = await stat(path).then(
    (found) => !found.isFile(),
    () => false, // it is not there, which is as it should be; anything else open() tells of
  );
  if (isSpecial) {
    const file = await attempt(path, () => open(path, 'w'));
    return isatty(file.fd) ? new TerminalFile(path, file) : new SpecialFile(path, file);
  }
  // What a link leads to is replaced, and not the link.
  const place = await realpath(path).catch(() => path);
  // Its name ends otherwise than an archive's, so that it is not read as one.
  const partial = join(dirname(place), `.${basename(place)}.${process.pid}.partial`);
  const file = await attempt(path, async () => {
    await rm(partial, { force: true });
    return await open(partial, 'wx');
  });
  return new RegularFile(path, { file, partial, place });
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

class TerminalFile extends SpecialFile {
  readonly #harmless = terminalText();

  override write(bytes: Uint8Array): Promise<void> {
    return super.write(this.#harmless(bytes));
  }
}

class RegularFile extends SpecialFile {
  readonly #partial: string;
  readonly #place: string;
  #isThere = true;
  /** A signal that ends the process leaves nothing either. */
  readonly #abandonNow = (): void => this.abandon();

  constructor(path: string, { file, partial, place }: { file: FileHandle; partial: string; place: string }) {
    super(path, file);
    this.#partial = partial;
    this.#place = place;
    process.once('exit', this.#abandonNow);
  }

  override async finish(): Promise<void> {
    await attempt(this.path, () => this.file.sync());
    await super.finish();
    await attempt(this.path, () => rename(this.#partial, this.#place));
    this.#isThere = false;
    process.off('exit', this.#abandonNow);
  }

  override abandon(): void {
    if (!this.#isThere) return;
    this.#isThere = false;
    process.off('exit', this.#abandonNow);
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
