import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { kindOf } from '../../archive/input/index.js';
import { type ListedObject, type ObjectStore, ObjectStoreError, type StoreLocation } from '../objectstore/index.js';

/** Thrown when a location leads to nothing that can be read, or to too much. The message is one sentence. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

/** Options of {@link downloadObjects}. */
export interface DownloadOptions {
  readonly store: ObjectStore;
  readonly location: StoreLocation;
  /** Location as the user wrote it, for messages. */
  readonly text: string;
  /** Folder for the files. */
  readonly folder: string;
  /** Most bytes of all objects together. */
  readonly maxBytes: number;
}

/** Objects that are fetched at the same time. */
const AT_ONCE = 4;

/** Returns whether the tools read files of this name: archives, tars of archives, tables. */
function isReadable(key: string): boolean {
  return kindOf(key) !== 'unknown' || key.endsWith('.parquet');
}

/**
 * Lists the objects of a location: one object, or all below a prefix as if it were a folder.
 * @throws ObjectStoreError
 */
export async function listBelow(store: ObjectStore, key: string): Promise<ListedObject[]> {
  const objects: ListedObject[] = [];
  const folder = key === '' || key.endsWith('/') ? key : `${key}/`;
  for await (const object of store.list(key)) {
    if (object.key === key || object.key.startsWith(folder)) objects.push(object);
  }
  return objects;
}

/**
 * Copies the objects of a location that the tools read to a folder, where they keep their names.
 * @returns the path of the one object, or of the folder that stands for the prefix; the bytes of all objects
 * @throws DownloadError, ObjectStoreError
 */
export async function downloadObjects(
  options: DownloadOptions,
): Promise<{ readonly path: string; readonly bytes: number }> {
  const { store, location, text, folder, maxBytes } = options;
  const { key: prefix } = location;
  const listed = (await listBelow(store, prefix)).filter(({ key }) => isReadable(key) && isPlain(key));
  if (listed.length === 0) throw new DownloadError(`${text}: no archive, bundle or table there`);
  const bytes = listed.reduce((sum, object) => sum + object.bytes, 0);
  if (bytes > maxBytes) {
    const size = `${listed.length} objects of ${bytes} bytes, more than ${maxBytes}`;
    throw new DownloadError(`${text}: ${size}: name less, such as one day, or set ${MAX_VARIABLE}`);
  }
  const root = join(folder, location.bucket);
  const waiting = [...listed];
  const work = async (): Promise<void> => {
    for (let object = waiting.shift(); object !== undefined; object = waiting.shift()) {
      await downloadOne(store, object, join(root, object.key));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { path: join(root, prefix), bytes };
}

/** Environment variable with the most bytes that are downloaded for one command. */
export const MAX_VARIABLE = 'TCP_INFO_DOWNLOAD_MAX';

async function downloadOne(store: ObjectStore, { key, bytes }: ListedObject, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const { content } = await store.get(key);
  const file = createWriteStream(path);
  try {
    await pipeline(content, file);
  } catch (error) {
    // An error of the disk says which file; one of the connection comes from the answer's stream.
    if (error instanceof Error && 'syscall' in error && 'path' in error) throw error;
    const details = {
      operation: 'get',
      on: `${store.bucket}/${key}`,
      kind: 'network',
      code: 'ERR_BODY',
      cause: error,
    } as const;
    throw new ObjectStoreError('the answer broke off', details);
  }
  if (file.bytesWritten === bytes) return;
  const details = { operation: 'get', on: `${store.bucket}/${key}`, kind: 'damaged', code: 'ERR_LENGTH' } as const;
  throw new ObjectStoreError(`${file.bytesWritten} bytes, expected ${bytes}`, details);
}

/** Returns whether a key is a path that leads to a place below its root. */
function isPlain(key: string): boolean {
  return key.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'));
}
