import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** More than any file of /proc or /sys that is read here: that of a machine with thousands of processors and interrupts. */
export const KERNEL_FILE_BYTES: number = 4 * 2 ** 20;

/** How long something that is no file, such as a pipe, may take to come to its end, milliseconds. */
const PATIENCE_MS = 2000;
const PAUSE_MS = 10;
const PIECE_BYTES = 64 * 1024;

/** A file is not what was expected: larger, or without an end. The message says which, without the path. */
export class SmallFileError extends Error {
  override readonly name = 'SmallFileError';

  constructor(
    readonly code: 'ERR_FILE_TOO_LARGE' | 'ERR_FILE_ENDLESS',
    message: string,
  ) {
    super(message);
  }
}

/** How much is read, and how long for. */
export interface SmallFileOptions {
  /** More is an error. */
  readonly maxBytes: number;
  /** How long to wait for the end of a pipe, milliseconds (default: 2000). */
  readonly patienceMs?: number;
}

/**
 * Reads a file that should be small, whatever stands at the path: neither an endless device nor a pipe without a writer
 * takes more than so many bytes or so much time. Blocks.
 * @throws SmallFileError, and the system's error: of a folder EISDIR
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
        // Nothing yet: a writer is slow, or has not come.
        if (performance.now() > endMs) throw new SmallFileError('ERR_FILE_ENDLESS', `no end within ${patienceMs} ms`);
        pause();
      }
    }
    throw new SmallFileError('ERR_FILE_TOO_LARGE', `longer than ${maxBytes} bytes`);
  } finally {
    closeSync(fd);
  }
}

/** How many bytes there were; 0 at the end, -1 while there are none. */
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
