import type { FileHandle } from 'node:fs/promises';

/** Bytes asked of a file at once. */
const READ_BYTES = 256 * 1024;

/** The bytes of a file from `start` up to `end`, or to where the file ends before. Each chunk is a buffer of its own. */
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
