import { ZstdError } from './error.js';
import {
  BLOCK_HEADER_BYTES,
  CHECKSUM_BYTES,
  MAX_BLOCK_BYTES,
  parseBlockHeader,
  parseFrameHeader,
} from './frame-format.js';

/** Content of the frames that are decoded at the same time, at most. */
export const MAX_AT_ONCE_BYTES = 4 * 1024 * 1024;

/**
 * Length of the frame at the start of `bytes`, and what its content cannot exceed; undefined when it is not all there, or
 * its window is longer.
 */
export function wholeFrame(
  bytes: Buffer,
  maxWindowBytes: number,
): { readonly length: number; readonly bound: number } | undefined {
  try {
    const header = parseFrameHeader(bytes, 0, maxWindowBytes);
    if (header?.kind !== 'frame') return undefined;
    let at = header.headerBytes;
    for (let bound = MAX_BLOCK_BYTES; ; bound += MAX_BLOCK_BYTES) {
      if (at + BLOCK_HEADER_BYTES > bytes.length) return undefined;
      const { last, storedBytes } = parseBlockHeader(bytes, at, 0);
      at += BLOCK_HEADER_BYTES + storedBytes;
      if (!last) continue;
      if (header.hasChecksum) at += CHECKSUM_BYTES;
      return at > bytes.length ? undefined : { length: at, bound };
    }
  } catch (error) {
    // The careful way comes upon the same, and says where.
    if (error instanceof ZstdError) return undefined;
    throw error;
  }
}
