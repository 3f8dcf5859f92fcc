import type { FileHandle } from 'node:fs/promises';

/** Maximum number of bytes per read. */
const READ_BYTES = 256 * 1024;

/** Reads a file from `start` to `end`, or to the end of the file if that comes first. Each chunk is a new buffer. */
export async function* readRange(
  file: FileHandle,
  start: number,
  end: number,
): AsyncGenerator<Buffer, void, undefined> {
  for (let at = start; at < end; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(READ_BYTES, end - at)), { position: at });
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
