import type { Writable } from 'node:stream';
import { OutputError } from '../../tool/output.js';

/** Text that is passed to the stream at once. */
const CHUNK_LETTERS = 2 ** 16;
/** Bytes that wait for a reader of a live output, above which lines are left out. */
const MAX_WAITING_BYTES = 2 ** 24;
/** Bytes that wait for a reader before a file is read on. */
const ROOM_BYTES = 2 ** 20;

/** Options of {@link LineWriter}. */
export interface LineWriterOptions {
  /** Called once, when the stream fails or its reader has gone. */
  readonly onFailure: (error: OutputError) => void;
  /** Called with the number of lines that were left out since the last call, when there is room again. */
  readonly onLeftOut: (lines: number) => void;
}

/**
 * Lines to a stream, those of one turn of the event loop together. A reader that has stopped makes neither memory grow
 * nor packets get lost: above 16 MiB lines are left out, and counted.
 */
export class LineWriter {
  readonly #stream: Writable;
  readonly #options: LineWriterOptions;
  #text = '';
  #isScheduled = false;
  #hasFailed = false;
  #unsaid = 0;
  /** Lines that were left out. */
  leftOut = 0;

  constructor(stream: Writable, options: LineWriterOptions) {
    this.#stream = stream;
    this.#options = options;
  }

  /** Writes a line, given without its newline. */
  write(line: string): void {
    if (this.#hasFailed) return;
    if (this.#stream.writableLength > MAX_WAITING_BYTES) {
      this.leftOut++;
      this.#unsaid++;
      return;
    }
    this.#text += `${line}\n`;
    if (this.#text.length >= CHUNK_LETTERS) this.flush();
    else this.#schedule();
  }

  /** Passes all lines to the stream. */
  flush(): void {
    if (this.#unsaid > 0) {
      const lines = this.#unsaid;
      this.#unsaid = 0;
      this.#options.onLeftOut(lines);
    }
    if (this.#text === '' || this.#hasFailed) return;
    const text = this.#text;
    this.#text = '';
    this.#stream.write(text, (error) => {
      if (error != null && !this.#hasFailed) {
        this.#hasFailed = true;
        this.#options.onFailure(new OutputError(error));
      }
    });
  }

  /** Waits until the reader has taken most of what was written. */
  async room(): Promise<void> {
    this.flush();
    while (this.#stream.writableLength > ROOM_BYTES && !this.#hasFailed) {
      await new Promise<void>((resolve) => this.#stream.write('', () => resolve()));
    }
  }

  /** Passes the lines on at the end of this turn of the event loop. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }
}
