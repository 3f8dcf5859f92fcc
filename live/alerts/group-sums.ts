import type { CompiledAggregate } from '../../expression/index.js';
import { type KeyValue, quantile } from '../answers/index.js';
import type { StoreRow } from '../store/index.js';

const P95 = 0.95;

/** Values of aggregates over the rows of one group. */
export class GroupSums {
  readonly key: readonly KeyValue[];
  readonly #aggregates: readonly CompiledAggregate<StoreRow>[];
  /** Rows that each aggregate counts, and those of them whose value is known. */
  readonly #matched: Float64Array;
  readonly #known: Float64Array;
  /** Sum, or extreme. */
  readonly #sums: Float64Array;
  readonly #samples: (number[] | undefined)[];
  /** Values that were asked for: several rules have the same aggregates. */
  readonly #values: (number | undefined)[] = [];

  constructor(key: readonly KeyValue[], aggregates: readonly CompiledAggregate<StoreRow>[]) {
    this.key = key;
    this.#aggregates = aggregates;
    const { length } = aggregates;
    this.#matched = new Float64Array(length);
    this.#known = new Float64Array(length);
    this.#sums = new Float64Array(length);
    this.#samples = aggregates.map((aggregate) => (aggregate.function === 'p95' ? [] : undefined));
  }

  add(row: StoreRow): void {
    const aggregates = this.#aggregates;
    for (let i = 0; i < aggregates.length; i++) {
      const aggregate = aggregates[i];
      if (aggregate === undefined) continue;
      const { condition, value: read } = aggregate;
      if (condition !== null && condition(row) !== true) continue;
      this.#matched[i] = (this.#matched[i] ?? 0) + 1;
      const value = read === null ? 0 : read(row);
      if (value !== null) this.#take(i, aggregate.function, value);
    }
  }

  /** Returns the value of an aggregate, once all rows are added; NaN is unknown. A sum of no rows is 0. */
  value(index: number): number {
    const value = this.#values[index] ?? this.#calculate(index);
    this.#values[index] = value;
    return value;
  }

  #calculate(index: number): number {
    const aggregate = this.#aggregates[index];
    const [known = 0, sum = 0] = [this.#known[index], this.#sums[index]];
    if (aggregate?.function === 'count') return known;
    if (aggregate?.function === 'sum' && this.#matched[index] === 0) return 0;
    if (known === 0) return Number.NaN;
    if (aggregate?.function === 'avg') return sum / known;
    if (aggregate?.function === 'p95') {
      return quantile(Float64Array.from(this.#samples[index] ?? []).sort(), P95) ?? Number.NaN;
    }
    return sum;
  }

  #take(index: number, name: CompiledAggregate<StoreRow>['function'], value: number): void {
    const [known = 0, sum = 0] = [this.#known[index], this.#sums[index]];
    this.#known[index] = known + 1;
    if (name === 'p95') this.#samples[index]?.push(value);
    else if (name === 'min') this.#sums[index] = known === 0 ? value : Math.min(sum, value);
    else if (name === 'max') this.#sums[index] = known === 0 ? value : Math.max(sum, value);
    else this.#sums[index] = sum + value;
  }
}
