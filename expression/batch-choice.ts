import { type ConditionColumn, Outcome } from './batch-conditions.js';

/**
 * Rows of a batch for which all of several conditions hold for sure. A condition is evaluated for the rows that the ones
 * before it leave; unknown is as good as false here.
 */
export class BatchChoice {
  /** Places of the rows that the last call chose. */
  readonly chosen: Uint16Array;
  readonly #parts: readonly ConditionColumn[];

  constructor(size: number, parts: readonly ConditionColumn[]) {
    this.chosen = new Uint16Array(size);
    this.#parts = parts;
  }

  /** Chooses among the first `count` places of `selected`. Returns the number of those in `chosen`. */
  choose(selected: Uint16Array, count: number): number {
    const { chosen } = this;
    let [from, left] = [selected, count];
    for (const part of this.#parts) {
      const outcomes = part.of(from, left);
      if (part.common === Outcome.True) continue;
      if (part.common !== 0) return 0;
      let kept = 0;
      for (let j = 0; j < left; j++) {
        const at = from[j] ?? 0;
        if (outcomes[at] === Outcome.True) chosen[kept++] = at;
      }
      if (kept === 0) return 0;
      from = chosen;
      left = kept;
    }
    if (from !== chosen) chosen.set(from.subarray(0, left));
    return left;
  }
}
