const FIRST_SLOTS = 128;

/** Finds the row of a key. Keys are not kept: they are made of the rows again. */
export class KeyIndex {
  readonly #keyOf: (index: number) => string;
  /** Row of each slot plus one; 0 if the slot is free. */
  #slots = new Uint32Array(FIRST_SLOTS);
  #count = 0;

  /** @param keyOf returns the key of a row */
  constructor(keyOf: (index: number) => string) {
    this.#keyOf = keyOf;
  }

  /** Adds a row whose key is new. */
  add(index: number, key: string): void {
    if (2 * (this.#count + 1) > this.#slots.length) this.#grow();
    this.#slots[this.#slotOf(key)] = index + 1;
    this.#count++;
  }

  /** Returns the row of a key. */
  find(key: string): number | undefined {
    const index = this.#slots[this.#slotOf(key)] ?? 0;
    return index === 0 ? undefined : index - 1;
  }

  /** Returns the slot that has the key, or a free one. */
  #slotOf(key: string): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash(key) & mask; ; slot = (slot + 1) & mask) {
      const index = this.#slots[slot] ?? 0;
      if (index === 0 || this.#keyOf(index - 1) === key) return slot;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(2 * old.length);
    for (const index of old) if (index !== 0) this.#slots[this.#slotOf(this.#keyOf(index - 1))] = index;
  }
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let result = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) result = Math.imul(result ^ text.charCodeAt(i), 0x01000193);
  // The low bits choose the slot, and the last letters change them least.
  return (result ^ (result >>> 15)) >>> 0;
}
