import type { Compress, Decompress } from './create-compressor.js';
import type { Frame } from './job.js';

/**
 * Returns a frame with the same lines after another metadata line. Rarely needed: when a file name was taken, or when
 * the lines have to go to another file.
 * @throws any error of the compressor or the decompressor
 */
export async function withMetadata(
  frame: Frame,
  line: Buffer,
  compress: Compress,
  decompress: Decompress,
): Promise<Buffer> {
  const content = await decompress(frame.bytes);
  // If the frame has a metadata line, it is the first line: replace it.
  const lines = frame.sequence === undefined ? content : content.subarray(content.indexOf('\n') + 1);
  return await compress([line, lines]);
}
