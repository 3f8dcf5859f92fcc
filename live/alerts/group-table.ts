import type { AggregateFunction } from '../../expression/index.js';
import type { KeyValue } from '../answers/index.js';
import { Samples } from './samples.js';

const P95 = 0.95;

/** Rows of a batch that count, and their groups. */
export interface CountedRows {
  /** Places in the batch. */
  readonly selected: Uint16Array;
  readonly count: number;
  /** Number of the group of each place. */
  readonly groups: Int32Array;
}

/**
 * Sums of aggregates over the rows of groups, which are numbered. Groups stay for the next second, in which mostly they
 * are there again: to make thousands anew each second would keep the garbage collector busy.
 */
export class GroupTable {
  readonly #functions: AggregateFunction[] = [];
  readonly #keys: (readonly KeyValue[])[] = [];
  /** Rows that count, those of them whose value is known, and their sum or extreme: by aggregate and group. */
  readonly #matched: Float64Array[] = [];
  readonly #known: Float64Array[] = [];
  readonly #sums: Float64Array[] = [];
  readonly #samples: Samples[][] = [];
  /** 1 for each group with a row in this second. */
  #isPresent = new Uint8Array(16);
  #present = 0;
  #room = 16;

  /** Number of groups, those without a row included. */
  get size(): number {
    return this.#keys.length;
  }

  /** Number of groups with a row. */
  get present(): number {
    return this.#present;
  }

  /** Returns whether a group has a row. */
  isPresent(group: number): boolean {
    return this.#isPresent[group] === 1;
  }

  /** Notes that a group has a row. */
  see(group: number): void {
    if (this.#isPresent[group] === 1) return;
    this.#isPresent[group] = 1;
    this.#present++;
  }

  /** Adds an aggregate. Returns its number. */
  addAggregate(name: AggregateFunction): number {
    this.#matched.push(new Float64Array(this.#room));
    this.#known.push(new Float64Array(this.#room));
    this.#sums.push(new Float64Array(this.#room));
    this.#samples.push([]);
    return this.#functions.push(name) - 1;
  }

  /** Adds a group. Returns its number. */
  addGroup(key: readonly KeyValue[]): number {
    if (this.#keys.length === this.#room) this.#grow();
    return this.#keys.push(key) - 1;
  }

  /** Returns the values by which a group is told apart. */
  keyOf(group: number): readonly KeyValue[] {
    return this.#keys[group] ?? [];
  }

  /** Removes all groups. */
  clear(): void {
    this.#keys.length = 0;
    this.clearRows();
  }

  /** Removes all rows; the groups stay. */
  clearRows(): void {
    this.#isPresent.fill(0);
    this.#present = 0;
    for (const columns of [this.#matched, this.#known, this.#sums]) for (const column of columns) column.fill(0);
    for (const samples of this.#samples) for (const each of samples) each.clear();
  }

  /** Counts rows for `count` without a value. */
  count(aggregate: number, { selected, count, groups }: CountedRows): void {
    const known = this.#known[aggregate] ?? new Float64Array(0);
    for (let j = 0; j < count; j++) {
      const group = groups[selected[j] ?? 0] ?? 0;
      known[group] = (known[group] ?? 0) + 1;
    }
  }

  /**
   * Adds rows for an aggregate of a value.
   * @param values values of the rows in the batch; NaN is unknown
   */
  add(aggregate: number, { selected, count, groups }: CountedRows, values: Float64Array): void {
    const name = this.#functions[aggregate];
    const none = new Float64Array(0);
    const [matched = none, known = none, sums = none] = [
      this.#matched[aggregate],
      this.#known[aggregate],
      this.#sums[aggregate],
    ];
    for (let j = 0; j < count; j++) {
      const at = selected[j] ?? 0;
      const [group, value] = [groups[at] ?? 0, values[at] ?? 0];
      matched[group] = (matched[group] ?? 0) + 1;
      if (Number.isNaN(value)) continue;
      const before = known[group] ?? 0;
      const sum = sums[group] ?? 0;
      known[group] = before + 1;
      if (name === 'p95') this.#samplesOf(aggregate, group).add(value);
      else if (name === 'min') sums[group] = before === 0 ? value : Math.min(sum, value);
      else if (name === 'max') sums[group] = before === 0 ? value : Math.max(sum, value);
      else sums[group] = sum + value;
    }
  }

  /** Returns the value of an aggregate, once all rows are added; NaN is unknown. A sum of no rows is 0. */
  value(aggregate: number, group: number): number {
    const name = this.#functions[aggregate];
    const [known = 0, sum = 0] = [this.#known[aggregate]?.[group], this.#sums[aggregate]?.[group]];
    if (name === 'count') return known;
    if (name === 'sum' && this.#matched[aggregate]?.[group] === 0) return 0;
    if (known === 0) return Number.NaN;
    if (name === 'avg') return sum / known;
    return name === 'p95' ? this.#samplesOf(aggregate, group).quantile(P95) : sum;
  }

  #samplesOf(aggregate: number, group: number): Samples {
    const all = this.#samples[aggregate] ?? [];
    let samples = all[group];
    if (samples === undefined) {
      samples = new Samples();
      all[group] = samples;
    }
    return samples;
  }

  #grow(): void {
    this.#room *= 2;
    const isPresent = new Uint8Array(this.#room);
    isPresent.set(this.#isPresent);
    this.#isPresent = isPresent;
    for (const columns of [this.#matched, this.#known, this.#sums]) {
      for (const [i, column] of columns.entries()) {
        const longer = new Float64Array(this.#room);
        longer.set(column);
        columns[i] = longer;
      }
    }
  }
}
