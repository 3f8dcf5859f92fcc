import { BlockError } from './block-error.js';
import { MAX_BLOCK_BYTES } from './frame-format.js';
import { decodeHuffman, type HuffmanTable, readHuffmanTable } from './huffman.js';

/** Literals_Block_Type, RFC 8878 section 3.1.1.3.1.1. */
const RAW = 0;
const RLE = 1;
const TREELESS = 3;
const STREAMS = 4;
/** Size of the jump table: three lengths of 2 bytes each. */
const JUMP_TABLE_BYTES = 6;

/** Literals of a block, and the offset after them in the block. */
export interface Literals {
  readonly bytes: Uint8Array;
  readonly next: number;
}

/** Header of a section of literals. */
interface Header {
  readonly type: number;
  readonly bytes: number;
  readonly size: number;
  /** Number of bytes after the header. */
  readonly stored: number;
  readonly isInFour: boolean;
}

/** Decodes the literals of a frame's blocks in order: a block may use the Huffman code of the previous block. */
export class LiteralsDecoder {
  #table: HuffmanTable | undefined;
  #room = new Uint8Array(0);

  /**
   * Decodes the section at offset `at` of a block. The result is valid until the next call.
   * @throws BlockError
   */
  decode(block: Buffer, at: number): Literals {
    const header = readHeader(block, at);
    const start = at + header.bytes;
    const next = start + header.stored;
    if (next > block.length) throw new BlockError('truncated literals');
    if (header.size > MAX_BLOCK_BYTES) throw new BlockError(`${header.size} literals, more than a block holds`);
    if (header.type === RAW) return { bytes: block.subarray(start, next), next };
    const out = this.#reserve(header.size);
    if (header.type === RLE) out.fill(block[start] ?? 0);
    else this.#decodeCoded(header, block, start, next, out);
    return { bytes: out, next };
  }

  #decodeCoded(header: Header, block: Uint8Array, start: number, end: number, out: Uint8Array): void {
    let at = start;
    if (header.type !== TREELESS) ({ table: this.#table, next: at } = readHuffmanTable(block, start, end));
    const table = this.#table;
    if (table === undefined) throw new BlockError('literals need the Huffman code of an earlier block, which has none');
    if (!header.isInFour) decodeHuffman(table, block, at, end, out);
    else decodeFour(table, block, at, end, out);
  }

  #reserve(size: number): Uint8Array {
    if (this.#room.length < size) this.#room = new Uint8Array(Math.min(MAX_BLOCK_BYTES, 2 * size));
    return this.#room.subarray(0, size);
  }
}

/** Decodes literals in four streams; the lengths of the first three precede them. */
function decodeFour(table: HuffmanTable, block: Uint8Array, at: number, end: number, out: Uint8Array): void {
  const part = (out.length + STREAMS - 1) >> 2;
  if ((STREAMS - 1) * part > out.length) throw new BlockError(`${out.length} literals in ${STREAMS} streams`);
  let from = at + JUMP_TABLE_BYTES;
  for (let i = 0; i < STREAMS - 1; i++) {
    const to = from + ((block[at + 2 * i] ?? 0) | ((block[at + 2 * i + 1] ?? 0) << 8));
    if (to > end) throw new BlockError('truncated literals');
    decodeHuffman(table, block, from, to, out.subarray(i * part, (i + 1) * part));
    from = to;
  }
  decodeHuffman(table, block, from, end, out.subarray((STREAMS - 1) * part));
}

function readHeader(block: Buffer, at: number): Header {
  const first = block[at] ?? 0;
  const type = first & 3;
  const format = (first >> 2) & 3;
  if (type <= RLE) {
    const bytes = format === 1 ? 2 : format === 3 ? 3 : 1;
    const size = Math.floor(numberAt(block, at, bytes) / (bytes === 1 ? 8 : 16));
    return { type, bytes, size, stored: type === RLE ? 1 : size, isInFour: false };
  }
  const bytes = format < 2 ? 3 : format + 2;
  // Both sizes have the same number of bits.
  const range = 2 ** ((bytes * 8 - 4) / 2);
  const sizes = Math.floor(numberAt(block, at, bytes) / 16);
  return { type, bytes, size: sizes % range, stored: Math.floor(sizes / range), isInFour: format > 0 };
}

/** Reads a number of 1 to 5 bytes. */
function numberAt(block: Buffer, at: number, bytes: number): number {
  if (at + bytes > block.length) throw new BlockError('truncated block');
  return block.readUIntLE(at, bytes);
}
