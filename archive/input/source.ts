import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { decompressAtHand } from '../../zstd/index.js';
import { type Bytes, decompress, type PackedOptions } from './content.js';
import { ArchiveInputError } from './error.js';

/** Archive to be read once: `.jsonl`, or compressed `.jsonl.zst`. */
export interface ArchiveSource {
  /** Name in messages: a path, or the name of a stream. */
  readonly path: string;
  /** Decompressed content. A reader that stops early calls `return`, which closes the file below. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Callback with the number of bytes of each read from a file. */
export type OnBytes = (bytes: number) => void;

/** Number of bytes requested from a file in the first read. */
const FIRST_READ_BYTES = 32 * 1024;
const READ_BYTES = 256 * 1024;
/** Size up to which a file is read in one step. */
const SMALL_BYTES = 128 * 1024;

/**
 * Creates the source of an archive file, which is opened when its content is first requested. Zstd data is recognised
 * by the name's ending `.zst` or by its first bytes, gzip by its first bytes.
 */
export function fileSource(path: string, onBytes?: OnBytes, options?: PackedOptions): ArchiveSource {
  return { path, content: fileContent(path, { onBytes, options }) };
}

/**
 * Creates sources like {@link fileSource}, but reads and decompresses small, undamaged archives at once. Other archives
 * are neither opened nor kept in memory before their content is requested.
 */
export function begunSources(
  paths: readonly string[],
  onBytes?: OnBytes,
  options?: PackedOptions,
): readonly ArchiveSource[] {
  const contents = smallContents(paths, { onBytes, options });
  // The reader gets the rejection later; until then it must not count as unhandled.
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
 * Reads and decompresses small, undamaged archives in a few steps. Most archives are small, and each step of the
 * streaming path takes a while. Resolves to undefined for other archives, and for unreadable ones: the streaming path
 * reports the cause.
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

/** Reads a small archive; returns no bytes for any other. */
function packedContent(path: string): Buffer {
  if (!path.endsWith('.zst')) return NOTHING;
  try {
    return readSmallFile(path) ?? NOTHING;
  } catch {
    return NOTHING; // the file is opened again later, which reports the error if it persists
  }
}

const NOTHING = Buffer.alloc(0);

/**
 * Creates the source of an archive in a stream, such as standard input. Compression is recognised by the first bytes.
 */
export function streamSource(path: string, stream: Bytes): ArchiveSource {
  return { path, content: guard(path, decompress(stream)) };
}

/** Streams the bytes of a file unchanged. */
export async function* readFile(path: string, onBytes?: OnBytes): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await open(path);
  try {
    // Most archives are small: a small first buffer saves memory, and its unused rest serves the read that finds the
    // end.
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
 * Reads a small regular file synchronously; the thread pool would take ten times as long. Returns undefined for any
 * other file, and for one that grew meanwhile.
 */
function readSmallFile(path: string): Buffer | undefined {
  const found = statSync(path);
  if (!found.isFile() || found.size > SMALL_BYTES) return undefined;
  const file = openSync(path, 'r');
  try {
    // One byte more than expected shows whether the file grew.
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

/** Adds the archive's path to the errors of its content. */
export async function* guard(path: string, content: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* content;
  } catch (error) {
    throw ArchiveInputError.from(path, error);
  }
}
