/** Values whose quantile is wanted. The memory is used again. */
export class Samples {
  #values = new Float64Array(8);
  #count = 0;

  add(value: number): void {
    if (this.#count === this.#values.length) {
      const longer = new Float64Array(2 * this.#count);
      longer.set(this.#values);
      this.#values = longer;
    }
    this.#values[this.#count++] = value;
  }

  clear(): void {
    this.#count = 0;
  }

  /** Returns the value at or below which a share of the values lie, by nearest rank; NaN without values. */
  quantile(share: number): number {
    if (this.#count === 0) return Number.NaN;
    return select(this.#values.subarray(0, this.#count), Math.max(0, Math.ceil(share * this.#count) - 1));
  }
}

/** Rounds of {@link select} after which it sorts: they divide the values well but for made-up orders. */
const MAX_ROUNDS = 64;

/**
 * Returns the value that would be at a place if the values were sorted, by Hoare's selection: sorting 10,000 values takes
 * as long as all other work on them. The values come into another order.
 */
function select(values: Float64Array, place: number): number {
  let [first, last] = [0, values.length - 1];
  for (let round = 0; first < last; round++) {
    if (round === MAX_ROUNDS) {
      values.subarray(first, last + 1).sort();
      break;
    }
    const pivot = middleOf(values[first] ?? 0, values[(first + last) >>> 1] ?? 0, values[last] ?? 0);
    let [i, j] = [first, last];
    while (i <= j) {
      while ((values[i] ?? 0) < pivot) i++;
      while ((values[j] ?? 0) > pivot) j--;
      if (i > j) break;
      const moved = values[i] ?? 0;
      values[i++] = values[j] ?? 0;
      values[j--] = moved;
    }
    // Between both are only values that equal the pivot.
    if (place <= j) last = j;
    else if (place >= i) first = i;
    else break;
  }
  return values[place] ?? Number.NaN;
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
