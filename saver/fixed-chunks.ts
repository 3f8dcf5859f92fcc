import type { LineMemory } from './line-memory.js';

/** Bytes of a chunk: three lines. Thousands of connections with a few lines each leave little of it idle. */
export const FIXED_CHUNK_BYTES = 2 * 1024;
/** Bytes of a slab, from which chunks are cut. */
export const SLAB_BYTES = 256 * 1024;

/**
 * Memory for lines where memory is short: chunks of one size, cut from slabs that are never given up, so that no burst
 * leaves garbage that waits for the collector or holes that nothing else fits into. It holds as much as was ever in use
 * at a time, which is bounded by what may wait for the disk.
 */
export class FixedChunks implements LineMemory {
  readonly #spare: Buffer[] = [];
  #slab: Buffer = Buffer.alloc(0);
  #slabs = 0;
  /** Bytes of the slab that are cut. */
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
    // A longer one was made for one line, and is left to the collector.
    if (chunk.length === FIXED_CHUNK_BYTES) this.#spare.push(chunk);
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
