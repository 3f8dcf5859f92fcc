/** Tar headers: POSIX ustar, and GNU's. */

/** Thrown when a tar cannot be read further. */
export class TarError extends Error {
  override readonly name = 'TarError';

  /**
   * @param code `ERR_CUT` if the tar ends too early, `ERR_CORRUPT` for an invalid header
   * @param at offset in the decompressed tar
   */
  constructor(
    readonly code: 'ERR_CUT' | 'ERR_CORRUPT',
    readonly at: number,
    what: string,
  ) {
    super(`tar at byte ${at}: ${what}`);
  }
}

/** Block size of headers and contents. */
export const TAR_BLOCK_BYTES = 512;
/** Header of a member. */
export interface TarHeader {
  /** Name in this header. Extended headers may override it and the fields below. */
  readonly name: string;
  readonly bytes: number;
  readonly target: string;
  readonly type: string;
}

/** Returns whether bytes are the first header of a tar, {@link TAR_BLOCK_BYTES} long. */
export function isTarStart(bytes: Uint8Array): boolean {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return block.length >= TAR_BLOCK_BYTES && block[0] !== 0 && hasChecksum(block.subarray(0, TAR_BLOCK_BYTES));
}

/**
 * Parses the header that begins at `at`.
 * @throws TarError `ERR_CORRUPT`
 */
export function parseTarHeader(block: Buffer, at: number): TarHeader {
  if (!hasChecksum(block)) throw new TarError('ERR_CORRUPT', at, 'not a header');
  const bytes = readNumber(block.subarray(124, 136));
  if (bytes === undefined) throw new TarError('ERR_CORRUPT', at, 'a size that is not a number');
  const type = block.toString('latin1', 156, 157);
  // GNU uses the bytes of the POSIX prefix for other fields.
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? readText(block.subarray(345, 500)) : '';
  const name = readText(block.subarray(0, 100));
  // Links, devices and folders have no content, even if a size is given.
  const target = '12'.includes(type) ? readText(block.subarray(157, 257)) : '';
  return { name: prefix === '' ? name : `${prefix}/${name}`, bytes: '123456'.includes(type) ? 0 : bytes, target, type };
}

/** Verifies the checksum: the sum of all bytes, with blanks in place of the checksum itself. */
function hasChecksum(block: Buffer): boolean {
  const stored = readNumber(block.subarray(148, 156));
  let sum = 8 * 0x20;
  for (let i = 0; i < block.length; i++) if (i < 148 || i >= 156) sum += block[i] ?? 0;
  return sum === stored;
}

/** Parses octal digits or GNU's binary numbers. Returns undefined for anything else. */
export function readNumber(field: Buffer): number | undefined {
  const first = field[0] ?? 0;
  if (first === 0x80) {
    const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const text = readText(field).trim();
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

/** Decodes text up to a NUL. */
export function readText(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? field.length : end);
}

/** Returns whether a block is all zero, as at the end of a tar. */
export function isZero(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}
