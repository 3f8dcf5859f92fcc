import { open, readdir } from 'node:fs/promises';
import { RecorderError } from './recorder-error.js';
import { TAR_END, tarHeader, tarPadding } from './tar.js';

const PIECE_BYTES = 64 * 1024;

/**
 * Reads a complete recording as a tar archive, piece by piece.
 * @param path absolute path of the recording
 * @param name name of the folder in the archive
 * @throws RecorderError by rejection, also if a file changes meanwhile: it was deleted
 */
export async function* packRecording(path: string, name: string): AsyncGenerator<Buffer, void, undefined> {
  try {
    for (const file of (await readdir(path)).sort()) yield* packFile(`${path}/${file}`, `${name}/${file}`);
  } catch (error) {
    throw error instanceof RecorderError ? error : new RecorderError('read', path, error);
  }
  yield TAR_END;
}

async function* packFile(path: string, name: string): AsyncGenerator<Buffer, void, undefined> {
  const file = await open(path, 'r');
  try {
    const { size, mode, mtimeMs } = await file.stat();
    yield tarHeader({ name, bytes: size, mode: mode & 0o777, mtimeSec: Math.floor(mtimeMs / 1000) });
    let left = size;
    while (left > 0) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(left, PIECE_BYTES)), 0);
      if (bytesRead === 0) throw new RecorderError('read', path, 'is shorter than it was');
      left -= bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    yield tarPadding(size);
  } finally {
    await file.close();
  }
}
