import { type ArchivedRecord, lineBound, writeRecord } from '../parse/index.js';
import type { LineMemory } from './line-memory.js';
import { type Filled, Lines } from './lines.js';

/**
 * Lines that wait to be compressed. It grows with use, chunk by chunk, because a buffer of full size for each of thousands
 * of connections would be most of the process. The first chunk fits the first line, because many connections have no
 * other; one that follows is as large as what there is, if the memory suits it, because many have but a few.
 */
export class LineBuffer {
  readonly #memory: LineMemory;
  #full: Filled[] = [];
  #chunk: Buffer = EMPTY;
  /** Bytes used of the chunk. */
  #used = 0;
  #length = 0;
  #lines = 0;
  #heldBytes = 0;

  constructor(memory: LineMemory) {
    this.#memory = memory;
  }

  /** Bytes waiting. */
  get length(): number {
    return this.#length;
  }

  /** Lines waiting. */
  get lines(): number {
    return this.#lines;
  }

  /** Memory that they hold, bytes. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Adds the line of a record, with its newline, unless it is longer than `maxBytes`. Returns its bytes, or 0. */
  append(record: ArchivedRecord, maxBytes: number): number {
    const room = lineBound(record);
    if (this.#chunk.length - this.#used < room) this.#begin(room);
    const written = writeRecord(record, this.#chunk, this.#used) - this.#used;
    if (written > maxBytes) {
      if (this.#used === 0) this.#giveBack();
      return 0;
    }
    this.#used += written;
    this.#length += written;
    this.#lines++;
    return written;
  }

  /** Takes everything out. */
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

  /** Gives a chunk back that no line went into. */
  #giveBack(): void {
    if (this.#chunk === EMPTY) return;
    this.#memory.give(this.#chunk);
    this.#heldBytes -= this.#chunk.length;
    this.#chunk = EMPTY;
  }
}

const EMPTY = Buffer.alloc(0);
