import type { LineMemory } from './line-memory.js';

/** Largest chunk, bytes: a few lines. The unused rest of each connection's last chunk is wasted memory. */
export const CHUNK_BYTES = 8 * 1024;
/** Smallest chunk, bytes: one line, since many connections have only one. */
const SMALLEST_BYTES = 1024;
/**
 * Smallest limit of spare chunks per size, 4 MiB of the largest. The limit is an eighth of the chunks in use if that is
 * more: connections fill and empty their chunks in waves, and collecting chunks as garbage costs a walk over the whole
 * heap. After a burst few chunks are in use, so its memory is freed.
 */
const SPARE = 512;

/** Memory for lines in chunks of a few sizes. Spare chunks go back to the system after a burst. */
export class Chunks implements LineMemory {
  /** Spare chunks by the binary logarithm of their size: each size is twice the one before. */
  readonly #spare: Buffer[][] = [];
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
    return this.#spare[at]?.pop() ?? Buffer.allocUnsafeSlow(size);
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
    const taken = Math.max(0, (this.#taken[at] ?? 0) - 1);
    this.#taken[at] = taken;
    spare.push(chunk);
    spare.length = Math.min(spare.length, Math.max(SPARE, taken >> 3));
  }
}
