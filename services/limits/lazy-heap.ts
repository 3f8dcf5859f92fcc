/**
 * Items by a key that only grows, such as the time of the last data. The heap keeps for each item a key that was right
 * once, and asks for the current one only when the item is first: data that moves costs nothing here. Adding and
 * removing take logarithmic time; the same item is in the heap at most once.
 */
export class LazyHeap<T> {
  readonly #keyOf: (item: T) => number;
  readonly #items: T[] = [];
  readonly #keys: number[] = [];
  readonly #index = new Map<T, number>();

  /** @param keyOf returns the current key; it must not be less than an earlier one of the same item */
  constructor(keyOf: (item: T) => number) {
    this.#keyOf = keyOf;
  }

  /** Number of items. */
  get size(): number {
    return this.#items.length;
  }

  /** Adds an item. */
  add(item: T): void {
    if (this.#index.has(item)) return;
    this.#items.push(item);
    this.#keys.push(0);
    this.#place(this.#items.length - 1, item, this.#keyOf(item));
    this.#up(this.#items.length - 1);
  }

  /** Removes an item. Returns false if it was not in the heap. */
  delete(item: T): boolean {
    const at = this.#index.get(item);
    if (at === undefined) return false;
    this.#index.delete(item);
    const last = this.#items.pop();
    const key = this.#keys.pop();
    if (last === undefined || key === undefined || at === this.#items.length) return true;
    this.#place(at, last, key);
    this.#up(at);
    this.#down(this.#index.get(last) ?? at);
    return true;
  }

  /** Removes all items. */
  clear(): void {
    this.#items.length = 0;
    this.#keys.length = 0;
    this.#index.clear();
  }

  /** Returns the item with the least key, and this key; undefined if empty. Of equal keys any. */
  first(): { readonly item: T; readonly key: number } | undefined {
    for (;;) {
      const item = this.#items[0];
      if (item === undefined) return undefined;
      const key = this.#keyOf(item);
      if (key <= (this.#keys[0] ?? 0)) return { item, key };
      this.#keys[0] = key;
      this.#down(0);
    }
  }

  /** Yields all items, in no order. */
  items(): IterableIterator<T> {
    return this.#index.keys();
  }

  #place(at: number, item: T, key: number): void {
    this.#items[at] = item;
    this.#keys[at] = key;
    this.#index.set(item, at);
  }

  #up(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((this.#keys[parent] ?? 0) <= (this.#keys[at] ?? 0)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #down(from: number): void {
    let at = from;
    for (;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if ((this.#keys[child] ?? Number.POSITIVE_INFINITY) < (this.#keys[least] ?? 0)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(a: number, b: number): void {
    const [itemA, itemB] = [this.#items[a], this.#items[b]];
    const [keyA, keyB] = [this.#keys[a], this.#keys[b]];
    if (itemA === undefined || itemB === undefined || keyA === undefined || keyB === undefined) return;
    this.#place(a, itemB, keyB);
    this.#place(b, itemA, keyA);
  }
}
