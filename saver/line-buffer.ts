import { type ArchivedRecord, lineBound, writeRecord } from '../parse/index.js';
import type { LineMemory } from './line-memory.js';
import { type Filled, Lines } from './lines.js';

/**
 * Buffer of lines that wait to be compressed. It grows chunk by chunk, because full-size buffers for thousands of
 * connections would take most of the process's memory. The first chunk fits the first line, because many connections
 * have only one. Each further chunk asks for as many bytes as the buffer holds, because many connections have only a
 * few lines.
 */
export class LineBuffer {
  readonly #memory: LineMemory;
  #full: Filled[] = [];
  #chunk: Buffer = EMPTY;
  /** Bytes used in the current chunk. */
  #used = 0;
  #length = 0;
  #lines = 0;
  #heldBytes = 0;

  constructor(memory: LineMemory) {
    this.#memory = memory;
  }

  /** Bytes of the waiting lines. */
  get length(): number {
    return this.#length;
  }

  /** Number of waiting lines. */
  get lines(): number {
    return this.#lines;
  }

  /** Memory of the buffer, bytes. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Appends a record as a line with its newline. Returns its bytes, or 0 when it is longer than `maxBytes`. */
  append(record: ArchivedRecord, maxBytes: number): number {
    const room = lineBound(record);
    if (this.#chunk.length - this.#used < room) this.#begin(room);
    const written = writeRecord(record, this.#chunk, this.#used) - this.#used;
    if (written > maxBytes) {
      if (this.#used === 0) this.#giveBack();
      return 0;
    }
    return this.#grown(written);
  }

  /** Appends a text that ends with its newline. Returns its bytes, or 0 when it is longer than `maxBytes`. */
  appendLine(line: string, maxBytes: number): number {
    const bytes = Buffer.byteLength(line);
    if (bytes > maxBytes) return 0;
    if (this.#chunk.length - this.#used < bytes) this.#begin(bytes);
    return this.#grown(this.#chunk.write(line, this.#used));
  }

  #grown(written: number): number {
    this.#used += written;
    this.#length += written;
    this.#lines++;
    return written;
  }

  /** Removes and returns all lines. */
  take(): Lines {
    if (this.#used > 0) this.#full.push({ chunk: this.#chunk, length: this.#used });
    else this.#giveBack();
    const lines = new Lines(this.#full, this.#lines);
    this.#full = [];
    this.#chunk = EMPTY;
    this.#used = 0;
    this.#length = 0;
    this.#lines = 0;
    this.#heldBytes = 0;
    return lines;
  }

  #begin(room: number): void {
    if (this.#used > 0) this.#full.push({ chunk: this.#chunk, length: this.#used });
    else this.#giveBack();
    this.#chunk = this.#memory.take(room, this.#length);
    this.#heldBytes += this.#chunk.length;
    this.#used = 0;
  }

  /** Returns an unused chunk to the memory. */
  #giveBack(): void {
    if (this.#chunk === EMPTY) return;
    this.#memory.give(this.#chunk);
    this.#heldBytes -= this.#chunk.length;
    this.#chunk = EMPTY;
  }
}

const EMPTY = Buffer.alloc(0);
