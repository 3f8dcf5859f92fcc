import { ANYTHING, type ArchivedRecord, type Metadata, RecordInPlace } from '../../parse/index.js';
import type { ColumnInputs } from './inputs.js';

/** Bits of a word. */
const WORD_BITS = 32;

/**
 * Finds the columns of a row that may differ from the row before. A column without known inputs always may.
 *
 * Most records of an archive differ from the one before in a few bytes: who keeps the text or the values of the row before
 * has to make only those of these columns.
 */
export class ChangedColumns {
  /** Indexes of the columns that may have changed, ascending: the first {@link count}. */
  readonly columns: Int32Array;
  /** Number of the columns that may have changed. */
  count = 0;

  /** Columns by each byte of each payload: RawIDM, then attributes by number. */
  readonly #byByte: readonly (readonly (readonly number[])[])[];
  /** Columns by any byte beyond. */
  readonly #byRest: readonly (readonly number[])[];
  readonly #always: Int32Array;
  readonly #ofMetadata: Int32Array;
  readonly #bits: Int32Array;
  #record: object | undefined;
  #serial = 0;
  #metadata: Metadata | undefined;

  /** @param inputs inputs of each column; undefined if its value may change with any row */
  constructor(inputs: readonly (ColumnInputs | undefined)[]) {
    this.columns = new Int32Array(inputs.length);
    const words = Math.ceil(inputs.length / WORD_BITS);
    this.#always = bitsOf(words, inputs, (each) => each === undefined);
    this.#ofMetadata = bitsOf(words, inputs, (each) => each?.metadata === true);
    this.#bits = this.#always.slice();
    const byByte: number[][][] = [];
    const byRest: number[][] = [];
    for (const [column, { bytes = [] } = {}] of inputs.entries()) {
      for (const { part, offset, size } of bytes) {
        const at = part + 1;
        const rest = byRest[at] ?? [];
        const ofPart = byByte[at] ?? [];
        byRest[at] = rest;
        byByte[at] = ofPart;
        const isRest = size === Number.POSITIVE_INFINITY;
        // The bytes known so far belong to the earlier columns of the rest.
        const end = isRest ? Math.max(offset, ofPart.length) : offset + size;
        while (ofPart.length < end) ofPart.push([...rest]);
        for (let byte = offset; byte < end; byte++) ofPart[byte]?.push(column);
        if (isRest) rest.push(column);
      }
    }
    this.#byByte = Array.from(byByte, (ofPart) => ofPart ?? []);
    this.#byRest = Array.from(byRest, (ofPart) => ofPart ?? []);
  }

  /**
   * Takes the next row's record and metadata. Returns true if {@link columns} are all that may have changed since the
   * row before; false if all columns may have.
   */
  next(record: ArchivedRecord, metadata: Metadata | undefined): boolean {
    const before = this.#record;
    const serial = this.#serial;
    this.#record = undefined;
    if (!(record instanceof RecordInPlace)) return false;
    this.#record = record;
    this.#serial = record.serial;
    const isOther = metadata !== this.#metadata;
    this.#metadata = metadata;
    const { count, parts, offsets } = record.changes;
    if (record !== before || count === ANYTHING || record.serial !== serial + 1) return false;
    const bits = this.#bits;
    if (isOther)
      for (let word = 0; word < bits.length; word++) bits[word] = (bits[word] ?? 0) | (this.#ofMetadata[word] ?? 0);
    for (let i = 0; i < count; i++) {
      const at = (parts[i] ?? 0) + 1;
      const columns = this.#byByte[at]?.[offsets[i] ?? 0] ?? this.#byRest[at];
      if (columns === undefined) continue;
      for (let k = 0; k < columns.length; k++) {
        const column = columns[k] ?? 0;
        bits[column >> 5] = (bits[column >> 5] ?? 0) | (1 << (column & 31));
      }
    }
    this.#collect();
    return true;
  }

  /** Forgets the row before: the next has all columns. */
  forget(): void {
    this.#record = undefined;
  }

  /** Puts the set bits into {@link columns}, and resets the bits. */
  #collect(): void {
    const { columns } = this;
    const bits = this.#bits;
    let count = 0;
    for (let word = 0; word < bits.length; word++) {
      let left = bits[word] ?? 0;
      bits[word] = this.#always[word] ?? 0;
      while (left !== 0) {
        const lowest = left & -left;
        columns[count++] = word * WORD_BITS + 31 - Math.clz32(lowest);
        left ^= lowest;
      }
    }
    this.count = count;
  }
}

function bitsOf(
  words: number,
  inputs: readonly (ColumnInputs | undefined)[],
  isIn: (inputs: ColumnInputs | undefined) => boolean,
): Int32Array {
  const bits = new Int32Array(words);
  for (const [column, each] of inputs.entries()) {
    if (isIn(each)) bits[column >> 5] = (bits[column >> 5] ?? 0) | (1 << (column & 31));
  }
  return bits;
}
