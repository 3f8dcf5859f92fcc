import { BlockError } from './block-error.js';
import { bitsAt, highestBit } from './reversed-bits.js';

/** Finite state entropy table, RFC 8878 section 4.1: symbol of each state, and how to read the next state. */
export interface FseTable {
  /** Number of bits of the first state. */
  readonly log: number;
  readonly symbols: Uint8Array;
  /** Number of bits to read for the next state; the base is added to them. */
  readonly bits: Uint8Array;
  readonly bases: Uint16Array;
}

/** Lowest Accuracy_Log of a table. */
const LEAST_LOG = 5;

/**
 * Reads the description of a table at offset `at`.
 * @param end offset after the last byte that may be part of it
 * @param mostLog highest Accuracy_Log
 * @param mostSymbol highest symbol
 * @returns the table, and the offset after its description
 * @throws BlockError
 */
export function readFseTable(
  bytes: Uint8Array,
  at: number,
  end: number,
  mostLog: number,
  mostSymbol: number,
): { readonly table: FseTable; readonly next: number } {
  const log = bitsAt(bytes, at * 8, 4) + LEAST_LOG;
  if (log > mostLog) throw new BlockError(`entropy table of ${log} bits, expected at most ${mostLog}`);
  const counts: number[] = [];
  let bit = at * 8 + 4;
  for (let left = 1 << log; left > 0; ) {
    // The lowest values take one bit less than the others.
    const width = highestBit(left + 1) + 1;
    const value = bitsAt(bytes, bit, width);
    const low = value & ((1 << (width - 1)) - 1);
    const short = (1 << width) - 1 - (left + 1);
    let count: number;
    if (low < short) {
      bit += width - 1;
      count = low - 1;
    } else {
      bit += width;
      count = (value === low ? value : value - short) - 1;
    }
    left -= Math.abs(count);
    counts.push(count);
    if (count === 0) bit = readZeros(bytes, bit, counts, mostSymbol);
    if (counts.length > mostSymbol + 1) throw new BlockError(`entropy table of symbols beyond ${mostSymbol}`);
  }
  const next = (bit + 7) >> 3;
  if (next > end) throw new BlockError('truncated entropy table');
  return { table: fseTable(log, counts), next };
}

/** Reads the number of further symbols with count 0, 2 bits at a time, and returns the offset of the next bit. */
function readZeros(bytes: Uint8Array, from: number, counts: number[], mostSymbol: number): number {
  for (let bit = from; ; ) {
    const zeros = bitsAt(bytes, bit, 2);
    bit += 2;
    for (let i = 0; i < zeros; i++) counts.push(0);
    if (zeros < 3 || counts.length > mostSymbol + 1) return bit;
  }
}

/**
 * Creates a table of 2^log states from the number of states of each symbol.
 * @param counts states of each symbol; -1: less than one
 */
export function fseTable(log: number, counts: readonly number[]): FseTable {
  const size = 1 << log;
  const symbols = new Uint8Array(size);
  const bits = new Uint8Array(size);
  const bases = new Uint16Array(size);
  let end = size;
  counts.forEach((count, symbol) => {
    if (count === -1) symbols[--end] = symbol;
  });
  const step = (size >> 1) + (size >> 3) + 3;
  let cell = 0;
  counts.forEach((count, symbol) => {
    for (let i = 0; i < count; i++) {
      symbols[cell] = symbol;
      do cell = (cell + step) & (size - 1);
      while (cell >= end);
    }
  });
  const nth = counts.map(Math.abs);
  for (let state = 0; state < size; state++) {
    const symbol = symbols[state] ?? 0;
    const next = nth[symbol] ?? 0;
    nth[symbol] = next + 1;
    const width = log - highestBit(next);
    bits[state] = width;
    bases[state] = (next << width) - size;
  }
  return { log, symbols, bits, bases };
}

/** Creates a table with a single symbol, which takes no bits. */
export function onlySymbol(symbol: number): FseTable {
  return { log: 0, symbols: Uint8Array.of(symbol), bits: new Uint8Array(1), bases: new Uint16Array(1) };
}
