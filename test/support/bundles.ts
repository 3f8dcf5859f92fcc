import type { ObjectStore } from '../../fleet/objectstore/index.js';
import { type IndexEntry, parseIndex } from '../../fleet/upload/index.js';
import { decompressFrames } from '../../zstd/index.js';
import type { ArchiveFile } from './archive-files.js';

/** Objects of a bucket, by key. */
export async function objectsOf(store: ObjectStore): Promise<Map<string, Buffer>> {
  const objects = new Map<string, Buffer>();
  for await (const { key, bytes } of store.list('')) {
    objects.set(key, bytes === 0 ? Buffer.alloc(0) : await store.getRange(key, 0, bytes));
  }
  return objects;
}

/** Reads the archives of a bundle with the tar program's format: by its headers, without the index. */
export async function untar(bundle: Buffer): Promise<ArchiveFile[]> {
  const tar = await unpacked(bundle);
  const files: ArchiveFile[] = [];
  for (let at = 0; tar[at] !== 0; ) {
    const bytes = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    const path = tar.toString('utf8', at, tar.indexOf(0, at));
    files.push({ path, content: tar.subarray(at + 512, at + 512 + bytes) });
    at += 512 + Math.ceil(bytes / 512) * 512;
  }
  return files;
}

/** Reads one archive of a bundle by its entry in the index. */
export async function member(bundle: Buffer, { offset, length, bytes }: IndexEntry): Promise<Buffer> {
  const piece = await unpacked(bundle.subarray(offset, offset + length));
  const padding = (512 - (bytes % 512)) % 512;
  return piece.subarray(piece.length - padding - bytes, piece.length - padding);
}

/** Reads an index. */
export function entriesOf(index: Buffer): readonly IndexEntry[] {
  const entries = parseIndex(index.toString());
  if (entries === undefined) throw new Error('not an index');
  return entries;
}

async function unpacked(frames: Buffer): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of decompressFrames(
    (async function* () {
      yield frames;
    })(),
  ))
    pieces.push(piece);
  return Buffer.concat(pieces);
}
