import { STREAM_KINDS, STREAM_VERSION, type StreamKind } from './kinds.js';

/** Number of a skippable frame (RFC 8878 §3.1.2): every zstd reader skips it. */
const MAGIC = 0x18_4d_2a_50;
const HEADER_BYTES = 8;
/** Bytes of text, padded with spaces, so that a reader knows where the trailer begins. */
const TEXT_BYTES = 248;

/** Length of a trailer, bytes. */
export const TRAILER_BYTES: number = HEADER_BYTES + TEXT_BYTES;

/** Statement about a finished segment, in its last frame. */
export interface SegmentTrailer {
  readonly kind: StreamKind;
  /** Start of the collector that wrote it, as in its name. */
  readonly epoch: string;
  /** Number of its first frame. */
  readonly first: number;
  /** Number of its frames, without the trailer. */
  readonly frames: number;
  /** Number of its lines. */
  readonly rows: number;
}

/** Encodes a trailer as a skippable frame with JSON in it. */
export function encodeTrailer({ kind, epoch, first, frames, rows }: SegmentTrailer): Buffer {
  const bytes = Buffer.alloc(TRAILER_BYTES, ' ');
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(TEXT_BYTES, 4);
  bytes.write(JSON.stringify({ v: STREAM_VERSION, kind, epoch, first, frames, rows }), HEADER_BYTES, 'latin1');
  return bytes;
}

/** Decodes the last {@link TRAILER_BYTES} of a segment; undefined if they are not a trailer. */
export function decodeTrailer(bytes: Buffer): SegmentTrailer | undefined {
  if (bytes.length !== TRAILER_BYTES || bytes.readUInt32LE(0) !== MAGIC) return undefined;
  if (bytes.readUInt32LE(4) !== TEXT_BYTES) return undefined;
  const value = parse(bytes.toString('latin1', HEADER_BYTES));
  if (typeof value !== 'object' || value === null) return undefined;
  const { v, kind, epoch, first, frames, rows } = value as Record<string, unknown>;
  const known = STREAM_KINDS.find((each) => each === kind);
  if (v !== STREAM_VERSION || known === undefined || typeof epoch !== 'string') return undefined;
  if (!isCount(first) || !isCount(frames) || !isCount(rows)) return undefined;
  return { kind: known, epoch, first, frames, rows };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Parses JSON; undefined for any other text, which a frame of another program may have. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
