import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Content, ObjectStoreError, openStore } from '../../fleet/objectstore/index.js';
import { haveSwift, Swift } from '../support/swift.js';

const isThere = haveSwift('object store against Swift');

function contentOf(bytes: string | Uint8Array): Content {
  return { blob: new Blob([bytes]), md5: createHash('md5').update(bytes).digest('hex') };
}

async function allOf<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** Returns class and code of the error of a promise. */
async function failure(promise: Promise<unknown>): Promise<readonly [string, string]> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ObjectStoreError)) throw new Error('expected an ObjectStoreError', { cause: error });
  expect(error.message).not.toMatch(/testing|wrong-secret|Signature=/);
  return [error.kind, error.code];
}

describe.skipIf(!isThere)('object store against Swift', () => {
  let swift: Swift;

  beforeAll(async () => {
    swift = await Swift.start('bucket');
  });
  afterAll(async () => {
    await swift?.[Symbol.asyncDispose]();
  });

  it('stores, reads, reads a range of, and describes an object, whatever letters its key has', async () => {
    const store = swift.store('bucket');
    const key = "letters/a b+c&d=e/é'()*!~-_.%41.txt";
    const content = contentOf('0123456789');
    expect(await store.put(key, content)).toBe(content.md5);
    expect(await store.head(key)).toEqual({ bytes: 10, etag: content.md5, hasOpaqueEtag: false });
    const { facts, content: stream } = await store.get(key);
    expect(facts.bytes).toBe(10);
    expect(await textOf(stream)).toBe('0123456789');
    expect((await store.getRange(key, 3, 4)).toString()).toBe('3456');
    expect(await allOf(store.list('letters/'))).toEqual([{ key, bytes: 10, etag: content.md5 }]);
  });

  it('knows no object before there is one', async () => {
    const store = swift.store('bucket');
    expect(await store.head('nothing')).toBeUndefined();
    expect(await failure(store.get('nothing'))).toEqual(['missing', 'NoSuchKey']);
    expect(await failure(swift.store('no-bucket').put('x', contentOf('x')))).toEqual(['missing', 'NoSuchBucket']);
    expect(await allOf(store.list('nothing/'))).toEqual([]);
  });

  it('lists more objects than one answer has, in order', async () => {
    await swift.createBucket('many');
    const store = swift.store('many');
    const keys = Array.from({ length: 25 }, (_, i) => `k/${String(i).padStart(4, '0')}`);
    await Promise.all(keys.map((key) => store.put(key, contentOf(key))));
    expect((await allOf(store.list('k/', { pageKeys: 10 }))).map(({ key }) => key)).toEqual(keys);
  });

  it('refuses bytes that are not those of the MD5', async () => {
    const store = swift.store('bucket');
    const wrong = { blob: new Blob(['one']), md5: contentOf('two').md5 };
    expect(await failure(store.put('wrong', wrong))).toEqual(['damaged', 'BadDigest']);
    expect(await store.head('wrong')).toBeUndefined();
  });

  it('says what is refused of wrong keys and missing rights, and no secret', async () => {
    const env = { AWS_ACCESS_KEY_ID: 'test:tester', AWS_SECRET_ACCESS_KEY: 'wrong-secret' };
    expect(await failure(swift.store('bucket', env).put('x', contentOf('x')))).toEqual([
      'denied',
      'SignatureDoesNotMatch',
    ]);
    const reader = { AWS_ACCESS_KEY_ID: 'test:reader', AWS_SECRET_ACCESS_KEY: 'reading' };
    expect(await failure(swift.store('bucket', reader).put('x', contentOf('x')))).toEqual(['denied', 'AccessDenied']);
  });

  it('reports that the store knows no condition', async () => {
    const store = swift.store('bucket');
    const put = store.put('condition', contentOf('x'), { ifAbsent: true });
    expect(await failure(put)).toEqual(['refused', 'NotImplemented']);
  });

  it('stores an object in parts, goes on with those that are missing, and shows it only when complete', async () => {
    const store = swift.store('bucket');
    const parts = [Buffer.alloc(5 * 1024 * 1024, 1), Buffer.alloc(5 * 1024 * 1024, 2), Buffer.from('end')];
    const contents = parts.map(contentOf);
    const [first, second, third] = contents;
    if (first === undefined || second === undefined || third === undefined) throw new Error('expected three parts');
    const uploadId = await store.create('multi/part');
    expect(await store.parts('multi/part', uploadId)).toEqual([]);
    await store.putPart('multi/part', { uploadId, number: 3 }, third);
    await store.putPart('multi/part', { uploadId, number: 1 }, first);
    expect(await failure(store.putPart('multi/part', { uploadId, number: 2 }, { ...second, md5: third.md5 }))).toEqual([
      'damaged',
      'BadDigest',
    ]);
    expect((await store.parts('multi/part', uploadId)).map(({ number, bytes }) => [number, bytes])).toEqual([
      [1, 5 * 1024 * 1024],
      [3, 3],
    ]);
    await store.putPart('multi/part', { uploadId, number: 2 }, second);
    expect(await store.head('multi/part')).toBeUndefined();
    const stored = await store.parts('multi/part', uploadId);
    expect(stored.map(({ etag }) => etag)).toEqual(contents.map(({ md5 }) => md5));
    await store.complete('multi/part', uploadId, stored);
    const etag = createHash('md5').update(Buffer.from(contents.map(({ md5 }) => md5).join(''), 'hex'));
    expect(await store.head('multi/part')).toMatchObject({
      bytes: 10 * 1024 * 1024 + 3,
      etag: `${etag.digest('hex')}-3`,
    });
    expect([...(await store.getRange('multi/part', 5 * 1024 * 1024 - 1, 2))]).toEqual([1, 2]);
  });

  it('does not complete an upload whose part is lost, and forgets one that is given up', async () => {
    const store = swift.store('bucket');
    const uploadId = await store.create('lost');
    const lost = { number: 1, bytes: 3, etag: contentOf('one').md5 };
    expect((await failure(store.complete('lost', uploadId, [lost])))[0]).toBe('missing');
    await store.abort('lost', uploadId);
    await store.abort('lost', uploadId);
    expect(await failure(store.parts('lost', uploadId))).toEqual(['missing', 'NoSuchUpload']);
    expect(await store.head('lost')).toBeUndefined();
  });

  it('ends a request when its caller wants so, and reports a server that is away', async () => {
    const reason = new Error('stopped');
    await expect(swift.store('bucket').head('x', AbortSignal.abort(reason))).rejects.toBe(reason);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    const location = { scheme: 's3', bucket: 'bucket', key: '' } as const;
    const away = openStore(location, { endpoint: `http://127.0.0.1:${port}`, env: swift.env });
    expect(await failure(away.head('x'))).toEqual(['network', 'ECONNREFUSED']);
  });
});
