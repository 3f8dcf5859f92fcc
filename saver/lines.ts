import type { LineMemory } from './line-memory.js';

/** A chunk of memory, and the number of its bytes that hold lines. */
export interface Filled {
  readonly chunk: Buffer;
  readonly length: number;
}

/** Lines taken from a {@link LineBuffer}, still in its chunks. */
export class Lines {
  readonly #filled: readonly Filled[];
  /** Number of lines. */
  readonly count: number;
  /** Bytes of the lines. */
  readonly length: number;
  /** Memory of the chunks, bytes. */
  readonly heldBytes: number;

  constructor(filled: readonly Filled[], count: number) {
    this.#filled = filled;
    this.count = count;
    this.length = filled.reduce((sum, { length }) => sum + length, 0);
    this.heldBytes = filled.reduce((sum, { chunk }) => sum + chunk.length, 0);
  }

  /** Returns the bytes of all lines, in order. */
  pieces(): Buffer[] {
    return this.#filled.map(({ chunk, length }) => chunk.subarray(0, length));
  }

  /**
   * Copies the last line to memory of its own and frees the memory of all lines. Does nothing and returns undefined if
   * that would free no memory.
   */
  last(memory: LineMemory): Lines | undefined {
    const { chunk, length } = this.#filled.at(-1) ?? { chunk: Buffer.alloc(0), length: 0 };
    // A line never spans two chunks.
    const start = length < 2 ? 0 : chunk.lastIndexOf('\n', length - 2) + 1;
    if (memory.sizeFor(length - start) >= this.heldBytes) return undefined;
    const line = memory.take(length - start);
    chunk.copy(line, 0, start, length);
    this.free(memory);
    return new Lines([{ chunk: line, length: length - start }], 1);
  }

  /** Returns all chunks to the memory. The lines must not be read afterwards. */
  free(memory: LineMemory): void {
    for (const { chunk } of this.#filled) memory.give(chunk);
  }
}
