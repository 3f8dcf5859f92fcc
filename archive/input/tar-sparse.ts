import type { ByteQueue } from '../../zstd/index.js';

/** Piece of a sparse file that the tar contains. Bytes between pieces are zero. */
export interface SparsePiece {
  readonly offset: number;
  readonly bytes: number;
}

/** Layout of a sparse file: its pieces in order, and its length. */
export interface SparseMap {
  readonly pieces: readonly SparsePiece[];
  readonly bytes: number;
}

/** Thrown for an invalid layout: invalid numbers, or pieces out of order. */
export class SparseMapError extends Error {
  override readonly name = 'SparseMapError';
}

const BLOCK_BYTES = 512;
/** Maximum number of pieces per file: some 30 MiB of map in the tar. */
const MAX_PIECES = 1_000_000;
/** Maximum digits of a number in a map of PAX 1.0; 2^53 has 16. */
const MAX_DIGITS = 16;

/**
 * Checks a layout whose pieces hold `stored` bytes in total.
 * @throws SparseMapError
 */
export function sparseMap(pieces: readonly SparsePiece[], bytes: number, stored: number): SparseMap {
  let end = 0;
  let sum = 0;
  for (const piece of pieces) {
    if (piece.offset < end) throw new SparseMapError('pieces of a sparse file that are out of order');
    end = piece.offset + piece.bytes;
    sum += piece.bytes;
  }
  if (end > bytes || sum !== stored || !Number.isSafeInteger(end)) {
    throw new SparseMapError('pieces of a sparse file that do not fit its length');
  }
  return { pieces: pieces.filter((piece) => piece.bytes > 0), bytes };
}

/** Maximum number of pieces in the header of an old GNU tar; each extension block has 21 more. */
const OLD_PIECES = 4;
const EXTENSION_PIECES = 21;

/** Result of {@link readOldGnuMap}: the pieces, and the length of the file. */
export interface OldGnuMap {
  readonly pieces: readonly SparsePiece[];
  readonly bytes: number;
}

/**
 * Reads the map of an old GNU header (type `S`) and of the extension blocks after it.
 * @param readNumber reads a number field of a header
 * @returns undefined when the tar ends within the map
 * @throws SparseMapError
 */
export async function readOldGnuMap(
  header: Buffer,
  input: ByteQueue,
  readNumber: (field: Buffer) => number | undefined,
): Promise<OldGnuMap | undefined> {
  const pieces: SparsePiece[] = [];
  const take = (block: Buffer, at: number, count: number): void => {
    for (let i = 0; i < count; i++) {
      const field = at + 24 * i;
      if (block[field] === 0) return;
      const [offset, bytes] = [
        readNumber(block.subarray(field, field + 12)),
        readNumber(block.subarray(field + 12, field + 24)),
      ];
      if (offset === undefined || bytes === undefined) throw new SparseMapError('an invalid sparse map');
      pieces.push({ offset, bytes });
    }
  };
  const bytes = readNumber(header.subarray(483, 495));
  if (bytes === undefined) throw new SparseMapError('a sparse file without a length');
  take(header, 386, OLD_PIECES);
  for (let more = header[482] !== 0; more; ) {
    const block = await input.take(BLOCK_BYTES);
    if (block === undefined) return undefined;
    take(block, 0, EXTENSION_PIECES);
    if (pieces.length > MAX_PIECES) throw new SparseMapError('a sparse map that is too long');
    more = block[504] !== 0;
  }
  return { pieces, bytes };
}

/**
 * Parses the map of PAX 0.1: `offset,bytes,offset,bytes,…`.
 * @throws SparseMapError
 */
export function parsePaxMap(text: string): readonly SparsePiece[] {
  if (text === '') return [];
  return pairUp(text.split(',').map(parseDecimal));
}

/**
 * Builds pieces from alternating offsets and lengths, the map of PAX 0.0.
 * @throws SparseMapError
 */
export function pairUp(numbers: readonly number[]): readonly SparsePiece[] {
  if (numbers.length % 2 !== 0) throw new SparseMapError('an invalid sparse map');
  return Array.from({ length: numbers.length / 2 }, (_, i) => ({
    offset: numbers[2 * i] ?? 0,
    bytes: numbers[2 * i + 1] ?? 0,
  }));
}

/**
 * Parses a decimal number.
 * @throws SparseMapError
 */
export function parseDecimal(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new SparseMapError('an invalid sparse map');
  return value;
}

/**
 * Reads the map that PAX 1.0 puts before a member's content: one number per line, padded to whole blocks.
 * @param stored bytes of the member in the tar
 * @returns the pieces, and the size of the map; undefined when the tar ends within the map
 * @throws SparseMapError
 */
export async function readMapInFront(
  input: ByteQueue,
  stored: number,
): Promise<{ readonly pieces: readonly SparsePiece[]; readonly mapBytes: number } | undefined> {
  let left = '';
  const numbers: number[] = [];
  for (let mapBytes = BLOCK_BYTES; mapBytes <= stored; mapBytes += BLOCK_BYTES) {
    const block = await input.take(BLOCK_BYTES);
    if (block === undefined) return undefined;
    const lines = (left + block.toString('latin1')).split('\n');
    left = lines.pop() ?? '';
    for (const line of lines) {
      numbers.push(parseDecimal(line));
      const [count = 0] = numbers;
      if (count > MAX_PIECES) throw new SparseMapError('a sparse map that is too long');
      if (numbers.length > 2 * count) return { pieces: pairUp(numbers.slice(1)), mapBytes };
    }
    if (left.length > MAX_DIGITS) throw new SparseMapError('an invalid sparse map');
  }
  throw new SparseMapError('a sparse map that is longer than its member');
}

const ZEROS = Buffer.alloc(64 * 1024);

/** Yields the content of a sparse file, whose pieces follow one another in the tar. */
export async function* fillHoles(
  { pieces, bytes }: SparseMap,
  takePieces: (bytes: number) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = 0;
  for (const piece of pieces) {
    yield* zeros(piece.offset - at);
    yield* takePieces(piece.bytes);
    at = piece.offset + piece.bytes;
  }
  yield* zeros(bytes - at);
}

function* zeros(count: number): Generator<Uint8Array, void, undefined> {
  for (let left = count; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, Math.min(left, ZEROS.length));
}
