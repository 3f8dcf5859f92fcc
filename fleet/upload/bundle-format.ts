import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { compressFrame, MAX_FRAME_CONTENT_BYTES } from '../../zstd/index.js';

/** Formats of bundles: tars, each member compressed by itself. */
export const BUNDLE_FORMATS = ['tar.zst', 'tgz'] as const;
/** One of {@link BUNDLE_FORMATS}. */
export type BundleFormat = (typeof BUNDLE_FORMATS)[number];

/** Longest piece that is compressed at once. */
export const PIECE_BYTES: number = MAX_FRAME_CONTENT_BYTES;

const gzipped = promisify(gzip);

/**
 * Compresses a piece of a bundle to a frame (RFC 8878) or a gzip member (RFC 1952) that can be read without any other:
 * both formats are read as the sum of their frames or members.
 * @param piece 1 to {@link PIECE_BYTES} bytes
 */
export async function packPiece(format: BundleFormat, piece: Buffer): Promise<Buffer> {
  // Archives are compressed already: only the header and the padding become smaller.
  return format === 'tar.zst' ? await compressFrame(piece) : await gzipped(piece, { level: 1 });
}
