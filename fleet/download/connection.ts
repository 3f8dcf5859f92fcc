import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decompressFrames } from '../../zstd/index.js';
import type { ObjectStore, StoreLocation } from '../objectstore/index.js';
import { type IndexEntry, parseIndex } from '../upload/index.js';
import { DownloadError, listBelow } from './objects.js';

/** Options of {@link downloadConnections}. */
export interface ConnectionOptions {
  readonly store: ObjectStore;
  readonly location: StoreLocation;
  /** Location as the user wrote it, for messages. */
  readonly text: string;
  /** UUID, or the end of one. */
  readonly uuidEnd: string;
  /** Folder for the files. */
  readonly folder: string;
}

const INDEX = /\.index\.jsonl$/;
/** Indexes that are fetched at the same time. */
const AT_ONCE = 4;
/** Longest index that is read: 300 bytes for each of the 50,000 archives of a bundle, and room. */
const MAX_INDEX_BYTES = 64 * 1024 * 1024;
/** Most archives that one end of a UUID may have: a shorter end is no choice. */
const MAX_ARCHIVES = 10_000;
/** Most bytes of one archive. */
const MAX_ARCHIVE_BYTES = 1024 * 1024 * 1024;

/**
 * Reads the archives of connections out of the bundles below a location: the indexes say where they are, and each is one
 * range read.
 * @returns the folder with the archives; undefined if no index knows such a UUID
 * @throws DownloadError, ObjectStoreError, ZstdError
 */
export async function downloadConnections(options: ConnectionOptions): Promise<string | undefined> {
  const { store, location, uuidEnd, folder } = options;
  const listed = await listBelow(store, location.key);
  const keys = new Set(listed.map(({ key }) => key));
  const indexes = listed.filter(({ key }) => INDEX.test(key));
  const root = join(folder, location.bucket);
  let found = 0;
  const work = async (): Promise<void> => {
    for (let index = indexes.shift(); index !== undefined; index = indexes.shift()) {
      if (index.bytes === 0 || index.bytes > MAX_INDEX_BYTES) throw notIndex(store, index.key);
      const entries = parseIndex((await store.getRange(index.key, 0, index.bytes)).toString());
      if (entries === undefined) throw notIndex(store, index.key);
      const wanted = entries.filter(({ uuid }) => uuid.endsWith(uuidEnd));
      if (wanted.length === 0) continue;
      found += wanted.length;
      if (found > MAX_ARCHIVES) throw new DownloadError(`${options.text}: more than ${MAX_ARCHIVES} archives match`);
      const bundle = bundleOf(index.key, keys);
      if (bundle === undefined) throw new DownloadError(`${store.bucket}/${index.key}: its bundle is missing`);
      for (const entry of wanted) await downloadOne(store, bundle, entry, root);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found === 0 ? undefined : root;
}

/** Returns the bundle that an index belongs to. */
function bundleOf(index: string, keys: ReadonlySet<string>): string | undefined {
  const stem = index.replace(INDEX, '');
  return ['.tar.zst', '.tgz'].map((ending) => `${stem}${ending}`).find((key) => keys.has(key));
}

async function downloadOne(store: ObjectStore, bundle: string, entry: IndexEntry, root: string): Promise<void> {
  const { path, bytes, offset, length } = entry;
  if (!/^\d{4}\/\d{2}\/\d{2}\/[^/\0]+\.jsonl\.zst$/.test(path) || bytes > MAX_ARCHIVE_BYTES || length === 0) {
    throw notIndex(store, bundle);
  }
  const packed = await store.getRange(bundle, offset, length);
  const piece = bundle.endsWith('.tgz') ? gunzipSync(packed) : await unpacked(packed);
  const start = piece.length - Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
  if (start < BLOCK_BYTES) throw new DownloadError(`${store.bucket}/${bundle}: no archive at byte ${offset}`);
  const at = join(root, path);
  await mkdir(dirname(at), { recursive: true });
  await writeFile(at, piece.subarray(start, start + bytes));
}

/** Block of a tar. */
const BLOCK_BYTES = 512;

async function unpacked(frames: Buffer): Promise<Buffer> {
  async function* source(): AsyncGenerator<Buffer, void, undefined> {
    yield frames;
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of decompressFrames(source())) pieces.push(piece);
  return Buffer.concat(pieces);
}

function notIndex(store: ObjectStore, key: string): DownloadError {
  return new DownloadError(`${store.bucket}/${key}: not an index of a bundle`);
}
