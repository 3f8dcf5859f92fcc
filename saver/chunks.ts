import type { LineMemory } from './line-memory.js';

/** Largest chunk, bytes: a few lines. The unused rest of each connection's last chunk is wasted memory. */
export const CHUNK_BYTES = 8 * 1024;
/** Smallest chunk, bytes: one line, since many connections have only one. */
const SMALLEST_BYTES = 1024;

/**
 * Memory for lines in chunks of a few sizes. Connections fill and empty their chunks in waves, and collecting chunks as
 * garbage costs a walk over the whole heap: a chunk that comes back is kept until a whole period has passed in which
 * it was spare. So a burst's memory goes back to the system after two periods at most.
 */
export class Chunks implements LineMemory {
  /** Spare chunks by the binary logarithm of their size: each size is twice the one before. */
  readonly #spare: Buffer[][] = [];
  /** Least number of spare chunks since {@link freeUnused}, by the binary logarithm of their size. */
  readonly #unused: number[] = [];
  /** Number of chunks in use, by the binary logarithm of their size. */
  readonly #taken: number[] = [];

  get heldBytes(): number {
    const count = (at: number): number => (this.#taken[at] ?? 0) + (this.#spare[at]?.length ?? 0);
    return this.#taken.reduce((sum, _, at) => sum + count(at) * 2 ** at, 0);
  }

  sizeFor(room: number): number {
    if (room > CHUNK_BYTES) return room;
    let size = SMALLEST_BYTES;
    while (size < room) size *= 2;
    return size;
  }

  take(room: number, wanted = 0): Buffer {
    const size = this.sizeFor(Math.max(room, Math.min(wanted, CHUNK_BYTES)));
    // Not from Node's pool: a chunk that is kept would keep its whole pool slab.
    if (size > CHUNK_BYTES) return Buffer.allocUnsafeSlow(size);
    const at = Math.log2(size);
    this.#taken[at] = (this.#taken[at] ?? 0) + 1;
    const spare = this.#spare[at];
    const chunk = spare?.pop();
    if (spare === undefined || chunk === undefined) return Buffer.allocUnsafeSlow(size);
    if (spare.length < (this.#unused[at] ?? 0)) this.#unused[at] = spare.length;
    return chunk;
  }

  give(chunk: Buffer): void {
    // A longer chunk was made for one line: the garbage collector frees it.
    if (chunk.length > CHUNK_BYTES) return;
    const at = Math.log2(chunk.length);
    let spare = this.#spare[at];
    if (spare === undefined) {
      spare = [];
      this.#spare[at] = spare;
    }
    this.#taken[at] = Math.max(0, (this.#taken[at] ?? 0) - 1);
    spare.push(chunk);
  }

  freeUnused(): void {
    for (const [at, spare] of this.#spare.entries()) {
      // Not all sizes are in use.
      if (spare === undefined) continue;
      // The oldest go: the newest are in the processor's cache.
      spare.splice(0, this.#unused[at] ?? 0);
      this.#unused[at] = spare.length;
    }
  }
}
