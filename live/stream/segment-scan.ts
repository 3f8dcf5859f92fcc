import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { readFrames, ZstdError } from '../../zstd/index.js';
import { decodeTrailer, type SegmentTrailer, TRAILER_BYTES } from './segment-trailer.js';

const NEWLINE = 0x0a;

/** Whole frames at the beginning of a segment. */
export interface ScannedSegment {
  /** End of the last whole frame with lines, bytes. */
  readonly bytes: number;
  readonly frames: number;
  readonly rows: number;
}

/**
 * Reads a segment's frames up to the first that is cut or damaged. A trailer is not one of them.
 * @throws the system's error
 */
export async function scanSegment(path: string): Promise<ScannedSegment> {
  let [bytes, frames, rows, lines] = [0, 0, 0, 0];
  try {
    for await (const event of readFrames(createReadStream(path))) {
      if (event.kind === 'content') {
        lines += countLines(event.content);
        continue;
      }
      // Only a trailer has no content.
      if (lines === 0) break;
      bytes = event.end;
      frames++;
      rows += lines;
      lines = 0;
    }
  } catch (error) {
    if (!(error instanceof ZstdError)) throw error;
  }
  return { bytes, frames, rows };
}

/**
 * Reads the trailer of a segment; undefined if it has none.
 * @throws the system's error
 */
export async function readTrailer(path: string): Promise<SegmentTrailer | undefined> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size < TRAILER_BYTES) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(TRAILER_BYTES), 0, TRAILER_BYTES, size - TRAILER_BYTES);
    return decodeTrailer(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** Returns the number of newlines. */
export function countLines(content: Buffer): number {
  let lines = 0;
  for (let at = content.indexOf(NEWLINE); at >= 0; at = content.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}
