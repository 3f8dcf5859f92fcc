import { type FseTable, fseTable } from './fse-table.js';

/** Code of one of a sequence's three values, RFC 8878 section 3.1.1.3.2.1: a base, to which extra bits are added. */
export interface SequenceCode {
  /** Number of extra bits of each code. */
  readonly bits: Uint8Array;
  readonly bases: Float64Array;
  /** Table for blocks in predefined mode. */
  readonly predefined: FseTable;
  /** Highest Accuracy_Log of a table. */
  readonly mostLog: number;
}

function sequenceCode(bits: readonly number[], first: number, predefined: FseTable, mostLog: number): SequenceCode {
  const bases = new Float64Array(bits.length);
  let base = first;
  bits.forEach((each, i) => {
    bases[i] = base;
    base += 2 ** each;
  });
  return { bits: Uint8Array.from(bits), bases, predefined, mostLog };
}

/** Returns a number repeated `count` times. */
function times(count: number, value: number): number[] {
  return Array.from({ length: count }, () => value);
}

/** Returns the numbers from `first` to `last`. */
function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Number of literals before a match. All distributions here are those of RFC 8878 section 3.1.1.3.2.2.1. */
export const LITERALS_LENGTH: SequenceCode = sequenceCode(
  [...times(16, 0), 1, 1, 1, 1, 2, 2, 3, 3, 4, ...range(6, 16)],
  0,
  fseTable(6, [4, 3, ...times(11, 2), ...times(3, 1), ...times(9, 2), 3, 2, ...times(5, 1), ...times(4, -1)]),
  9,
);

/** Length of a match in bytes. */
export const MATCH_LENGTH: SequenceCode = sequenceCode(
  [...times(32, 0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, ...range(7, 16)],
  3,
  fseTable(6, [1, 4, 3, ...times(6, 2), ...times(37, 1), ...times(7, -1)]),
  9,
);

/** Distance of a match, plus 3; values up to 3 refer to the last distances. */
export const OFFSET: SequenceCode = sequenceCode(
  range(0, 31),
  1,
  fseTable(5, [...times(6, 1), ...times(3, 2), ...times(15, 1), ...times(5, -1)]),
  8,
);
