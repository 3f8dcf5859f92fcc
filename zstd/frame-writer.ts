import { STREAM_WINDOW_BYTES, toStreamFrame } from './frame-format.js';
import { zstdLibrary, zstdLibraryFailure } from './library.js';
import { xxh64 } from './xxh64.js';

/** Maximum content of one frame, in bytes: the size of its window. */
export const MAX_FRAME_CONTENT_BYTES = STREAM_WINDOW_BYTES;

/** Returns whether {@link compressFrame} has a compressor. */
export function canCompress(): boolean {
  return zstdLibrary() !== undefined;
}

/**
 * Compresses `content` at level 3, on libuv's thread pool, to one zstd frame with a checksum and no content size (first
 * bytes `28 b5 2f fd 04 58`). A concatenation of frames is a `.zst` file.
 * @param content 1 to {@link MAX_FRAME_CONTENT_BYTES} bytes; must not change until the promise settles
 * @throws RangeError for any other length; Error without the library (see {@link canCompress}); errors of the
 *   compressor (out of memory)
 */
export async function compressFrame(content: Buffer): Promise<Buffer> {
  if (content.length === 0 || content.length > MAX_FRAME_CONTENT_BYTES) {
    throw new RangeError(`frame content of ${content.length} bytes, expected 1 to ${MAX_FRAME_CONTENT_BYTES}`);
  }
  const library = zstdLibrary();
  if (library === undefined) {
    throw new Error('compress frame: @mongodb-js/zstd cannot be loaded', { cause: zstdLibraryFailure() });
  }
  return toStreamFrame(await library.compress(content), xxh64(content));
}
