import { open } from 'node:fs/promises';
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

/**
 * An archive in a file, which is opened when its content is first asked for. Zstd data is known by the name's end,
 * `.zst`, or by its first bytes; gzip by its first bytes.
 */
export function fileSource(path: string, onBytes?: OnBytes, options?: PackedOptions): ArchiveSource {
  return { path, content: guard(path, decompress(readFile(path, onBytes), path.endsWith('.zst'), options)) };
}

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

/** Names the archive in the errors of its content. */
export async function* guard(path: string, content: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* content;
  } catch (error) {
    throw ArchiveInputError.from(path, error);
  }
}
