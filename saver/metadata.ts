import { Readable } from 'node:stream';
import { decompressFrames } from '../zstd/index.js';
import type { Compress } from './compress.js';
import type { Frame } from './job.js';

/**
 * Returns a frame with the same lines after another metadata line. Rarely needed: when a file name was taken, or when
 * the lines have to go to another file.
 * @throws any error of the compressor
 */
export async function withMetadata(frame: Frame, line: Buffer, compress: Compress): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of decompressFrames(Readable.from([frame.bytes]))) pieces.push(Buffer.from(piece));
  const content = Buffer.concat(pieces);
  // If the frame has a metadata line, it is the first line: replace it.
  const lines = frame.sequence === undefined ? content : content.subarray(content.indexOf('\n') + 1);
  return await compress([line, lines]);
}
