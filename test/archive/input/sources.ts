import { type ArchiveSource, streamSource } from '../../../archive/input/index.js';

/** Yields bytes in chunks of a size. */
export async function* chunks(bytes: Uint8Array, size = 1 << 16): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Returns a source for this text. */
export function sourceOf(text: string | Uint8Array, chunkBytes?: number): ArchiveSource {
  return streamSource('a.jsonl', chunks(Buffer.from(text), chunkBytes));
}

/** Collects items up to the end or an error, which is returned. */
export async function collect<T>(items: AsyncIterable<T>): Promise<{ items: T[]; error?: unknown }> {
  const collected: T[] = [];
  try {
    for await (const item of items) collected.push(item);
  } catch (error) {
    return { items: collected, error };
  }
  return { items: collected };
}
