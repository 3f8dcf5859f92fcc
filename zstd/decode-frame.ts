import { BlockDecoder } from './block-decoder.js';
import { BlockError } from './block-error.js';
import { ByteQueue } from './byte-queue.js';
import { ZstdError } from './error.js';
import {
  BLOCK_HEADER_BYTES,
  CHECKSUM_BYTES,
  type FrameHeader,
  hasChecksum,
  parseBlockHeader,
  parseFrameHeader,
} from './frame-format.js';
import { zstdLibrary } from './library.js';
import { takeTurns } from './turn.js';
import { xxh64 } from './xxh64.js';

/** Header of a frame with content. */
export type DataFrameHeader = Extract<FrameHeader, { kind: 'frame' }>;

/**
 * Decompresses a complete frame at once, with the native library if available and if the frame has a checksum. Made-up
 * blocks can make libzstd before 1.6.0 return old content of its memory (CVE-2026-124851), but not with the checksum of
 * that content.
 * @throws ZstdError
 */
export async function decompressWhole(frame: Buffer, at: number): Promise<Buffer> {
  const library = zstdLibrary();
  if (library === undefined || !hasChecksum(frame)) return await decompressSlowly(frame, at);
  try {
    return await library.decompress(frame);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const code = /checksum/i.test(reason) ? 'ERR_CHECKSUM' : 'ERR_CORRUPT';
    throw new ZstdError(code, at, reason.replace(/^zstd: /, ''), { cause });
  }
}

/**
 * Decompresses a complete frame without the native library: five times slower, with the same result.
 * @throws ZstdError
 */
export async function decompressSlowly(frame: Buffer, at: number): Promise<Buffer> {
  const header = parseFrameHeader(frame, at);
  if (header?.kind !== 'frame') throw truncated(at);
  const input = new ByteQueue(inOnePiece(frame.subarray(header.headerBytes)));
  const pieces: Buffer[] = [];
  for await (const content of decodeBlocks(blocks(input, at), header, at)) pieces.push(content);
  const content = Buffer.concat(pieces);
  if (header.hasChecksum) requireChecksum(await taken(input, CHECKSUM_BYTES, at), xxh64(content), at);
  return content;
}

async function* inOnePiece(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes;
}

/**
 * Decodes a frame block by block in JavaScript, without checking its checksum.
 * @throws ZstdError
 */
export async function* decodeBlocks(
  frame: AsyncIterable<Buffer>,
  { windowBytes }: DataFrameHeader,
  at: number,
): AsyncGenerator<Buffer, void, undefined> {
  const decoder = new BlockDecoder(windowBytes);
  for await (const block of frame) {
    let content: Buffer;
    try {
      content = decoder.decode(block);
    } catch (cause) {
      if (!(cause instanceof BlockError)) throw cause;
      throw new ZstdError('ERR_CORRUPT', at, cause.message, { cause });
    }
    if (content.length > 0) yield content;
    const turn = takeTurns();
    if (turn !== undefined) await turn;
  }
}

/**
 * Yields the blocks of a frame: those already read, then the rest.
 * @throws ZstdError
 */
export async function* blocks(
  input: ByteQueue,
  at: number,
  begun: readonly Buffer[] = [],
  isAll = false,
): AsyncGenerator<Buffer, void, undefined> {
  yield* begun;
  for (let last = isAll; !last; ) {
    const block = await readBlock(input, at);
    last = block.last;
    yield block.bytes;
  }
}

/**
 * Reads one block with its header.
 * @throws ZstdError
 */
export async function readBlock(input: ByteQueue, at: number): Promise<{ bytes: Buffer; last: boolean }> {
  const head = await input.peek(BLOCK_HEADER_BYTES);
  if (head.length < BLOCK_HEADER_BYTES) throw truncated(at);
  const { last, storedBytes } = parseBlockHeader(head, 0, at);
  return { bytes: await taken(input, BLOCK_HEADER_BYTES + storedBytes, at), last };
}

/**
 * Takes exactly `count` bytes of a frame.
 * @throws ZstdError when the input ends before
 */
export async function taken(input: ByteQueue, count: number, at: number): Promise<Buffer> {
  const bytes = await input.take(count);
  if (bytes === undefined) throw truncated(at);
  return bytes;
}

/**
 * Compares the checksum stored in a frame with that of its content.
 * @throws ZstdError `ERR_CHECKSUM`
 */
export function requireChecksum(stored: Buffer, hash: bigint, at: number): void {
  if (stored.readUInt32LE(0) === Number(hash & 0xffffffffn)) return;
  throw new ZstdError('ERR_CHECKSUM', at, 'checksum does not match the content');
}

/** Creates the error for an input that ends inside the frame that begins at `at`. */
export function truncated(at: number): ZstdError {
  return new ZstdError('ERR_TRUNCATED', at, 'input ends inside the frame');
}
