import { createGunzip } from 'node:zlib';
import { type DecompressOptions, decompressFrames, FRAME_START, ZstdError } from '../../zstd/index.js';
import { PACKING_START_BYTES, requireKnownPacking } from './packing.js';

/** Stream of bytes. */
export type Bytes = AsyncIterable<Uint8Array>;

/** Options of {@link decompress}. */
export type PackedOptions = Pick<DecompressOptions, 'maxWindowBytes'>;

/** First two bytes of a gzip member, RFC 1952. No JSON and no tar of ours begins with them. */
const GZIP_START: Uint8Array = Buffer.from([0x1f, 0x8b]);

/** Thrown for compressed data that gzip cannot read. */
export class GzipError extends Error {
  override readonly name = 'GzipError';

  /** @param code `ERR_CUT` if the data ends too early, `ERR_CORRUPT` for any other damage */
  constructor(
    readonly code: 'ERR_CUT' | 'ERR_CORRUPT',
    cause: Error,
  ) {
    super(`gzip: ${cause.message}`, { cause });
  }
}

/**
 * Decompresses zstd and gzip, recognised by their first bytes, and passes other bytes through.
 * @param isZstd true if the name says that the data is zstd, so that anything else is an error
 * @throws PackingError for an unsupported compression
 * @throws ZstdError, GzipError after yielding all that could be decompressed
 */
export async function* decompress(
  bytes: Bytes,
  isZstd = false,
  options: PackedOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { first, all, close } = await peek(bytes, PACKING_START_BYTES);
  try {
    requireKnownPacking(first);
    if (isZstd && first.length === 0) {
      // A writer that was killed leaves an empty file. The zstd program refuses it too: no archive is empty.
      throw new ZstdError('ERR_TRUNCATED', 0, 'input is empty');
    }
    if (isZstd || first.subarray(0, FRAME_START.length).equals(FRAME_START)) yield* decompressFrames(all, options);
    else if (first.subarray(0, GZIP_START.length).equals(GZIP_START)) yield* gunzip(all);
    else yield* all;
  } finally {
    await close();
  }
}

/**
 * Reads the first `count` bytes (fewer only at the end of the input). Also returns a stream of all bytes, including
 * these, and a function that closes the source.
 */
export async function peek(
  bytes: Bytes,
  count: number,
): Promise<{
  readonly first: Buffer;
  readonly all: AsyncGenerator<Uint8Array, void, undefined>;
  readonly close: () => Promise<void>;
}> {
  const rest = bytes[Symbol.asyncIterator]();
  const begun: Uint8Array[] = [];
  let have = 0;
  while (have < count) {
    const next = await rest.next();
    if (next.done) break;
    begun.push(next.value);
    have += next.value.length;
  }
  const all = chain(begun, rest);
  const close = async (): Promise<void> => {
    await all.return();
    // A generator that never started does not run its `finally`.
    await rest.return?.();
  };
  return { first: Buffer.concat(begun).subarray(0, count), all, close };
}

async function* chain(
  begun: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* begun;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** Bytes passed to gzip at once. The output can be a thousand times as large. */
const GZIP_PIECE_BYTES = 16 * 1024;

/** Decompresses gzip. A stream's own iterator would lose, at an error, the data that was decompressed before it. */
async function* gunzip(bytes: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  let out: Uint8Array[] = [];
  let failure: NodeJS.ErrnoException | undefined;
  let ended = false;
  let settle = (): void => undefined;
  const stream = createGunzip({ chunkSize: 64 * 1024 });
  stream.on('data', (piece: Uint8Array) => out.push(piece));
  stream.on('error', (error) => {
    failure = error;
    settle();
  });
  // Needed too if other data follows the last member: the callback of the write with that data is never called.
  stream.on('end', () => {
    ended = true;
    settle();
  });
  /** Runs a call on the stream and returns its output. */
  const after = async (call: (done: (error?: Error | null) => void) => void): Promise<readonly Uint8Array[]> => {
    await new Promise<void>((resolve) => {
      settle = resolve;
      call((error) => {
        failure ??= error ?? undefined;
        resolve();
      });
    });
    const pieces = out;
    out = [];
    return pieces;
  };
  try {
    for await (const chunk of bytes) {
      for (let at = 0; at < chunk.length; at += GZIP_PIECE_BYTES) {
        yield* await after((done) => void stream.write(chunk.subarray(at, at + GZIP_PIECE_BYTES), done));
        if (failure !== undefined) throw gzipError(failure);
        if (ended) return;
      }
    }
    yield* await after((done) => void stream.end(done));
    if (failure !== undefined) throw gzipError(failure);
  } finally {
    stream.destroy();
  }
}

function gzipError(cause: NodeJS.ErrnoException): GzipError {
  return new GzipError(cause.code === 'Z_BUF_ERROR' ? 'ERR_CUT' : 'ERR_CORRUPT', cause);
}
