import type { FieldDefinition } from '../../expression/index.js';
import type { ConnectionStore, StoreRow } from '../store/index.js';
import type { SlicedWork } from './slices.js';

/** Rows whose values are counted, spread evenly over all: each may take 3 µs. */
const MAX_ROWS = 2000;
/** Rows that are counted, or skipped, in one step. */
const ROWS_AT_ONCE = 64;

/** Values of a field, most frequent first. */
type Values = readonly string[];

/** Values of texts in the rows of a store, most frequent first; counted once for a generation. */
export class FrequentValues {
  readonly #store: ConnectionStore;
  readonly #values = new Map<FieldDefinition<StoreRow>, Values>();
  #generation = -1;

  constructor(store: ConnectionStore) {
    this.#store = store;
  }

  /** Returns the values of a field in this generation; undefined if they were not counted. */
  known(field: FieldDefinition<StoreRow>): Values | undefined {
    if (field.type !== 'text' && field.type !== 'address') return [];
    return this.#generation === this.#store.generation ? this.#values.get(field) : undefined;
  }

  /** Counts the values of fields, in steps. */
  *count(fields: Iterable<FieldDefinition<StoreRow>>): SlicedWork<ReadonlyMap<FieldDefinition<StoreRow>, Values>> {
    const counted = new Map<FieldDefinition<StoreRow>, Values>();
    for (const field of fields) {
      const { generation } = this.#store;
      const values = yield* this.#countOne(field);
      counted.set(field, values);
      if (this.#generation !== generation) this.#values.clear();
      this.#generation = generation;
      this.#values.set(field, values);
    }
    return counted;
  }

  *#countOne(field: FieldDefinition<StoreRow>): SlicedWork<Values> {
    const counts = new Map<string, number>();
    const every = Math.ceil(this.#store.size / MAX_ROWS);
    let rows = 0;
    for (const row of this.#store.rows()) {
      if (rows % ROWS_AT_ONCE === 0) yield;
      if (rows++ % every !== 0) continue;
      const value = field.read(row);
      if (typeof value !== 'string' || value === '') continue;
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([value]) => value);
  }
}
