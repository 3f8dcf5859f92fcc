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

/** Pieces of memory for lines, used again: making and collecting them costs more than filling them. */
export class Chunks {
  /** By the size's logarithm: each is twice as large as the one before. */
  readonly #spare: Buffer[][] = [];
  /** Chunks of each size that were taken and not given back. */
  readonly #taken: number[] = [];

  /** A chunk of at least so many bytes, with anything in it. */
  take(bytes: number): Buffer {
    // Not from Node's pool, whose slabs would outlive their other tenants.
    if (bytes > CHUNK_BYTES) return Buffer.allocUnsafeSlow(bytes);
    let size = SMALLEST_BYTES;
    while (size < bytes) size *= 2;
    const at = Math.log2(size);
    this.#taken[at] = (this.#taken[at] ?? 0) + 1;
    return this.#spare[at]?.pop() ?? Buffer.allocUnsafeSlow(size);
  }

  /** Gives memory back that nobody looks at any more. What is longer than a whole chunk is left to the collector. */
  give(chunk: Buffer): void {
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
