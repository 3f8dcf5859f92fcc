import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Limit for files of /proc and /sys: enough for a machine with thousands of processors and interrupts. */
export const KERNEL_FILE_BYTES: number = 4 * 2 ** 20;

/** Maximum time to wait for the end of a pipe or the like, milliseconds. */
const PATIENCE_MS = 2000;
const PAUSE_MS = 10;
const PIECE_BYTES = 64 * 1024;

/** Error for a file that is too large or has no end. The message does not include the path. */
export class SmallFileError extends Error {
  override readonly name = 'SmallFileError';

  constructor(
    readonly code: 'ERR_FILE_TOO_LARGE' | 'ERR_FILE_ENDLESS',
    message: string,
  ) {
    super(message);
  }
}

/** Options of {@link readSmallFile}. */
export interface SmallFileOptions {
  /** Maximum size of the file in bytes. */
  readonly maxBytes: number;
  /** Maximum time to wait for the end of a pipe, milliseconds (default: 2000). */
  readonly patienceMs?: number;
}

/**
 * Reads a small file synchronously. Size and time are limited, even if the path is an endless device or a pipe without
 * a writer.
 * @throws SmallFileError, or a system error, such as EISDIR for a folder
 */
export function readSmallFile(path: string, { maxBytes, patienceMs = PATIENCE_MS }: SmallFileOptions): Buffer {
  // Without O_NONBLOCK opening a pipe would wait for its writer.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const isPipe = fstatSync(fd).isFIFO();
    const endMs = performance.now() + patienceMs;
    const pieces: Buffer[] = [];
    for (let length = 0; length <= maxBytes; ) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, maxBytes + 1 - length));
      const bytesRead = tryRead(fd, piece);
      if (bytesRead > 0) {
        pieces.push(piece.subarray(0, bytesRead));
        length += bytesRead;
      } else if (bytesRead === 0 && !(isPipe && length === 0)) {
        return Buffer.concat(pieces);
      } else {
        // No data yet: the writer is slow, or there is no writer yet.
        if (performance.now() > endMs) throw new SmallFileError('ERR_FILE_ENDLESS', `no end within ${patienceMs} ms`);
        pause();
      }
    }
    throw new SmallFileError('ERR_FILE_TOO_LARGE', `longer than ${maxBytes} bytes`);
  } finally {
    closeSync(fd);
  }
}

/** Reads once. Returns the number of bytes; 0 at the end, -1 if there is no data yet. */
function tryRead(fd: number, piece: Buffer): number {
  try {
    return readSync(fd, piece);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return -1;
    throw error;
  }
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}
