import type { LineMemory } from './line-memory.js';

/** Bytes of a chunk: three lines. Small, so that thousands of connections with a few lines each waste little memory. */
export const FIXED_CHUNK_BYTES = 2 * 1024;
/** Bytes of a slab. Chunks are cut from slabs. */
export const SLAB_BYTES = 256 * 1024;

/**
 * Memory for lines when memory is short: chunks of one size, cut from slabs that are never freed. A burst therefore
 * leaves no garbage for the garbage collector and no fragmentation. The slabs hold as much as was ever in use at one
 * time; the limit of bytes that may wait for the disk bounds that.
 */
export class FixedChunks implements LineMemory {
  readonly #spare: Buffer[] = [];
  #slab: Buffer = Buffer.alloc(0);
  #slabs = 0;
  /** Bytes of the current slab that are already cut into chunks. */
  #cut = 0;

  get heldBytes(): number {
    return this.#slabs * SLAB_BYTES;
  }

  sizeFor(room: number): number {
    return Math.max(room, FIXED_CHUNK_BYTES);
  }

  take(room: number): Buffer {
    if (room > FIXED_CHUNK_BYTES) return Buffer.allocUnsafeSlow(room);
    return this.#spare.pop() ?? this.#next();
  }

  give(chunk: Buffer): void {
    // A longer chunk was made for one line: the garbage collector frees it.
    if (chunk.length === FIXED_CHUNK_BYTES) this.#spare.push(chunk);
  }

  freeUnused(): void {
    // A slab is freed as a whole only, and some chunk of it is always in use: nothing is freed, as said above.
  }

  #next(): Buffer {
    if (this.#cut >= this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#slabs++;
      this.#cut = 0;
    }
    this.#cut += FIXED_CHUNK_BYTES;
    return this.#slab.subarray(this.#cut - FIXED_CHUNK_BYTES, this.#cut);
  }
}
