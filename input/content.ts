import { createGunzip } from 'node:zlib';
import { decompressFrames, FRAME_START, ZstdError } from '../zstd/index.js';

/** Bytes, as they come. */
export type Bytes = AsyncIterable<Uint8Array>;

/** First two bytes of a gzip member, RFC 1952; no JSON and no tar of ours begins like that. */
const GZIP_START: Uint8Array = Buffer.from([0x1f, 0x8b]);

/** Compressed data that gzip cannot read. */
export class GzipError extends Error {
  override readonly name = 'GzipError';

  /** @param code `ERR_CUT` when it ends too early, `ERR_CORRUPT` for any other damage */
  constructor(
    readonly code: 'ERR_CUT' | 'ERR_CORRUPT',
    cause: Error,
  ) {
    super(`gzip: ${cause.message}`, { cause });
  }
}

/**
 * Decompresses zstd and gzip, which are known by their first bytes, and passes on what is neither.
 * @param isZstd whether it has to be zstd, because its name says so
 * @throws ZstdError, GzipError; all that could be decompressed has been yielded
 */
export async function* decompress(bytes: Bytes, isZstd = false): AsyncGenerator<Uint8Array, void, undefined> {
  const { first, all } = await peek(bytes, FRAME_START.length);
  try {
    if (isZstd && first.length === 0) {
      // What a writer that was killed leaves behind. The zstd program refuses it too: no archive is that empty.
      throw new ZstdError('ERR_TRUNCATED', 0, 'input is empty');
    }
    if (isZstd || first.equals(FRAME_START)) yield* decompressFrames(all);
    else if (first.subarray(0, GZIP_START.length).equals(GZIP_START)) yield* gunzip(all);
    else yield* all;
  } finally {
    await all.return();
  }
}

/** Content whose first piece is asked for before anyone reads it. Whoever made it closes it, read or not. */
export class BegunContent implements AsyncIterable<Uint8Array> {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #first: Promise<IteratorResult<Uint8Array>> | undefined;

  constructor(content: Bytes) {
    this.#pieces = content[Symbol.asyncIterator]();
    this.#first = this.#pieces.next();
    // The reader meets a failure; until then it is no unhandled one.
    this.#first.catch(() => undefined);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: () => {
        const next = this.#first ?? this.#pieces.next();
        this.#first = undefined;
        return next;
      },
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  /** Closes what is below. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}

/** The first `count` bytes, fewer only where there are no more; and all bytes, these included. */
export async function peek(
  bytes: Bytes,
  count: number,
): Promise<{ readonly first: Buffer; readonly all: AsyncGenerator<Uint8Array, void, undefined> }> {
  const rest = bytes[Symbol.asyncIterator]();
  const begun: Uint8Array[] = [];
  let have = 0;
  while (have < count) {
    const next = await rest.next();
    if (next.done) break;
    begun.push(next.value);
    have += next.value.length;
  }
  return { first: Buffer.concat(begun).subarray(0, count), all: chain(begun, rest) };
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

/** So much is given to gzip at once: it can become a thousand times as much. */
const GZIP_PIECE_BYTES = 16 * 1024;

/** A stream's own iterator would drop, at an error, what was decompressed before it. */
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
  // Also where something else follows the last member: the write that has it is never answered.
  stream.on('end', () => {
    ended = true;
    settle();
  });
  /** Lets the stream do something, and gives what came of it. */
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
