import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { decompressAtHand } from '../zstd/index.js';
import { type Bytes, decompress, type PackedOptions } from './content.js';
import { ArchiveInputError } from './error.js';

/** An archive to be read: `.jsonl` or, compressed, `.jsonl.zst`. It can be read once. */
export interface ArchiveSource {
  /** What messages call it: a path, or the name of a stream. */
  readonly path: string;
  /** Its content, decompressed. Whoever stops early closes what is below by returning. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Told how many bytes were read from a file, as they come. */
export type OnBytes = (bytes: number) => void;

/** Bytes asked of a file at once: first, and then. */
const FIRST_READ_BYTES = 32 * 1024;
const READ_BYTES = 256 * 1024;
/** A file of no more bytes than this is read at once. */
const SMALL_BYTES = 128 * 1024;

/**
 * An archive in a file, which is opened when its content is first asked for. Zstd data is known by the name's end,
 * `.zst`, or by its first bytes; gzip by its first bytes.
 */
export function fileSource(path: string, onBytes?: OnBytes, options?: PackedOptions): ArchiveSource {
  return { path, content: fileContent(path, { onBytes, options }) };
}

/**
 * As {@link fileSource}, but small and sound archives are read and decompressed at once, before anyone asks for them. Of any
 * other nothing is open before its content is asked for, and no more is in memory.
 */
export function begunSources(
  paths: readonly string[],
  onBytes?: OnBytes,
  options?: PackedOptions,
): readonly ArchiveSource[] {
  const contents = smallContents(paths, { onBytes, options });
  // The reader meets a failure; until then it is no unhandled one.
  for (const content of contents) content.catch(() => undefined);
  return paths.map((path, i) => ({ path, content: fileContent(path, { onBytes, options }, contents[i]) }));
}

interface FileOptions {
  readonly onBytes: OnBytes | undefined;
  readonly options: PackedOptions | undefined;
}

async function* fileContent(
  path: string,
  { onBytes, options }: FileOptions,
  begun?: Promise<Buffer | undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const small = await (begun ?? smallContents([path], { onBytes, options })[0]);
  if (small === undefined) yield* guard(path, decompress(readFile(path, onBytes), path.endsWith('.zst'), options));
  else if (small.length > 0) yield small;
}

/**
 * All that small and sound archives hold, in a few steps: most archives are such, and each step of the careful way takes a
 * while. Undefined of any other, and of one that cannot be read: the careful way says why.
 */
function smallContents(
  paths: readonly string[],
  { onBytes, options }: FileOptions,
): readonly Promise<Buffer | undefined>[] {
  const packed = paths.map(packedContent);
  return decompressAtHand(packed, options).map(async (pending, i) => {
    const content = await pending;
    if (content !== undefined) onBytes?.(packed[i]?.length ?? 0);
    return content;
  });
}

/** All bytes of a small archive; none of any other. */
function packedContent(path: string): Buffer {
  if (!path.endsWith('.zst')) return NOTHING;
  try {
    return readSmallFile(path) ?? NOTHING;
  } catch {
    return NOTHING; // it is opened again, and that fails in the same way or does not
  }
}

const NOTHING = Buffer.alloc(0);

/** An archive that comes as a stream, like standard input. Compressed data is known by its first bytes. */
export function streamSource(path: string, stream: Bytes): ArchiveSource {
  return { path, content: guard(path, decompress(stream)) };
}

/** The bytes of a file, as they are. */
export async function* readFile(path: string, onBytes?: OnBytes): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await open(path);
  try {
    // Most archives are small: what they need no memory for is not allocated, and the end is looked for in what is left.
    let buffer = Buffer.allocUnsafeSlow(FIRST_READ_BYTES);
    for (let used = 0; ; ) {
      if (used === buffer.length) {
        buffer = Buffer.allocUnsafeSlow(READ_BYTES);
        used = 0;
      }
      const { bytesRead } = await file.read(buffer, used, buffer.length - used, null);
      if (bytesRead === 0) return;
      onBytes?.(bytesRead);
      yield buffer.subarray(used, used + bytesRead);
      used += bytesRead;
    }
  } finally {
    await file.close();
  }
}

/**
 * All of a small regular file, read at once: the thread pool's turns would take ten times as long. Undefined of any other
 * file, also of one that grew meanwhile.
 */
function readSmallFile(path: string): Buffer | undefined {
  const found = statSync(path);
  if (!found.isFile() || found.size > SMALL_BYTES) return undefined;
  const file = openSync(path, 'r');
  try {
    // One byte more than there should be: what grew shows by it.
    const buffer = Buffer.allocUnsafeSlow(found.size + 1);
    let used = 0;
    while (used < buffer.length) {
      const read = readSync(file, buffer, used, buffer.length - used, null);
      if (read === 0) return buffer.subarray(0, used);
      used += read;
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}

/** Names the archive in the errors of its content. */
export async function* guard(path: string, content: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* content;
  } catch (error) {
    throw ArchiveInputError.from(path, error);
  }
}
