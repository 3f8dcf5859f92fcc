/** Of one chunk, bytes: a few lines. What a connection's last chunk has left over is idle memory. */
export const CHUNK_BYTES = 8 * 1024;
/** Chunks that are kept for others, 4 MiB: more would be memory that nobody uses after a burst. */
const MAX_SPARE = 512;

/** Pieces of memory for lines, used again: making and collecting them costs more than filling them. */
export class Chunks {
  readonly #spare: Buffer[] = [];

  /** A chunk with anything in it. */
  take(): Buffer {
    // Not from Node's pool, whose slabs would outlive their other tenants.
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  }

  /** Gives memory back that nobody looks at any more. What is no whole chunk is left to the collector. */
  give(chunk: Buffer): void {
    if (chunk.length === CHUNK_BYTES && this.#spare.length < MAX_SPARE) this.#spare.push(chunk);
  }
}
