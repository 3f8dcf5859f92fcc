/** Bits of a value that its bucket keeps behind the first one. */
const STEP_BITS = 6n;

/**
 * Histogram that keeps every value and sorts them into buckets when it is asked: what `Histogram` must say, made in the
 * plainest way.
 */
export class DenseHistogram {
  readonly #counts = new Map<bigint, number>();
  readonly #values: number[] = [];

  add(value: number): void {
    const start = startOf(BigInt(value));
    this.#counts.set(start, (this.#counts.get(start) ?? 0) + 1);
    this.#values.push(value);
  }

  quantile(q: number): number | null {
    const sorted = this.#values.toSorted((a, b) => a - b);
    const rank = Math.max(1, Math.ceil(q * sorted.length));
    const [least, greatest] = [sorted[0], sorted.at(-1)];
    if (least === undefined || greatest === undefined) return null;
    if (rank >= sorted.length) return greatest;
    const value = BigInt(sorted[rank - 1] ?? 0);
    const middle = (Number(startOf(value)) + Number(endOf(value)) - 1) / 2;
    return Math.min(greatest, Math.max(least, middle));
  }

  /** Number of values below a limit; those of the bucket that it cuts in proportion. */
  countBelow(limit: number): number {
    if (this.#values.length === 0) return 0;
    const [least, greatest] = [Math.min(...this.#values), Math.max(...this.#values)];
    let below = 0;
    for (const [start, count] of [...this.#counts].sort(([a], [b]) => Number(a - b))) {
      const from = Math.max(least, Number(start));
      const to = Math.min(greatest + 1, Number(endOf(start)));
      if (to <= limit) below += count;
      else if (from < limit) below += (count * (limit - from)) / (to - from);
    }
    const rounded = Math.max(limit > least ? 1 : 0, Math.round(below));
    return Math.min(rounded, limit <= greatest ? this.#values.length - 1 : this.#values.length);
  }
}

/** Width of a value's bucket: 1 below 128, else such that 64 buckets make a power of 2. */
function widthOf(value: bigint): bigint {
  if (value < 128n) return 1n;
  return 1n << (BigInt(value.toString(2).length) - 1n - STEP_BITS);
}

function startOf(value: bigint): bigint {
  return value - (value % widthOf(value));
}

function endOf(value: bigint): bigint {
  return startOf(value) + widthOf(value);
}
