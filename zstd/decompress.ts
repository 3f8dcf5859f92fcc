import { ByteQueue } from './byte-queue.js';
import {
  blocks,
  type DataFrameHeader,
  decodeBlocks,
  decompressWhole,
  readBlock,
  requireChecksum,
  taken,
  truncated,
} from './decode-frame.js';
import {
  CHECKSUM_BYTES,
  type FrameHeader,
  MAX_BLOCK_BYTES,
  MAX_FRAME_HEADER_BYTES,
  MAX_WINDOW_BYTES,
  parseFrameHeader,
} from './frame-format.js';
import { ByteSpool } from './spool.js';
import { MAX_AT_ONCE_BYTES, wholeFrame } from './whole-frame.js';
import { createXxh64 } from './xxh64.js';

/**
 * Maximum content of a frame that is decoded at once by the native library, which also checks the checksum. It includes
 * the longest archives of m-lab/tcp-info, single frames of about 100 MB. Block by block takes several times as long.
 */
const WHOLE_FRAME_BYTES = 128 * 1024 * 1024;

/** Options of {@link decompressFrames}. */
export interface DecompressOptions {
  /** Maximum content of a frame that is decoded at once, in memory (default 128 MiB). */
  readonly wholeFrameBytes?: number;
  /** Maximum window of a frame, which takes as much memory (default 128 MiB, as in the zstd program). */
  readonly maxWindowBytes?: number;
}

/** Event of {@link readFrames}: a piece of a frame's content, or the end of a complete frame. */
export type FrameEvent =
  | { readonly kind: 'content'; readonly content: Buffer }
  /** Offsets of the frame's first byte and of the byte after its last, in the compressed input. */
  | { readonly kind: 'end'; readonly start: number; readonly end: number };

/**
 * Decompresses concatenated zstd frames. If a frame has a checksum, its content is yielded only after the checksum was
 * verified.
 *
 * A frame with at most 128 MiB of content is decoded at once. A longer frame with a checksum is decoded twice, block by
 * block: once for the checksum, once for the content. In between its compressed form is kept, up to 32 MiB in memory
 * and beyond that in a temporary file. So memory is bounded by 128 MiB, for one frame or its window, for files and
 * pipes of any length.
 * @throws ZstdError at the first frame that cannot be read; everything before it has been yielded
 */
export async function* decompressFrames(
  source: AsyncIterable<Uint8Array>,
  options?: DecompressOptions,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const event of readFrames(source, options)) if (event.kind === 'content') yield event.content;
}

/** Decompresses as {@link decompressFrames}, and reports where frames end. Skippable frames have no content. */
export async function* readFrames(
  source: AsyncIterable<Uint8Array>,
  { wholeFrameBytes = WHOLE_FRAME_BYTES, maxWindowBytes = MAX_WINDOW_BYTES }: DecompressOptions = {},
): AsyncGenerator<FrameEvent, void, undefined> {
  const input = new ByteQueue(source);
  try {
    for (;;) {
      yield* readFramesAtHand(input, {
        wholeFrameBytes: Math.min(MAX_AT_ONCE_BYTES, wholeFrameBytes),
        // The native library accepts only windows that the zstd program accepts.
        maxWindowBytes: Math.min(MAX_WINDOW_BYTES, maxWindowBytes),
      });
      const at = input.consumed;
      const start = await input.peek(MAX_FRAME_HEADER_BYTES);
      if (start.length === 0) return;
      const header = parseFrameHeader(start, at, maxWindowBytes);
      if (header === undefined) throw truncated(at);
      const pieces =
        header.kind === 'skippable' ? skip(input, header, at) : readFrame(input, header, at, wholeFrameBytes);
      for await (const content of pieces) yield { kind: 'content', content };
      yield { kind: 'end', start: at, end: input.consumed };
    }
  } finally {
    await input.close();
  }
}

/**
 * Reads small frames that have already arrived completely. The thread pool decodes them while the caller reads the
 * first ones. All other frames, including damaged ones, are left to {@link readFrame}.
 */
async function* readFramesAtHand(
  input: ByteQueue,
  { wholeFrameBytes: maxBytes, maxWindowBytes }: Required<DecompressOptions>,
): AsyncGenerator<FrameEvent, void, undefined> {
  for (;;) {
    const begun: { readonly start: number; readonly end: number; readonly content: Promise<Buffer> }[] = [];
    for (let bound = 0; bound < maxBytes; ) {
      const frame = wholeFrame(input.front, maxWindowBytes);
      if (frame === undefined || frame.bound > maxBytes) break;
      bound += frame.bound;
      const start = input.consumed;
      const content = decompressWhole(input.front.subarray(0, frame.length), start);
      // It is awaited below; until then a failure must not count as unhandled.
      content.catch(() => undefined);
      input.drop(frame.length);
      begun.push({ start, end: input.consumed, content });
    }
    if (begun.length === 0) return;
    for (const { start, end, content } of begun) {
      const bytes = await content;
      if (bytes.length > 0) yield { kind: 'content', content: bytes };
      yield { kind: 'end', start, end };
    }
  }
}

type SkippableHeader = Extract<FrameHeader, { kind: 'skippable' }>;

// biome-ignore lint/correctness/useYield: a generator so that both kinds of frame are consumed alike
async function* skip(input: ByteQueue, header: SkippableHeader, at: number): AsyncGenerator<Buffer, void, undefined> {
  await input.take(header.headerBytes);
  for (let left = header.contentBytes; left > 0; ) {
    const piece = await input.takeSome(left);
    if (piece === undefined) throw truncated(at);
    left -= piece.length;
  }
}

async function* readFrame(
  input: ByteQueue,
  header: DataFrameHeader,
  at: number,
  wholeFrameBytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  const start = await taken(input, header.headerBytes, at);
  const begun: Buffer[] = [];
  let bound = 0;
  for (let last = false; !last; ) {
    const block = await readBlock(input, at);
    begun.push(block.bytes);
    last = block.last;
    bound += MAX_BLOCK_BYTES;
    // The native library accepts only windows that the zstd program accepts.
    if (bound > wholeFrameBytes || header.windowBytes > MAX_WINDOW_BYTES) {
      const rest = blocks(input, at, begun, last);
      yield* header.hasChecksum ? verifyThenDecode(input, header, at, rest) : decodeBlocks(rest, header, at);
      return;
    }
  }
  const checksum = header.hasChecksum ? [await taken(input, CHECKSUM_BYTES, at)] : [];
  const content = await decompressWhole(Buffer.concat([start, ...begun, ...checksum]), at);
  if (content.length > 0) yield content;
}

/** Decodes a long frame twice: for its checksum, then for its content. */
async function* verifyThenDecode(
  input: ByteQueue,
  header: DataFrameHeader,
  at: number,
  frame: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  const spool = new ByteSpool();
  try {
    const kept = async function* (): AsyncGenerator<Buffer, void, undefined> {
      for await (const block of frame) {
        await spool.add(block);
        yield block;
      }
    };
    const hash = createXxh64();
    for await (const content of decodeBlocks(kept(), header, at)) hash.update(content);
    requireChecksum(await taken(input, CHECKSUM_BYTES, at), hash.digest(), at);
    yield* decodeBlocks(blocks(new ByteQueue(spool.read()), at), header, at);
  } finally {
    await spool.close();
  }
}
