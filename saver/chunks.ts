import type { LineMemory } from './line-memory.js';

/** Of one chunk, bytes: a few lines. What a connection's last chunk has left over is idle memory. */
export const CHUNK_BYTES = 8 * 1024;
/** The smallest, bytes: the line of a connection that has no other. */
const SMALLEST_BYTES = 1024;
/**
 * Chunks of each size that are kept for others at least, 4 MiB of whole ones. Where more are in use up to an eighth as many are
 * kept: connections fill and empty theirs in waves, and what the collector has to take back costs it a walk over all else.
 * After a burst few are in use, and its memory is not kept.
 */
const SPARE = 512;

/** Memory for lines in chunks of a few sizes, whose spare ones go back to the system after a burst. */
export class Chunks implements LineMemory {
  /** By the size's logarithm: each is twice as large as the one before. */
  readonly #spare: Buffer[][] = [];
  /** Chunks of each size that were taken and not given back. */
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
    // Not from Node's pool, whose slabs would outlive their other tenants.
    if (size > CHUNK_BYTES) return Buffer.allocUnsafeSlow(size);
    const at = Math.log2(size);
    this.#taken[at] = (this.#taken[at] ?? 0) + 1;
    return this.#spare[at]?.pop() ?? Buffer.allocUnsafeSlow(size);
  }

  give(chunk: Buffer): void {
    // A longer one was made for one line, and is left to the collector.
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
