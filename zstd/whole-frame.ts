import { ZstdError } from './error.js';
import {
  BLOCK_HEADER_BYTES,
  CHECKSUM_BYTES,
  MAX_BLOCK_BYTES,
  parseBlockHeader,
  parseFrameHeader,
} from './frame-format.js';

/** Maximum content of frames that are decoded together, in bytes. */
export const MAX_AT_ONCE_BYTES = 4 * 1024 * 1024;

/** Dimensions of a complete frame. */
export interface WholeFrame {
  /** Length, bytes. */
  readonly length: number;
  /** Upper bound of its content, bytes. */
  readonly bound: number;
  readonly hasChecksum: boolean;
}

/**
 * Returns the dimensions of the frame at the start of `bytes`; undefined when the frame is incomplete or
 * its window is too long.
 */
export function wholeFrame(bytes: Buffer, maxWindowBytes: number): WholeFrame | undefined {
  try {
    const header = parseFrameHeader(bytes, 0, maxWindowBytes);
    if (header?.kind !== 'frame') return undefined;
    let at = header.headerBytes;
    for (let bound = MAX_BLOCK_BYTES; ; bound += MAX_BLOCK_BYTES) {
      if (at + BLOCK_HEADER_BYTES > bytes.length) return undefined;
      const { last, storedBytes } = parseBlockHeader(bytes, at, 0);
      at += BLOCK_HEADER_BYTES + storedBytes;
      if (!last) continue;
      const { hasChecksum } = header;
      if (hasChecksum) at += CHECKSUM_BYTES;
      return at > bytes.length ? undefined : { length: at, bound, hasChecksum };
    }
  } catch (error) {
    // decompressFrames() finds the same fault, and reports where.
    if (error instanceof ZstdError) return undefined;
    throw error;
  }
}
