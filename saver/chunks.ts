/** Of one chunk, bytes: a few lines. What a connection's last chunk has left over is idle memory. */
export const CHUNK_BYTES = 8 * 1024;
/** The smallest, bytes: the line of a connection that has no other. */
const SMALLEST_BYTES = 1024;
/** Chunks of each size that are kept for others, 4 MiB of whole ones: more would be memory that nobody uses after a burst. */
const MAX_SPARE = 512;

/** Pieces of memory for lines, used again: making and collecting them costs more than filling them. */
export class Chunks {
  /** By the size's logarithm: each is twice as large as the one before. */
  readonly #spare: Buffer[][] = [];

  /** A chunk of at least so many bytes, with anything in it. */
  take(bytes: number): Buffer {
    // Not from Node's pool, whose slabs would outlive their other tenants.
    if (bytes > CHUNK_BYTES) return Buffer.allocUnsafeSlow(bytes);
    let size = SMALLEST_BYTES;
    while (size < bytes) size *= 2;
    return this.#spare[Math.log2(size)]?.pop() ?? Buffer.allocUnsafeSlow(size);
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
    if (spare.length < MAX_SPARE) spare.push(chunk);
  }
}
