import { Readable } from 'node:stream';
import { type CompressThread, loadNetlink } from '../native/index.js';
import { canCompress, compressFrame, decompressFrames } from '../zstd/index.js';

/** Compresses pieces, in order, to one frame. The pieces must not change until the promise settles. */
export type Compress = (pieces: readonly Buffer[]) => Promise<Buffer>;

/** Decompresses a frame that a {@link Compress} has made. */
export type Decompress = (frame: Buffer) => Promise<Buffer>;

/** Compressor of archives. */
export interface ArchiveCompressor {
  readonly compress: Compress;
  /** Name for the log: `libzstd 1.5.4`, or `@mongodb-js/zstd`. */
  readonly name: string;
}

/** Error when no library that writes zstd is available. */
export class CompressorError extends Error {
  override readonly name = 'CompressorError';
  readonly code = 'ERR_COMPRESSOR';

  constructor() {
    super(
      'compress archives: found neither libzstd.so.1 on this system nor @mongodb-js/zstd: install the package ' +
        'libzstd1 (or libzstd, zstd-libs), or let npm install optional dependencies',
    );
  }
}

/** Default level of the zstd program, and therefore of the reference. */
const LEVEL = 3;

/**
 * Creates a compressor: the system's libzstd on a thread of its own or, if that is missing, @mongodb-js/zstd on libuv's
 * pool. Both write the same format. A call to the pool costs this thread about ten times as much, which matters for
 * short connections.
 * @throws CompressorError if neither is available; errors of {@link loadNetlink}; an Error with code `ERR_THREAD`
 */
export function createCompressor(): ArchiveCompressor {
  const thread = startThread();
  if (thread === undefined) {
    if (!canCompress()) throw new CompressorError();
    return { compress: (pieces) => compressFrame(Buffer.concat(pieces)), name: '@mongodb-js/zstd' };
  }
  return { compress: (pieces) => thread.compress(pieces), name: `libzstd ${thread.version}` };
}

/**
 * Decompresses a frame at once.
 * @throws ZstdError if it is damaged
 */
export async function decompressFrame(frame: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of decompressFrames(Readable.from([frame]))) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

function startThread(): CompressThread | undefined {
  try {
    return new (loadNetlink().CompressThread)(LEVEL);
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ERR_LIBRARY') return undefined;
    throw error;
  }
}
