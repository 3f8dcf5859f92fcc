import type { LineMemory } from './line-memory.js';

/** A piece of memory, and how much of it is lines. */
export interface Filled {
  readonly chunk: Buffer;
  readonly length: number;
}

/** Lines that were taken out of a {@link LineBuffer}, where they are. */
export class Lines {
  readonly #filled: readonly Filled[];
  /** How many. */
  readonly count: number;
  /** Their bytes. */
  readonly length: number;
  /** Memory that they hold, bytes. */
  readonly heldBytes: number;

  constructor(filled: readonly Filled[], count: number) {
    this.#filled = filled;
    this.count = count;
    this.length = filled.reduce((sum, { length }) => sum + length, 0);
    this.heldBytes = filled.reduce((sum, { chunk }) => sum + chunk.length, 0);
  }

  /** The bytes, in their order. */
  pieces(): Buffer[] {
    return this.#filled.map(({ chunk, length }) => chunk.subarray(0, length));
  }

  /**
   * Returns the last of them, in memory that fits it, and gives the memory of all back. Does nothing, and returns undefined,
   * where that would free none.
   */
  last(memory: LineMemory): Lines | undefined {
    const { chunk, length } = this.#filled.at(-1) ?? { chunk: Buffer.alloc(0), length: 0 };
    // No line is in two pieces.
    const start = length < 2 ? 0 : chunk.lastIndexOf('\n', length - 2) + 1;
    if (memory.sizeFor(length - start) >= this.heldBytes) return undefined;
    const line = memory.take(length - start);
    chunk.copy(line, 0, start, length);
    this.free(memory);
    return new Lines([{ chunk: line, length: length - start }], 1);
  }

  /** Gives the memory back: no one looks at it any longer. */
  free(memory: LineMemory): void {
    for (const { chunk } of this.#filled) memory.give(chunk);
  }
}
