import { unlinkSync } from 'node:fs';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isatty } from 'node:tty';
import type { MaybeTerminal } from '../../view/index.js';
import { dataWriter, terminalText } from './data-writer.js';
import { OutputError } from './output.js';

/** Destination of a tool's data: a file or stdout. A terminal gets no control characters. */
export interface Output {
  /** Writes bytes and waits until the destination has taken them. @throws OutputError */
  write(bytes: Uint8Array): Promise<void>;
  /** Completes the output. @throws OutputError */
  finish(): Promise<void>;
  /** Discards an incomplete output, so that no file looks complete. */
  abandon(): void;
}

/**
 * Writes a text to a file, or to standard output for `-`. A regular file gets all of the new content or stays
 * unchanged.
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

/** Opens a file, or standard output for `-`. @throws OutputError */
export async function openOutput(path: string, stdout: MaybeTerminal): Promise<Output> {
  return path === '-' ? streamOutput(stdout) : await fileOutput(path);
}

/** Returns standard output as a destination. */
function streamOutput(stream: MaybeTerminal): Output {
  return { write: dataWriter(stream), finish: async () => undefined, abandon: () => undefined };
}

/**
 * Opens a file, which gets its name only when complete. A special file, such as a pipe, is written directly.
 * @throws OutputError
 */
async function fileOutput(path: string): Promise<Output> {
  const isSpecial = await stat(path).then(
    (found) => !found.isFile(),
    () => false, // a missing file is expected; open() reports anything else
  );
  if (isSpecial) {
    const file = await attempt(path, () => open(path, 'w'));
    return isatty(file.fd) ? new TerminalFile(path, file) : new SpecialFile(path, file);
  }
  // A symbolic link stays; its target is replaced.
  const place = await realpath(path).catch(() => path);
  // The name does not end like an archive's, so that no tool reads the file as one.
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

  /** Closes the file; a special one keeps the bytes that it got. */
  abandon(): void {
    // What failed before is reported; what closing says of an abandoned output is not.
    this.file.close().catch(() => undefined);
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
  /** Removes the partial file when a signal ends the process. */
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
    super.abandon();
    if (!this.#isThere) return;
    this.#isThere = false;
    process.off('exit', this.#abandonNow);
    try {
      unlinkSync(this.#partial);
    } catch {
      // The error of the export was reported; the name of a file left over shows that it is partial.
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
