/** Width of a slot. */
const SLOT_MS = 60_000;

/**
 * How much the closed archives take on disk, by the minute in which they were last written to: enough to know how far
 * back to delete, in memory that grows with minutes (at most half a million a year) and not with files.
 */
export class ArchiveUsage {
  readonly #slots = new Map<number, number>();
  #total = 0;

  /** Bytes of all. */
  get total(): number {
    return this.#total;
  }

  /** An archive that was last written to at `mtimeMs` is there now; with negative `bytes`, is no more. */
  add(mtimeMs: number, bytes: number): void {
    const slot = Math.floor(mtimeMs / SLOT_MS);
    const left = (this.#slots.get(slot) ?? 0) + bytes;
    // An idle archive is closed later than it was written to, so that a slot may be charged with another's bytes.
    if (left <= 0) this.#slots.delete(slot);
    else this.#slots.set(slot, left);
    this.#total = Math.max(0, this.#total + bytes);
  }

  /**
   * The earliest time such that the archives written to before it take at least `bytes`, milliseconds since 1970; later
   * than all of them when they take less.
   */
  cutoffMs(bytes: number): number {
    let sum = 0;
    let last = 0;
    for (const [slot, each] of [...this.#slots].sort(([a], [b]) => a - b)) {
      last = slot + 1;
      sum += each;
      if (sum >= bytes) break;
    }
    return last * SLOT_MS;
  }
}
