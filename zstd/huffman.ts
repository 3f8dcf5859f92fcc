import { BlockError } from './block-error.js';
import { readFseTable } from './fse-table.js';
import { bitsFrom, highestBit, lastBit } from './reversed-bits.js';

/** Table of a Huffman code, RFC 8878 section 4.2: gives the symbol that the next `log` bits begin with. */
export interface HuffmanTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  /** Length of the symbol's code in bits. */
  readonly bits: Uint8Array;
}

const MOST_LOG = 11;
const MOST_SYMBOLS = 256;
/** Highest Accuracy_Log of weights. */
const WEIGHTS_LOG = 6;
/** Header bytes of at least this value give the number of uncompressed weights. */
const DIRECT = 128;

/**
 * Reads the description of a table at offset `at`.
 * @param end offset after the last byte that may be part of it
 * @returns the table, and the offset after its description
 * @throws BlockError
 */
export function readHuffmanTable(
  bytes: Uint8Array,
  at: number,
  end: number,
): { readonly table: HuffmanTable; readonly next: number } {
  const header = bytes[at] ?? 0;
  const isDirect = header >= DIRECT;
  const next = at + 1 + (isDirect ? (header - DIRECT + 2) >> 1 : header);
  if (at >= end || next > end) throw new BlockError('truncated Huffman table');
  const weights = isDirect ? directWeights(bytes, at + 1, header - DIRECT + 1) : codedWeights(bytes, at + 1, next);
  return { table: huffmanTable(weights), next };
}

/** Reads weights of 4 bits each. */
function directWeights(bytes: Uint8Array, at: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const pair = bytes[at + (i >> 1)] ?? 0;
    return i % 2 === 0 ? pair >> 4 : pair & 15;
  });
}

/** Decodes weights with two alternating states, until one would read bits before the start. */
function codedWeights(bytes: Uint8Array, at: number, end: number): number[] {
  const { table, next: start } = readFseTable(bytes, at, end, WEIGHTS_LOG, MOST_LOG + 1);
  let bit = lastBit(bytes, start, end);
  const read = (count: number): number => {
    bit -= count;
    return bitsFrom(start * 8, bytes, bit, count);
  };
  let state = read(table.log);
  let other = read(table.log);
  if (bit < start * 8) throw new BlockError('truncated Huffman weights');
  const weights: number[] = [];
  while (weights.length < MOST_SYMBOLS) {
    weights.push(table.symbols[state] ?? 0);
    const after = (table.bases[state] ?? 0) + read(table.bits[state] ?? 0);
    if (bit < start * 8) {
      weights.push(table.symbols[other] ?? 0);
      return weights;
    }
    state = other;
    other = after;
  }
  throw new BlockError('Huffman weights without an end');
}

/** Creates a table from the weights of all symbols except the last; its weight completes the code. */
function huffmanTable(weights: number[]): HuffmanTable {
  if (weights.length >= MOST_SYMBOLS) throw new BlockError(`Huffman table of ${weights.length + 1} symbols`);
  const cells = weights.reduce((sum, weight) => sum + (weight === 0 ? 0 : 2 ** (weight - 1)), 0);
  const log = cells === 0 ? 0 : highestBit(cells) + 1;
  const rest = 2 ** log - cells;
  if (log === 0 || log > MOST_LOG || (rest & (rest - 1)) !== 0) throw new BlockError('incomplete Huffman code');
  const all = [...weights, highestBit(rest) + 1];
  // There must be two codes of the maximum length, or the table would be longer than needed.
  if (!all.includes(1)) throw new BlockError('Huffman code without its longest codes');
  const symbols = new Uint8Array(1 << log);
  const bits = new Uint8Array(1 << log);
  let cell = 0;
  for (let weight = 1; weight <= log; weight++) {
    all.forEach((each, symbol) => {
      if (each !== weight) return;
      const after = cell + (1 << (weight - 1));
      symbols.fill(symbol, cell, after);
      bits.fill(log + 1 - weight, cell, after);
      cell = after;
    });
  }
  return { log, symbols, bits };
}

/**
 * Decodes the stream from offset `start` to `end` of `bytes` and fills `out`.
 * @throws BlockError unless the stream has exactly as many symbols
 */
export function decodeHuffman(
  { log, symbols, bits }: HuffmanTable,
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
): void {
  const low = start * 8;
  let bit = lastBit(bytes, start, end);
  for (let i = 0; i < out.length; i++) {
    const code = bitsFrom(low, bytes, bit - log, log);
    out[i] = symbols[code] ?? 0;
    bit -= bits[code] ?? 0;
    if (bit < low) throw new BlockError('truncated literals');
  }
  if (bit !== low) throw new BlockError('extra bits after the literals');
}
