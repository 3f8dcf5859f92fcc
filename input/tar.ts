import { ByteQueue } from '../zstd/index.js';

/**
 * Tar archives (POSIX ustar and pax, and GNU's long names), read as a stream. The libraries that there are keep an
 * extended header of any length in memory, and end with the member that their reader has had enough of.
 */

/** A regular file in a tar. */
export interface TarMember {
  readonly name: string;
  /** Its length. */
  readonly bytes: number;
  /** Can be read once, and only until the next member is asked for; what is not read is passed over. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** A tar that cannot be read further. */
export class TarError extends Error {
  override readonly name = 'TarError';

  /**
   * @param code `ERR_CUT` when the tar ends too early, `ERR_CORRUPT` for what is no header
   * @param at offset in the tar, decompressed
   */
  constructor(
    readonly code: 'ERR_CUT' | 'ERR_CORRUPT',
    readonly at: number,
    what: string,
  ) {
    super(`tar at byte ${at}: ${what}`);
  }
}

/** Headers and contents come in blocks of this size. */
export const TAR_BLOCK_BYTES = 512;
/** Of names and pax records; the longest path that Linux takes is 4096 bytes. */
const MAX_EXTENDED_BYTES = 1024 * 1024;
const PIECE_BYTES = 256 * 1024;

/**
 * Reads the members of a tar that are regular files, one after the other.
 * @throws TarError when the tar is damaged or cut; all members before have been yielded. When the content of a member
 *   has thrown it, the members just end: it is thrown once.
 */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarMember, void, undefined> {
  const input = new ByteQueue(source);
  let failed = false;
  try {
    let extended: Extended = {};
    for (let ended = false; ; ) {
      const at = input.consumed;
      const block = await input.take(TAR_BLOCK_BYTES);
      if (block === undefined) {
        const rest = await input.peek(1);
        if (ended && rest.length === 0) return;
        throw new TarError('ERR_CUT', at, rest.length === 0 ? 'no end mark' : 'input ends inside a header');
      }
      if (isZero(block)) {
        // The end is marked by two of these; behind it may be more, and another tar.
        ended = true;
        continue;
      }
      const header = parseHeader(block, at);
      ended = false;
      const bytes = extended.bytes ?? header.bytes;
      if ('xgLK'.includes(header.type)) {
        extended = { ...extended, ...(await readExtended(input, header.type, header.bytes, at)) };
        continue;
      }
      const name = extended.name ?? header.name;
      extended = {};
      const rest = { bytes, padding: -bytes & (TAR_BLOCK_BYTES - 1) };
      if (REGULAR.includes(header.type) && !name.endsWith('/')) {
        const content = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
          try {
            yield* readRest(input, rest, at);
          } catch (error) {
            failed = true;
            throw error;
          }
        };
        yield { name, bytes, content: content() };
        if (failed) return;
      }
      for await (const _ of readRest(input, rest, at));
      if (rest.padding > 0 && (await input.take(rest.padding)) === undefined) throw endsInside(at);
    }
  } finally {
    await input.close();
  }
}

/** Whether bytes are the beginning of a tar: its first header, {@link TAR_BLOCK_BYTES} long. */
export function isTarStart(bytes: Uint8Array): boolean {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return block.length >= TAR_BLOCK_BYTES && block[0] !== 0 && hasChecksum(block.subarray(0, TAR_BLOCK_BYTES));
}

/** Type flags of regular files: POSIX's, the oldest tars' (NUL), and contiguous files. */
const REGULAR = ['0', '\0', '7'];

/** What headers of their own say of the member that follows. */
interface Extended {
  name?: string;
  bytes?: number;
}

interface Header extends Required<Extended> {
  readonly type: string;
}

function parseHeader(block: Buffer, at: number): Header {
  if (!hasChecksum(block)) throw new TarError('ERR_CORRUPT', at, 'not a header');
  const bytes = readNumber(block.subarray(124, 136));
  if (bytes === undefined) throw new TarError('ERR_CORRUPT', at, 'a size that is no number');
  const type = block.toString('latin1', 156, 157);
  // GNU has other things where POSIX has the prefix.
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? readText(block.subarray(345, 500)) : '';
  const name = readText(block.subarray(0, 100));
  // Links, devices and folders have no content, whatever the size says.
  return { name: prefix === '' ? name : `${prefix}/${name}`, bytes: '123456'.includes(type) ? 0 : bytes, type };
}

/** The sum of all bytes, those of the sum itself counted as blanks. */
function hasChecksum(block: Buffer): boolean {
  const stored = readNumber(block.subarray(148, 156));
  let sum = 8 * 0x20;
  for (let i = 0; i < block.length; i++) if (i < 148 || i >= 156) sum += block[i] ?? 0;
  return sum === stored;
}

/** Octal digits, or GNU's binary numbers. */
function readNumber(field: Buffer): number | undefined {
  const first = field[0] ?? 0;
  if (first === 0x80) {
    const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const text = readText(field).trim();
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

function readText(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? field.length : end);
}

async function readExtended(input: ByteQueue, type: string, bytes: number, at: number): Promise<Extended> {
  if (bytes > MAX_EXTENDED_BYTES) throw new TarError('ERR_CORRUPT', at, `an extended header of ${bytes} bytes`);
  const content = await input.take(bytes);
  if (content === undefined) throw endsInside(at);
  if ((await input.take(-bytes & (TAR_BLOCK_BYTES - 1))) === undefined) throw endsInside(at);
  if (type === 'L') return { name: readText(content) };
  return type === 'x' ? readPax(content, at) : {};
}

/** Records of the form `LENGTH KEY=VALUE\n`; the length counts all of it. */
function readPax(content: Buffer, at: number): Extended {
  const extended: Extended = {};
  const bad = (): TarError => new TarError('ERR_CORRUPT', at, 'a pax header that is none');
  for (let start = 0; start < content.length; ) {
    const blank = content.indexOf(0x20, start);
    const length = blank === -1 ? Number.NaN : Number(content.toString('latin1', start, blank));
    if (!Number.isSafeInteger(length) || length <= blank - start + 1 || start + length > content.length) throw bad();
    const record = content.toString('utf8', blank + 1, start + length - 1);
    const [, key, value = ''] = /^([^=]*)=(.*)$/s.exec(record) ?? [];
    if (key === 'path') extended.name = value;
    if (key === 'size') {
      if (!/^\d{1,15}$/.test(value)) throw bad();
      extended.bytes = Number(value);
    }
    start += length;
  }
  return extended;
}

async function* readRest(
  input: ByteQueue,
  rest: { bytes: number },
  at: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  while (rest.bytes > 0) {
    const piece = await input.takeSome(Math.min(rest.bytes, PIECE_BYTES));
    if (piece === undefined) throw endsInside(at);
    rest.bytes -= piece.length;
    yield piece;
  }
}

function endsInside(at: number): TarError {
  return new TarError('ERR_CUT', at, 'input ends inside a member');
}

function isZero(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}
