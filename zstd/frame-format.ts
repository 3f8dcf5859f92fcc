import { ZstdError } from './error.js';

/** The frame format of RFC 8878 section 3.1: what the writer rewrites and the reader walks. Little-endian throughout. */

/** First four bytes of a frame, `28 b5 2f fd`. */
export const ZSTD_MAGIC = 0xfd2fb528;
/** The same as a file has them. */
export const FRAME_START: Uint8Array = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** Skippable frames carry 0x184d2a50 to 0x184d2a5f. */
const SKIPPABLE_MAGIC = 0x184d2a50;

/** Bits of the Frame_Header_Descriptor, RFC 8878 section 3.1.1.1.1. */
const SINGLE_SEGMENT = 0x20;
const RESERVED = 0x08;
const CHECKSUM = 0x04;

/** Longest frame header: magic, descriptor, window, 4 bytes of dictionary id, 8 bytes of content size. */
export const MAX_FRAME_HEADER_BYTES = 18;
export const BLOCK_HEADER_BYTES = 3;
export const CHECKSUM_BYTES = 4;
/** Block_Maximum_Size, RFC 8878 section 3.1.1.2.4: no block decodes to more. */
export const MAX_BLOCK_BYTES = 128 * 1024;
/** The decoder limit that the format recommends is 8 MiB and the zstd program's is 128 MiB; more has to be asked for. */
export const MAX_WINDOW_BYTES = 128 * 1024 * 1024;

/** A parsed frame header, or how much of a skippable frame follows its 8 bytes. */
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

/** A parsed block header. */
export interface BlockHeader {
  readonly last: boolean;
  /** One of {@link BlockType}. */
  readonly type: number;
  /** Block_Size: bytes of the content of a raw or RLE block, of the body of a compressed one. */
  readonly size: number;
  /** Bytes that follow the 3 bytes of the header. */
  readonly storedBytes: number;
}

/**
 * Parses a frame header, or returns undefined when `bytes` holds too little of it.
 * @param at offset of the frame in its input, for errors
 * @param maxWindowBytes longest window that is accepted
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

/** Window_Descriptor: exponent in the upper five bits, eighths of the power of two in the lower three. */
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
  // An RLE block stores one byte however often it repeats.
  return { last, type, size, storedBytes: type === BlockType.RLE ? 1 : size };
}

/** Reads a block header at `offset` as it is: {@link parseBlockHeader} refuses what the format does not allow. */
export function readBlockHeader(bytes: Buffer, offset: number): Omit<BlockHeader, 'storedBytes'> {
  const header = bytes.readUIntLE(offset, BLOCK_HEADER_BYTES);
  return { last: (header & 1) === 1, type: (header >> 1) & 3, size: header >> 3 };
}

/** Frame_Header_Descriptor with nothing but the checksum bit, and a window of 2 MiB: the header `zstd` level 3 writes. */
const STREAM_HEADER = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, CHECKSUM, 0x58]);
/** What {@link STREAM_HEADER}'s window descriptor says; a frame may not refer further back. */
export const STREAM_WINDOW_BYTES = windowSize(0x58);

/**
 * Gives a frame the header that the `zstd` program writes to a pipe: a checksum, a 2 MiB window, no content size.
 * Some readers size their buffer for a whole file by its first frame's content size, so no frame may state one.
 * @param frame one complete frame without checksum, of content no longer than {@link STREAM_WINDOW_BYTES}
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

/** Makes a frame of content that is not compressed, without a checksum. @param content 1 to 255 bytes */
export function toRawFrame(content: Uint8Array): Buffer {
  const { length } = content;
  if (length === 0 || length > 0xff) throw new RangeError(`raw frame of ${length} bytes, expected 1 to 255`);
  // Content size of one byte; then one block, type 0, the last one.
  return Buffer.concat([FRAME_START, Buffer.of(SINGLE_SEGMENT, length), blockHeader(length), content]);
}

function blockHeader(bytes: number): Buffer {
  const header = Buffer.alloc(BLOCK_HEADER_BYTES);
  header.writeUIntLE((bytes << 3) | 1, 0, BLOCK_HEADER_BYTES);
  return header;
}
