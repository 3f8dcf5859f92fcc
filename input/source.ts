import { open } from 'node:fs/promises';
import { decompressFrames, ZstdError } from '../zstd/index.js';
import { ArchiveInputError } from './error.js';

/** An archive to be read: `.jsonl` or, compressed, `.jsonl.zst`. It can be read once. */
export interface ArchiveSource {
  /** What messages call it: a path, or the name of a stream. */
  readonly path: string;
  /** Its content, decompressed. Whoever stops early closes what is below by returning. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Bytes asked of a file at once. */
const READ_BYTES = 256 * 1024;

/** Magic_Number of a zstd frame, RFC 8878 section 3.1.1; no JSON begins like that. */
const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd] as const;

/**
 * An archive in a file, which is opened when its content is first asked for. Zstd data is known by the name's end,
 * `.zst`, or by its first bytes.
 */
export function fileSource(path: string): ArchiveSource {
  return { path, content: guard(path, decode(readFile(path), path.endsWith('.zst'))) };
}

/** An archive that comes as a stream, like standard input. Zstd data is known by its first bytes. */
export function streamSource(path: string, stream: AsyncIterable<Uint8Array>): ArchiveSource {
  return { path, content: guard(path, decode(stream, false)) };
}

async function* readFile(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await open(path);
  yield* file.createReadStream({ highWaterMark: READ_BYTES });
}

/** Decompresses what is compressed. */
async function* decode(
  bytes: AsyncIterable<Uint8Array>,
  compressed: boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  const rest = bytes[Symbol.asyncIterator]();
  const begun: Uint8Array[] = [];
  let first = Buffer.alloc(0);
  try {
    while (first.length < ZSTD_MAGIC.length) {
      const next = await rest.next();
      if (next.done) break;
      begun.push(next.value);
      first = Buffer.concat([first, next.value.subarray(0, ZSTD_MAGIC.length - first.length)]);
    }
    if (compressed && first.length === 0) {
      // What a writer that was killed leaves behind. The zstd program refuses it too: no archive is that empty.
      throw new ZstdError('ERR_TRUNCATED', 0, 'input is empty');
    }
    const all = chain(begun, rest);
    if (compressed || ZSTD_MAGIC.every((byte, i) => first[i] === byte)) yield* decompressFrames(all);
    else yield* all;
  } finally {
    await rest.return?.();
  }
}

async function* chain(
  begun: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* begun;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** Names the archive in the errors of its content. */
async function* guard(path: string, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* content;
  } catch (error) {
    throw ArchiveInputError.from(path, error);
  }
}
