import zstd from '@mongodb-js/zstd';
import { Decompress } from 'fzstd';
import { ZstdError } from './error.js';
import {
  BLOCK_HEADER_BYTES,
  CHECKSUM_BYTES,
  type FrameHeader,
  MAX_BLOCK_BYTES,
  MAX_FRAME_HEADER_BYTES,
  parseBlockHeader,
  parseFrameHeader,
} from './frame-format.js';
import { createXxh64 } from './xxh64.js';

/** A frame that cannot decode to more than this is decoded in one piece, after which its checksum is known. */
const WHOLE_FRAME_BYTES = 16 * 1024 * 1024;

/** Reads exact byte counts from a stream of chunks. */
class ByteQueue {
  #chunks: Buffer[] = [];
  #available = 0;
  #consumed = 0;
  readonly #source: AsyncIterator<Uint8Array>;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Bytes taken so far. */
  get consumed(): number {
    return this.#consumed;
  }

  /** Up to `count` bytes without taking them; fewer only at the end of the input. */
  async peek(count: number): Promise<Buffer> {
    await this.#fill(count);
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return (this.#chunks[0] ?? Buffer.alloc(0)).subarray(0, count);
  }

  /** Takes exactly `count` bytes, or returns undefined when the input ends before. */
  async take(count: number): Promise<Buffer | undefined> {
    const bytes = await this.peek(count);
    if (bytes.length < count) return undefined;
    const first = this.#chunks[0];
    if (first !== undefined) this.#chunks[0] = first.subarray(count);
    this.#available -= count;
    this.#consumed += count;
    return bytes;
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #fill(count: number): Promise<void> {
    while (this.#available < count) {
      const next = await this.#source.next();
      if (next.done) return;
      const { buffer, byteOffset, byteLength } = next.value;
      this.#chunks.push(Buffer.from(buffer, byteOffset, byteLength));
      this.#available += byteLength;
    }
  }
}

/** What {@link readFrames} comes upon: some of a frame's content, or the end of a whole frame. */
export type FrameEvent =
  | { readonly kind: 'content'; readonly content: Buffer }
  /** Offsets in the compressed input: of the frame's first byte, and of the first behind it. */
  | { readonly kind: 'end'; readonly start: number; readonly end: number };

/**
 * Decompresses concatenated zstd frames, verifying the checksum of each frame that carries one. Memory is bounded by one
 * frame of 16 MiB or, for longer ones, by the frame's window (at most 128 MiB).
 *
 * A frame that decodes to at most 16 MiB is yielded only after its checksum held; of a longer one, pieces are yielded
 * as they come and a wrong checksum is thrown at its end.
 * @throws ZstdError at the first frame that cannot be read; everything before it has been yielded
 */
export async function* decompressFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  for await (const event of readFrames(source)) if (event.kind === 'content') yield event.content;
}

/** As {@link decompressFrames}, and says where frames end; skippable ones are frames without content. */
export async function* readFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<FrameEvent, void, undefined> {
  const input = new ByteQueue(source);
  try {
    for (;;) {
      const at = input.consumed;
      const start = await input.peek(MAX_FRAME_HEADER_BYTES);
      if (start.length === 0) return;
      const header = parseFrameHeader(start, at);
      if (header === undefined) throw truncated(at);
      const pieces = header.kind === 'skippable' ? skip(input, header, at) : readFrame(input, header, at);
      for await (const content of pieces) yield { kind: 'content', content };
      yield { kind: 'end', start: at, end: input.consumed };
    }
  } finally {
    await input.close();
  }
}

function truncated(at: number): ZstdError {
  return new ZstdError('ERR_TRUNCATED', at, 'input ends inside the frame');
}

type DataFrameHeader = Extract<FrameHeader, { kind: 'frame' }>;
type SkippableHeader = Extract<FrameHeader, { kind: 'skippable' }>;

// biome-ignore lint/correctness/useYield: a generator so that both kinds of frame are consumed alike
async function* skip(input: ByteQueue, header: SkippableHeader, at: number): AsyncGenerator<Buffer, void, undefined> {
  await input.take(header.headerBytes);
  for (let left = header.contentBytes; left > 0; ) {
    const piece = await input.take(Math.min(left, MAX_BLOCK_BYTES));
    if (piece === undefined) throw truncated(at);
    left -= piece.length;
  }
}

async function* readFrame(
  input: ByteQueue,
  header: DataFrameHeader,
  at: number,
): AsyncGenerator<Buffer, void, undefined> {
  const pieces: Buffer[] = [await taken(input, header.headerBytes, at)];
  let bound = 0;
  for (let last = false; !last; ) {
    const block = await readBlock(input, at);
    pieces.push(...block.pieces);
    last = block.last;
    bound += MAX_BLOCK_BYTES;
    if (bound > WHOLE_FRAME_BYTES && !last) {
      yield* streamFrame(input, header, at, pieces);
      return;
    }
  }
  if (header.hasChecksum) pieces.push(await taken(input, CHECKSUM_BYTES, at));
  const content = await decompressWhole(Buffer.concat(pieces), at);
  if (content.length > 0) yield content;
}

async function taken(input: ByteQueue, count: number, at: number): Promise<Buffer> {
  const bytes = await input.take(count);
  if (bytes === undefined) throw truncated(at);
  return bytes;
}

async function readBlock(input: ByteQueue, at: number): Promise<{ pieces: Buffer[]; last: boolean }> {
  const head = await taken(input, BLOCK_HEADER_BYTES, at);
  const { last, storedBytes } = parseBlockHeader(head, 0, at);
  return { pieces: storedBytes === 0 ? [head] : [head, await taken(input, storedBytes, at)], last };
}

async function decompressWhole(frame: Buffer, at: number): Promise<Buffer> {
  try {
    return await zstd.decompress(frame);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const code = /checksum/i.test(reason) ? 'ERR_CHECKSUM' : 'ERR_CORRUPT';
    throw new ZstdError(code, at, reason.replace(/^zstd: /, ''), { cause });
  }
}

/** The long way: block by block through the pure JavaScript decoder, which knows no checksum. */
async function* streamFrame(
  input: ByteQueue,
  header: DataFrameHeader,
  at: number,
  begun: readonly Buffer[],
): AsyncGenerator<Buffer, void, undefined> {
  const hash = createXxh64();
  let out: Buffer[] = [];
  const decoder = new Decompress((chunk) => {
    if (chunk.length === 0) return;
    hash.update(chunk);
    out.push(Buffer.from(chunk));
  });
  const push = (bytes: Uint8Array): Buffer[] => {
    try {
      decoder.push(bytes);
    } catch (cause) {
      throw new ZstdError('ERR_CORRUPT', at, cause instanceof Error ? cause.message : String(cause), { cause });
    }
    const ready = out;
    out = [];
    return ready;
  };
  for (const piece of begun) yield* push(piece);
  for (let last = false; !last; ) {
    const block = await readBlock(input, at);
    last = block.last;
    for (const piece of block.pieces) yield* push(piece);
  }
  if (!header.hasChecksum) return;
  const stored = await taken(input, CHECKSUM_BYTES, at);
  if (stored.readUInt32LE(0) !== Number(hash.digest() & 0xffffffffn)) {
    throw new ZstdError('ERR_CHECKSUM', at, 'checksum does not match the content');
  }
}
