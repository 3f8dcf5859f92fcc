import { type CompressThread, loadNetlink } from '../native/index.js';
import { canCompress, compressFrame } from '../zstd/index.js';

/** Compresses pieces, one behind the other, to one frame. They must not change until the promise settles. */
export type Compress = (pieces: readonly Buffer[]) => Promise<Buffer>;

/** What compresses archives. */
export interface ArchiveCompressor {
  readonly compress: Compress;
  /** Whose work it is, for the log: `libzstd 1.5.4`, or `@mongodb-js/zstd`. */
  readonly name: string;
}

/** Nothing here can write zstd. */
export class CompressorError extends Error {
  override readonly name = 'CompressorError';
  readonly code = 'ERR_COMPRESSOR';

  constructor() {
    super(
      'compress archives: neither the system has libzstd.so.1 nor the installation @mongodb-js/zstd: install the ' +
        'package libzstd1 (or libzstd, zstd-libs), or let npm install optional dependencies',
    );
  }
}

/** The level that the zstd program has by default, and so the reference. */
const LEVEL = 3;

/**
 * The system's libzstd on a thread of its own, or where there is none the library that every installation brings, on
 * libuv's pool. Both write the same format; a call to the pool costs this thread about ten times as much, which tells
 * where connections are short.
 * @throws CompressorError where there is neither; what {@link loadNetlink} throws, and an Error with code `ERR_THREAD`
 */
export function createCompressor(): ArchiveCompressor {
  const thread = startThread();
  if (thread === undefined) {
    if (!canCompress()) throw new CompressorError();
    return { compress: (pieces) => compressFrame(Buffer.concat(pieces)), name: '@mongodb-js/zstd' };
  }
  return { compress: (pieces) => thread.compress(pieces), name: `libzstd ${thread.version}` };
}

function startThread(): CompressThread | undefined {
  try {
    return new (loadNetlink().CompressThread)(LEVEL);
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ERR_LIBRARY') return undefined;
    throw error;
  }
}
