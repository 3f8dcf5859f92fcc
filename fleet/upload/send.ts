import { createHash } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { type ObjectFacts, type ObjectStore, ObjectStoreError, type StoredPart } from '../objectstore/index.js';
import { formatIndex } from './bundle-index.js';
import { expectedEtag, type Plan } from './plan.js';
import type { Sealed, Spool } from './spool.js';

/** Steps of sending that a crash may divide. */
export type SendStep = 'created' | 'upload noted' | 'part' | 'sent' | 'index sent' | 'confirmed' | 'noted';

/** Options of {@link send}. */
export interface SendOptions {
  readonly store: ObjectStore;
  /** Prefix of all keys, with its slash at the end unless it is empty. */
  readonly prefix: string;
  readonly spool: Spool;
  readonly signal?: AbortSignal | undefined;
  readonly onStep: (step: SendStep) => void;
  /** Called with the number of bytes that the store has taken. */
  readonly onBytes: (bytes: number) => void;
}

/** Parts that are sent at the same time. */
const PARTS_AT_ONCE = 3;

/**
 * Stores a sealed bundle and its index, and notes it when the store says that it has both as they are. An attempt goes
 * on where the one before ended.
 * @throws ObjectStoreError; what `signal` is aborted with
 */
export async function send(sealed: Sealed, options: SendOptions): Promise<void> {
  const { store, prefix, spool, signal, onStep, onBytes } = options;
  const { name, plan } = sealed;
  const key = `${prefix}${plan.object}`;
  if (plan.parts.length === 1) await putWhole(sealed, key, options);
  else if (!isStored(await storedBefore(sealed, key, options), plan)) await putParts(sealed, key, options);
  onStep('sent');
  const index = Buffer.from(formatIndex(plan.members));
  const indexKey = plan.index === null ? undefined : `${prefix}${plan.index}`;
  const md5 = createHash('md5').update(index).digest('hex');
  if (indexKey !== undefined) {
    await store.put(indexKey, { blob: new Blob([index]), md5 }, { ...(signal === undefined ? {} : { signal }) });
    onBytes(index.length);
    onStep('index sent');
    const facts = await store.head(indexKey, signal);
    if (!hasBytes(facts, index.length, md5)) throw differs(store, indexKey, facts);
  }
  const facts = await store.head(key, signal);
  if (!isStored(facts, plan)) {
    // What is there is not the bundle: the next attempt begins anew.
    await spool.forgetUpload(name);
    throw differs(store, key, facts);
  }
  onStep('confirmed');
  await spool.noteConfirmed(name);
  onStep('noted');
}

async function putWhole({ name, plan }: Sealed, key: string, options: SendOptions): Promise<void> {
  const { store, spool, signal, onBytes } = options;
  const blob = await openAsBlob(spool.bundlePath(name));
  await store.put(key, { blob, md5: plan.parts[0] ?? '' }, { ...(signal === undefined ? {} : { signal }) });
  onBytes(plan.bytes);
}

/**
 * Returns the facts of the object if an upload was begun that the store no longer knows: it may have been completed just
 * before a crash. Forgets such an upload.
 */
async function storedBefore(
  { name }: Sealed,
  key: string,
  { store, spool, signal }: SendOptions,
): Promise<ObjectFacts | undefined> {
  const begun = await spool.begunUpload(name);
  if (begun === undefined) return undefined;
  const isHere = begun.bucket === store.bucket && begun.key === key;
  if (isHere && (await storedParts(store, key, begun.uploadId, signal)) !== undefined) return undefined;
  await spool.forgetUpload(name);
  return isHere ? await store.head(key, signal) : undefined;
}

async function putParts({ name, plan }: Sealed, key: string, options: SendOptions): Promise<void> {
  const { store, spool, signal, onStep, onBytes } = options;
  let uploadId = (await spool.begunUpload(name))?.uploadId;
  if (uploadId === undefined) {
    uploadId = await store.create(key, signal);
    onStep('created');
    await spool.noteUpload(name, { bucket: store.bucket, key, uploadId });
    onStep('upload noted');
  }
  const upload = uploadId;
  const stored = (await storedParts(store, key, upload, signal)) ?? [];
  const file = await openAsBlob(spool.bundlePath(name));
  const parts: StoredPart[] = plan.parts.map((md5, i) => {
    const bytes = Math.min(plan.partBytes, plan.bytes - i * plan.partBytes);
    return { number: i + 1, bytes, etag: md5 };
  });
  const missing = parts.filter(
    ({ number, bytes, etag }) =>
      !stored.some((part) => part.number === number && part.bytes === bytes && part.etag === etag),
  );
  await inTurns(missing, PARTS_AT_ONCE, async ({ number, bytes, etag }) => {
    const start = (number - 1) * plan.partBytes;
    const blob = file.slice(start, start + bytes);
    await store.putPart(key, { uploadId: upload, number }, { blob, md5: etag }, signal);
    onBytes(bytes);
    onStep('part');
  });
  try {
    // By what the store has: its ETags need not be MD5s.
    await store.complete(key, upload, await store.parts(key, upload, signal), signal);
  } catch (error) {
    // A part is lost, or the upload itself: the next attempt finds out which.
    if (error instanceof ObjectStoreError && error.kind === 'missing') await spool.forgetUpload(name);
    throw error;
  }
}

/** Lists the parts of an upload; undefined if the store does not know it. */
async function storedParts(
  store: ObjectStore,
  key: string,
  uploadId: string,
  signal: AbortSignal | undefined,
): Promise<readonly StoredPart[] | undefined> {
  try {
    return await store.parts(key, uploadId, signal);
  } catch (error) {
    if (error instanceof ObjectStoreError && error.code === 'NoSuchUpload') return undefined;
    throw error;
  }
}

/** Does a task for each value, a few at a time. After a failure no other is begun; those begun are waited for. */
async function inTurns<T>(values: readonly T[], atOnce: number, task: (value: T) => Promise<void>): Promise<void> {
  const waiting = [...values];
  let failed = false;
  const work = async (): Promise<void> => {
    for (let value = waiting.shift(); value !== undefined && !failed; value = waiting.shift()) {
      try {
        await task(value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: atOnce }, work));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

function isStored(facts: ObjectFacts | undefined, plan: Plan): boolean {
  return hasBytes(facts, plan.bytes, expectedEtag(plan));
}

/** Returns whether an object has this length, and this ETag if the ETag is one of MD5s. */
function hasBytes(facts: ObjectFacts | undefined, bytes: number, etag: string): boolean {
  if (facts === undefined || facts.bytes !== bytes) return false;
  const isMd5 = !facts.hasOpaqueEtag && /^[0-9a-f]{32}(?:-\d+)?$/.test(facts.etag);
  return !isMd5 || facts.etag === etag;
}

function differs(store: ObjectStore, key: string, facts: ObjectFacts | undefined): ObjectStoreError {
  const what = facts === undefined ? 'it is not there' : `it has ${facts.bytes} bytes and the ETag ${facts.etag}`;
  const details = { operation: 'head', on: `${store.bucket}/${key}`, kind: 'damaged', code: 'ERR_DIFFERS' } as const;
  return new ObjectStoreError(`not what was sent: ${what}`, details);
}
