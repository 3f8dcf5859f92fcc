import type { LiveRow } from './live-row.js';

/** Rows by key, and by UUID: a socket that connects again has further rows of one UUID. */
export class RowIndex {
  readonly #byKey = new Map<string, LiveRow>();
  /** The row of each UUID, or the rows. */
  readonly #byUuid = new Map<string, LiveRow | LiveRow[]>();

  get size(): number {
    return this.#byKey.size;
  }

  /** Adds a row. Another one of its key is deleted. */
  add(row: LiveRow): void {
    const before = this.#byKey.get(row.key);
    if (before !== undefined) this.delete(before);
    this.#byKey.set(row.key, row);
    const uuid = row.identity.uuid ?? '';
    const known = this.#byUuid.get(uuid);
    if (known === undefined) this.#byUuid.set(uuid, row);
    else if (Array.isArray(known)) known.push(row);
    else this.#byUuid.set(uuid, [known, row]);
  }

  delete(row: LiveRow): void {
    if (this.#byKey.get(row.key) !== row) return;
    this.#byKey.delete(row.key);
    const uuid = row.identity.uuid ?? '';
    const others = this.of(uuid).filter((other) => other !== row);
    const [only] = others;
    if (only === undefined) this.#byUuid.delete(uuid);
    else this.#byUuid.set(uuid, others.length === 1 ? only : others);
  }

  /** Returns whether a row is in the index, and no other of its key. */
  has(row: LiveRow): boolean {
    return this.#byKey.get(row.key) === row;
  }

  get(key: string): LiveRow | undefined {
    return this.#byKey.get(key);
  }

  /** Returns the rows of a UUID, oldest first. */
  of(uuid: string): LiveRow[] {
    const known = this.#byUuid.get(uuid);
    if (known === undefined) return [];
    return Array.isArray(known) ? [...known] : [known];
  }

  /** Iterates over all rows, oldest first. */
  values(): IterableIterator<LiveRow> {
    return this.#byKey.values();
  }
}
