/** Length of a slot. */
const SLOT_MS = 60_000;

/**
 * Disk space of closed archives, by the minute of their last write. This is enough to find the age from which to
 * delete, and its memory grows with minutes (at most half a million a year), not with files.
 */
export class ArchiveUsage {
  readonly #slots = new Map<number, number>();
  #total = 0;

  /** Disk space of all closed archives, bytes. */
  get total(): number {
    return this.#total;
  }

  /** Adds an archive whose last write was at `mtimeMs`; with negative `bytes`, subtracts it. */
  add(mtimeMs: number, bytes: number): void {
    const slot = Math.floor(mtimeMs / SLOT_MS);
    const left = (this.#slots.get(slot) ?? 0) + bytes;
    // An idle archive is closed long after its last write, so a slot may be charged with bytes of another one.
    if (left <= 0) this.#slots.delete(slot);
    else this.#slots.set(slot, left);
    this.#total = Math.max(0, this.#total + bytes);
  }

  /**
   * Returns the earliest time such that archives written before it take at least `bytes`, milliseconds since 1970; a
   * time later than all archives when they take less.
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
