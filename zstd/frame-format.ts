/**
 * Frame format of RFC 8878 section 3.1, as used by writer and reader. All numbers are little-endian.
 *
 * `@mongodb-js/zstd` compresses and decompresses only whole buffers. So we find frames in a stream ourselves, tell damage
 * from truncation, and write headers as the `zstd` program does: with a checksum and without the content's size.
 */

import { ZstdError } from './error.js';

/** Magic number of a frame, whose first four bytes are `28 b5 2f fd`. */
export const ZSTD_MAGIC = 0xfd2fb528;
/** First four bytes of a frame. */
export const FRAME_START: Uint8Array = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** First magic number of skippable frames: 0x184d2a50 to 0x184d2a5f. */
const SKIPPABLE_MAGIC = 0x184d2a50;

/** Bits of the Frame_Header_Descriptor, RFC 8878 section 3.1.1.1.1. */
const SINGLE_SEGMENT = 0x20;
const RESERVED = 0x08;
const CHECKSUM = 0x04;

/** Maximum size of a frame header: magic, descriptor, window, 4 bytes of dictionary id, 8 bytes of content size. */
export const MAX_FRAME_HEADER_BYTES = 18;
export const BLOCK_HEADER_BYTES = 3;
export const CHECKSUM_BYTES = 4;
/** Block_Maximum_Size, RFC 8878 section 3.1.1.2.4: maximum content of a block. */
export const MAX_BLOCK_BYTES = 128 * 1024;
/** Default maximum window, as in the zstd program; the format recommends a limit of 8 MiB for decoders. */
export const MAX_WINDOW_BYTES = 128 * 1024 * 1024;

/** Parsed frame header, or the content size of a skippable frame after its 8 bytes. */
export type FrameHeader =
  | {
      readonly kind: 'frame';
      readonly headerBytes: number;
      readonly hasChecksum: boolean;
      readonly windowBytes: number;
    }
  | { readonly kind: 'skippable'; readonly headerBytes: 8; readonly contentBytes: number };

/** Block_Type, RFC 8878 section 3.1.1.2.2; 3 is reserved. */
export const BlockType = { RAW: 0, RLE: 1, COMPRESSED: 2 } as const;

/** Parsed block header. */
export interface BlockHeader {
  readonly last: boolean;
  /** One of {@link BlockType}. */
  readonly type: number;
  /** Block_Size: content size of a raw or RLE block, stored size of a compressed block, in bytes. */
  readonly size: number;
  /** Number of bytes after the 3 bytes of the header. */
  readonly storedBytes: number;
}

/**
 * Parses a frame header; undefined when `bytes` is too short.
 * @param at offset of the frame in its input, for errors
 * @param maxWindowBytes maximum window to accept
 * @throws ZstdError `ERR_CORRUPT`, `ERR_UNSUPPORTED`
 */
export function parseFrameHeader(
  bytes: Buffer,
  at: number,
  maxWindowBytes: number = MAX_WINDOW_BYTES,
): FrameHeader | undefined {
  if (bytes.length < 5) return undefined;
  const magic = bytes.readUInt32LE(0);
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
    if (bytes.length < 8) return undefined;
    return { kind: 'skippable', headerBytes: 8, contentBytes: bytes.readUInt32LE(4) };
  }
  if (magic !== ZSTD_MAGIC) throw new ZstdError('ERR_CORRUPT', at, 'not a zstd frame');
  const descriptor = bytes.readUInt8(4);
  if ((descriptor & RESERVED) !== 0) throw new ZstdError('ERR_CORRUPT', at, 'reserved bit set in the frame header');
  if ((descriptor & 3) !== 0) throw new ZstdError('ERR_UNSUPPORTED', at, 'frame needs a dictionary');
  const singleSegment = (descriptor & SINGLE_SEGMENT) !== 0;
  const contentSizeFlag = descriptor >> 6;
  const contentSizeBytes = contentSizeFlag === 0 ? (singleSegment ? 1 : 0) : 1 << contentSizeFlag;
  const headerBytes = 5 + (singleSegment ? 0 : 1) + contentSizeBytes;
  if (bytes.length < headerBytes) return undefined;
  const windowBytes = singleSegment
    ? readContentSize(bytes.subarray(headerBytes - contentSizeBytes, headerBytes))
    : windowSize(bytes.readUInt8(5));
  if (windowBytes > maxWindowBytes) {
    throw new ZstdError('ERR_UNSUPPORTED', at, `window of ${windowBytes} bytes exceeds ${maxWindowBytes}`);
  }
  return { kind: 'frame', headerBytes, hasChecksum: (descriptor & CHECKSUM) !== 0, windowBytes };
}

