import { Readable } from 'node:stream';
import { decompressFrames } from '../zstd/index.js';
import type { Compress } from './compress.js';
import type { Frame } from './job.js';

/**
 * A frame of the same lines behind another metadata line. Seldom needed: when a name was taken, or when a file could not
 * be gone on with.
 * @throws what the compressor throws
 */
export async function withMetadata(frame: Frame, line: Buffer, compress: Compress): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of decompressFrames(Readable.from([frame.bytes]))) pieces.push(Buffer.from(piece));
  const content = Buffer.concat(pieces);
  // Up to its first newline stands the line that is replaced, if it has one.
  const lines = frame.sequence === undefined ? content : content.subarray(content.indexOf('\n') + 1);
  return await compress([line, lines]);
}
