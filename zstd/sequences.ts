import { BlockError } from './block-error.js';
import { type FseTable, onlySymbol, readFseTable } from './fse-table.js';
import { bitsAt, lastBit } from './reversed-bits.js';
import { LITERALS_LENGTH, MATCH_LENGTH, OFFSET, type SequenceCode } from './sequence-codes.js';

/** Symbol_Compression_Modes, RFC 8878 section 3.1.1.3.2.1. */
const PREDEFINED = 0;
const RLE = 1;
const COMPRESSED = 2;
/** Number of bits that are read at once. */
const HALF_BITS = 16;

/** Memory that content is written to, after the existing content. */
export interface Output {
  readonly bytes: Uint8Array;
  /** Lowest offset that a match may begin at. */
  readonly lowest: number;
  readonly start: number;
  /** Offset after the last byte that may be written. */
  readonly end: number;
}

/** FSE tables of the three codes. */
interface Tables {
  readonly literals: FseTable;
  readonly offset: FseTable;
  readonly match: FseTable;
}

/** Sequences section of one block. */
interface Section {
  readonly block: Uint8Array;
  readonly tables: Tables;
  /** Number of sequences. */
  readonly count: number;
  /** Offset of the bit stream, which ends with the block. */
  readonly at: number;
}

/**
 * Decodes the sequences of a frame's blocks in order: literals and copies of earlier content. Each sequence writes at
 * least 3 bytes and is checked against the room before it is written, so the work is bounded by the content.
 */
export class SequencesDecoder {
  /** Tables of the last block with sequences, which the next block may use. */
  #tables: Tables | undefined;
  /** The last distances, RFC 8878 section 3.1.1.5. */
  readonly #last: [number, number, number] = [1, 4, 8];

  /**
   * Decodes the section from offset `at` to the end of a block, and returns the offset after the written content.
   * @throws BlockError
   */
  decode(block: Uint8Array, at: number, literals: Uint8Array, output: Output): number {
    const section = this.#readHeader(block, at);
    if (section === undefined) return copyLiterals(literals, 0, literals.length, output, output.start);
    return this.#execute(section, literals, output);
  }

