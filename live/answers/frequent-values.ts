import type { FieldDefinition } from '../../expression/index.js';
import type { ConnectionStore, StoreRow } from '../store/index.js';

/** Rows whose values are counted, spread evenly over all: each may take 3 µs. */
const MAX_ROWS = 2000;

/** Values of texts in the rows of a store, most frequent first; counted once for a generation. */
export class FrequentValues {
  readonly #store: ConnectionStore;
  readonly #values = new Map<FieldDefinition<StoreRow>, readonly string[]>();
  #generation = -1;

  constructor(store: ConnectionStore) {
    this.#store = store;
  }

  /** Returns the values of a field. */
  of(field: FieldDefinition<StoreRow>): readonly string[] {
    if (this.#generation !== this.#store.generation) {
      this.#values.clear();
      this.#generation = this.#store.generation;
    }
    let values = this.#values.get(field);
    if (values === undefined) {
      values = this.#count(field);
      this.#values.set(field, values);
    }
    return values;
  }

  #count(field: FieldDefinition<StoreRow>): readonly string[] {
    if (field.type !== 'text' && field.type !== 'address') return [];
    const counts = new Map<string, number>();
    const every = Math.ceil(this.#store.size / MAX_ROWS);
    let rows = 0;
    for (const row of this.#store.rows()) {
      if (rows++ % every !== 0) continue;
      const value = field.read(row);
      if (value === null || value === undefined || value === '') continue;
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([value]) => value);
  }
}