/** Returns whether the frame at the start of `bytes` has a checksum. */
export function hasChecksum(bytes: Buffer): boolean {
  return bytes.length > 4 && (bytes.readUInt8(4) & CHECKSUM) !== 0;
}

/** Decodes a Window_Descriptor: exponent in the upper five bits, eighths of the power of two in the lower three. */
function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function readContentSize(field: Buffer): number {
  switch (field.length) {
    case 1:
      return field.readUInt8(0);
    case 2:
      return field.readUInt16LE(0) + 256;
    case 4:
      return field.readUInt32LE(0);
    default:
      return Number(field.readBigUInt64LE(0));
  }
}

/**
 * Parses the three bytes of a block header at `offset`.
 * @throws ZstdError `ERR_CORRUPT` for the reserved block type or a block beyond the format's maximum
 */
export function parseBlockHeader(bytes: Buffer, offset: number, at: number): BlockHeader {
  const { last, type, size } = readBlockHeader(bytes, offset);
  if (type > BlockType.COMPRESSED) throw new ZstdError('ERR_CORRUPT', at, 'reserved block type');
  if (size > MAX_BLOCK_BYTES) throw new ZstdError('ERR_CORRUPT', at, `block of ${size} bytes exceeds the maximum`);
  // An RLE block stores one byte, for any number of repetitions.
  return { last, type, size, storedBytes: type === BlockType.RLE ? 1 : size };
}

/** Reads a block header at `offset` without validation; {@link parseBlockHeader} rejects invalid ones. */
export function readBlockHeader(bytes: Buffer, offset: number): Omit<BlockHeader, 'storedBytes'> {
  const header = bytes.readUIntLE(offset, BLOCK_HEADER_BYTES);
  return { last: (header & 1) === 1, type: (header >> 1) & 3, size: header >> 3 };
}

/** Frame header that `zstd` level 3 writes: only the checksum bit is set, and the window is 2 MiB. */
const STREAM_HEADER = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, CHECKSUM, 0x58]);
/** Window size in {@link STREAM_HEADER}: the maximum distance of references within a frame. */
export const STREAM_WINDOW_BYTES = windowSize(0x58);

/**
 * Replaces a frame's header with the one that the `zstd` program writes to a pipe: checksum, 2 MiB window, no content
 * size. Frames must not have a content size, because some readers size the buffer for a whole file by that of its first
 * frame.
 * @param frame one complete frame without checksum, with at most {@link STREAM_WINDOW_BYTES} of content
 * @param xxh64 XXH64 of the content with seed 0; its low 32 bits are the checksum (RFC 8878 section 3.1.1)
 */
export function toStreamFrame(frame: Buffer, xxh64: bigint): Buffer {
  const header = parseFrameHeader(frame, 0);
  if (header?.kind !== 'frame' || header.hasChecksum) {
    throw new ZstdError('ERR_UNSUPPORTED', 0, 'expected one frame without checksum');
  }
  const blocks = frame.subarray(header.headerBytes);
  const out = Buffer.allocUnsafe(STREAM_HEADER.length + blocks.length + CHECKSUM_BYTES);
  STREAM_HEADER.copy(out, 0);
  blocks.copy(out, STREAM_HEADER.length);
  out.writeUInt32LE(Number(xxh64 & 0xffffffffn), out.length - CHECKSUM_BYTES);
  return out;
}

/**
 * Creates a frame of uncompressed content, without a checksum.
 * @param content 1 to 255 bytes
 */
export function toRawFrame(content: Uint8Array): Buffer {
  const { length } = content;
  if (length === 0 || length > 0xff) throw new RangeError(`raw frame of ${length} bytes, expected 1 to 255`);
  // Content size in one byte, then one block: type 0, the last one.
  return Buffer.concat([FRAME_START, Buffer.of(SINGLE_SEGMENT, length), blockHeader(length), content]);
}

function blockHeader(bytes: number): Buffer {
  const header = Buffer.alloc(BLOCK_HEADER_BYTES);
  header.writeUIntLE((bytes << 3) | 1, 0, BLOCK_HEADER_BYTES);
  return header;
}