  /** Reads the count and the tables; undefined without sequences. */
  #readHeader(block: Uint8Array, start: number): Section | undefined {
    if (start >= block.length) throw new BlockError('truncated block');
    const first = block[start] ?? 0;
    const second = block[start + 1] ?? 0;
    let count = first;
    let at = start + 1;
    if (first === 255) {
      count = second + ((block[start + 2] ?? 0) << 8) + 0x7f00;
      at += 2;
    } else if (first > 127) {
      count = ((first - 128) << 8) + second;
      at += 1;
    }
    if (count === 0) {
      if (at !== block.length) throw new BlockError('extra bytes at the end of a block');
      return undefined;
    }
    const modes = block[at++] ?? 0;
    if ((modes & 3) !== 0) throw new BlockError('reserved bits set in a block');
    const read = (code: SequenceCode, mode: number, before: FseTable | undefined): FseTable => {
      const { table, next } = readTable(block, at, code, mode, before);
      at = next;
      return table;
    };
    // In the order of the block.
    const literals = read(LITERALS_LENGTH, modes >> 6, this.#tables?.literals);
    const offset = read(OFFSET, (modes >> 4) & 3, this.#tables?.offset);
    const match = read(MATCH_LENGTH, (modes >> 2) & 3, this.#tables?.match);
    const tables = { literals, offset, match };
    this.#tables = tables;
    return { block, tables, count, at };
  }

  #execute({ block, tables, count, at }: Section, literals: Uint8Array, output: Output): number {
    const { literals: ofLiterals, offset: ofOffset, match: ofMatch } = tables;
    const low = at * 8;
    let bit = lastBit(block, at, block.length);
    bit -= ofLiterals.log;
    let literalsState = bitsAt(block, bit, ofLiterals.log);
    bit -= ofOffset.log;
    let offsetState = bitsAt(block, bit, ofOffset.log);
    bit -= ofMatch.log;
    let matchState = bitsAt(block, bit, ofMatch.log);
    let to = output.start;
    let from = 0;
    for (let left = count; ; ) {
      const offsetCode = ofOffset.symbols[offsetState] ?? 0;
      const matchCode = ofMatch.symbols[matchState] ?? 0;
      const literalsCode = ofLiterals.symbols[literalsState] ?? 0;
      bit -= offsetCode;
      const offset = 2 ** offsetCode + longBitsAt(block, bit, offsetCode);
      const matchBits = MATCH_LENGTH.bits[matchCode] ?? 0;
      bit -= matchBits;
      const length = (MATCH_LENGTH.bases[matchCode] ?? 0) + bitsAt(block, bit, matchBits);
      const literalsBits = LITERALS_LENGTH.bits[literalsCode] ?? 0;
      bit -= literalsBits;
      const before = (LITERALS_LENGTH.bases[literalsCode] ?? 0) + bitsAt(block, bit, literalsBits);
      if (bit < low) throw new BlockError('truncated sequences');
      to = copyLiterals(literals, from, from + before, output, to);
      from += before;
      to = copyMatch(this.#distance(offset, before), length, output, to);
      if (--left === 0) break;
      const literalsMore = ofLiterals.bits[literalsState] ?? 0;
      bit -= literalsMore;
      literalsState = (ofLiterals.bases[literalsState] ?? 0) + bitsAt(block, bit, literalsMore);
      const matchMore = ofMatch.bits[matchState] ?? 0;
      bit -= matchMore;
      matchState = (ofMatch.bases[matchState] ?? 0) + bitsAt(block, bit, matchMore);
      const offsetMore = ofOffset.bits[offsetState] ?? 0;
      bit -= offsetMore;
      offsetState = (ofOffset.bases[offsetState] ?? 0) + bitsAt(block, bit, offsetMore);
      if (bit < low) throw new BlockError('truncated sequences');
    }
    if (bit !== low) throw new BlockError('extra bits after the sequences');
    return copyLiterals(literals, from, literals.length, output, to);
  }

  /** Returns the distance of a sequence, and remembers it as the last distance. */
  #distance(offset: number, literals: number): number {
    const last = this.#last;
    const index = offset > 3 ? 3 : offset - (literals === 0 ? 0 : 1);
    const distance = offset > 3 ? offset - 3 : index === 3 ? last[0] - 1 : (last[index] ?? 0);
    if (index > 1) last[2] = last[1];
    if (index > 0) last[1] = last[0];
    last[0] = distance;
    return distance;
  }
}

function readTable(
  block: Uint8Array,
  at: number,
  code: SequenceCode,
  mode: number,
  before: FseTable | undefined,
): { readonly table: FseTable; readonly next: number } {
  const mostSymbol = code.bits.length - 1;
  if (mode === PREDEFINED) return { table: code.predefined, next: at };
  if (mode === COMPRESSED) return readFseTable(block, at, block.length, code.mostLog, mostSymbol);
  if (mode === RLE) {
    const symbol = block[at] ?? 0;
    if (symbol > mostSymbol) throw new BlockError(`code ${symbol} of a sequence, expected at most ${mostSymbol}`);
    return { table: onlySymbol(symbol), next: at + 1 };
  }
  if (before === undefined) throw new BlockError('block needs the table of an earlier block, which has none');
  return { table: before, next: at };
}

/** Reads bits as {@link bitsAt} does, up to 31. */
function longBitsAt(bytes: Uint8Array, at: number, count: number): number {
  if (count <= HALF_BITS) return bitsAt(bytes, at, count);
  return bitsAt(bytes, at + HALF_BITS, count - HALF_BITS) * 2 ** HALF_BITS + bitsAt(bytes, at, HALF_BITS);
}

/** Copies literals from `from` to `end`, and returns the offset after them in the output. */
function copyLiterals(
  literals: Uint8Array,
  from: number,
  end: number,
  { bytes, end: most }: Output,
  to: number,
): number {
  const after = to + end - from;
  if (end > literals.length) throw new BlockError('sequences need more literals than there are');
  if (after > most) throw new BlockError('block of more content than the format allows');
  for (let i = from, o = to; i < end; i++, o++) bytes[o] = literals[i] ?? 0;
  return after;
}

/** Copies content from `distance` bytes back, and returns the offset after the copy. */
function copyMatch(distance: number, length: number, { bytes, lowest, end }: Output, to: number): number {
  const after = to + length;
  if (distance === 0 || distance > to - lowest) throw new BlockError(`match ${distance} bytes back, before the window`);
  if (after > end) throw new BlockError('block of more content than the format allows');
  for (let o = to, i = to - distance; o < after; o++, i++) bytes[o] = bytes[i] ?? 0;
  return after;
}
