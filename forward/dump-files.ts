import { closeSync, constants, createWriteStream, fchmodSync, fstatSync, openSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { describeSystemError } from '../host/errors/index.js';
import { type Logger, TroubleLog } from '../log/index.js';

/** Bytes that wait to be written to one output, above which further dumps are left out. */
const MAX_WAITING_BYTES = 8 * 2 ** 20;
/** Mode of a dump's file: it holds what people send. */
const MODE = 0o600;
const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** Thrown when the file of a dump cannot be opened. */
export class DumpFileError extends Error {
  override readonly name = 'DumpFileError';
  readonly code = 'ERR_DUMP_FILE';

  constructor(
    readonly path: string,
    cause: unknown,
  ) {
    super(`open dump_file ${path}: ${describeSystemError(cause)}`, { cause });
  }
}

interface Output {
  readonly stream: Writable;
  readonly trouble: TroubleLog;
}

/** Outputs of dumps: files, each opened once for all services that name it, and standard output. */
export class DumpFiles {
  readonly #log: Logger;
  readonly #files = new Map<string, Output>();
  readonly #own: Output;
  #omittedBytes = 0;

  constructor(stdout: Writable, log: Logger) {
    this.#log = log;
    this.#own = { stream: stdout, trouble: new TroubleLog(log) };
  }

  /** Bytes of text that were left out, because an output does not take them. */
  get omittedBytes(): number {
    return this.#omittedBytes;
  }

  /**
   * Opens these files for appending, creates them with mode 0600, and sets that mode for existing ones. Files that were
   * open stay as they are.
   * @throws DumpFileError; then no further file is open
   */
  open(paths: Iterable<string>): void {
    const opened: string[] = [];
    try {
      for (const path of paths) {
        if (this.#files.has(path)) continue;
        this.#files.set(path, { stream: this.#openFile(path), trouble: new TroubleLog(this.#log) });
        opened.push(path);
      }
    } catch (error) {
      for (const path of opened) this.#close(path);
      throw error;
    }
  }

  /** Opens all files again, so that nothing is written to a renamed file any longer. One that cannot be opened stays as it is. */
  reopen(): void {
    for (const [path, output] of this.#files) {
      try {
        this.#files.set(path, { ...output, stream: this.#openFile(path) });
        output.stream.end();
      } catch (error) {
        if (!(error instanceof DumpFileError)) throw error;
        this.#log.error('dump goes on in the file that was open', { error: error.message });
      }
    }
  }

  /** Appends text to a file that is open; to standard output without a path. */
  write(path: string | undefined, text: string): void {
    const output = path === undefined ? this.#own : this.#files.get(path);
    const bytes = Buffer.byteLength(text);
    if (output === undefined || output.stream.destroyed || output.stream.writableLength + bytes > MAX_WAITING_BYTES) {
      this.#omittedBytes += bytes;
      output?.trouble.failed('dump left out: its output does not take it', { file: path ?? '-' });
      return;
    }
    output.stream.write(text);
  }

  /** Writes what waits, and closes all files. Standard output is left to its owner: its reader may have stopped. */
  async close(): Promise<void> {
    const streams = Array.from(this.#files.values(), ({ stream }) => stream);
    this.#files.clear();
    await Promise.all(
      streams.map(async (stream) => {
        stream.end();
        // A failed write was reported by the stream's own event.
        await finished(stream).catch(() => undefined);
      }),
    );
  }

  #close(path: string): void {
    this.#files.get(path)?.stream.end();
    this.#files.delete(path);
  }

  #openFile(path: string): Writable {
    let fd: number;
    try {
      fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, MODE);
      try {
        if (fstatSync(fd).isFile()) fchmodSync(fd, MODE);
      } catch (error) {
        closeSync(fd);
        throw error;
      }
    } catch (error) {
      throw new DumpFileError(path, error);
    }
    const stream = createWriteStream(path, { fd });
    stream.on('error', (error) =>
      this.#log.error('write of a dump failed; nothing is written to it any longer', {
        file: path,
        error: describeSystemError(error),
      }),
    );
    return stream;
  }
}
