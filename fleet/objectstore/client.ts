import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Endpoint } from './endpoint.js';
import { ObjectStoreError, type StoreOperation } from './error.js';
import type { CredentialsSource } from './keys.js';
import { readError, readText, type StoreContext, type StoreRequest, send } from './request.js';
import { childrenOf, childText, escapeXml, readXml, type XmlElement, XmlError } from './xml.js';

/** Options of {@link ObjectStore}. */
export interface ObjectStoreOptions {
  readonly endpoint: Endpoint;
  readonly bucket: string;
  readonly credentials: CredentialsSource;
  /** Deadline of requests that carry no data, milliseconds (default 60,000). */
  readonly deadlineMs?: number;
  /** Deadline of requests with data, milliseconds (default 600,000: 8 MiB at 112 kbit/s). */
  readonly dataDeadlineMs?: number;
}

/** Bytes to be stored, with their MD5. */
export interface Content {
  /** The bytes; a part of a file is not read before it is sent. */
  readonly blob: Blob;
  /** MD5 of the bytes, hexadecimal. The store refuses bytes that differ. */
  readonly md5: string;
}

/** Facts of a stored object. */
export interface ObjectFacts {
  readonly bytes: number;
  /** ETag without its quotes: an MD5, that of a multipart object with `-` and the number of parts, or something else. */
  readonly etag: string;
  /** True if the store encrypts with keys of its own service, so that the ETag is no MD5. */
  readonly hasOpaqueEtag: boolean;
}

/** Object of a list. */
export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
  readonly etag: string;
}

/** Part of a multipart upload that the store has. */
export interface StoredPart {
  /** From 1. */
  readonly number: number;
  readonly bytes: number;
  readonly etag: string;
}

/** One bucket of an S3-compatible store. Every method rejects with ObjectStoreError, or what its signal is aborted with. */
export class ObjectStore {
  readonly #context: StoreContext;
  readonly #deadlineMs: number;
  readonly #dataDeadlineMs: number;

  constructor({ deadlineMs = 60_000, dataDeadlineMs = 600_000, ...context }: ObjectStoreOptions) {
    this.#context = context;
    this.#deadlineMs = deadlineMs;
    this.#dataDeadlineMs = dataDeadlineMs;
  }

  /** Name of the bucket. */
  get bucket(): string {
    return this.#context.bucket;
  }

  /**
   * Stores an object in one request, which has all of it or nothing.
   * @param options.ifAbsent true to store only if there is no object of this key; the error is of the class `condition`
   *   where there is one, and `refused` from a store that does not know the condition
   * @returns the ETag
   */
  async put(
    key: string,
    content: Content,
    { ifAbsent = false, signal }: { readonly ifAbsent?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<string> {
    const headers = { ...digest(content.md5), ...(ifAbsent ? { 'if-none-match': '*' } : {}) };
    const request = { operation: 'put', method: 'PUT', key, headers, body: content.blob } as const;
    return etagOf((await this.#send({ ...request, signal }, this.#dataDeadlineMs)).response);
  }

  /** Begins a multipart upload and returns its id. Nothing is stored under the key before {@link complete}. */
  async create(key: string, signal?: AbortSignal): Promise<string> {
    const request = { operation: 'create', method: 'POST', key, query: { uploads: '' }, body: '', signal } as const;
    const id = childText(await this.#xml(request), 'UploadId');
    if (id !== undefined && id !== '') return id;
    throw this.#senseless('create', key, 'an answer without UploadId');
  }

  /** Stores a part, replacing one with the same number, and returns its ETag. */
  async putPart(
    key: string,
    { uploadId, number }: { readonly uploadId: string; readonly number: number },
    { blob, md5 }: Content,
    signal?: AbortSignal,
  ): Promise<string> {
    const query = { partNumber: String(number), uploadId };
    const request = { operation: 'part', method: 'PUT', key, query, headers: digest(md5), body: blob, signal } as const;
    return etagOf((await this.#send(request, this.#dataDeadlineMs)).response);
  }

  /** Lists the parts that a multipart upload has; an error of the class `missing` if there is no such upload. */
  async parts(key: string, uploadId: string, signal?: AbortSignal): Promise<StoredPart[]> {
    const parts: StoredPart[] = [];
    for (let marker = ''; ; ) {
      const query = { uploadId, ...(marker === '' ? {} : { 'part-number-marker': marker }) };
      const answer = await this.#xml({ operation: 'parts', method: 'GET', key, query, signal });
      for (const part of childrenOf(answer, 'Part')) {
        const [number, bytes] = [numberIn(part, 'PartNumber'), numberIn(part, 'Size')];
        if (number === undefined || bytes === undefined) throw this.#senseless('parts', key, 'a part without a size');
        parts.push({ number, bytes, etag: unquoted(childText(part, 'ETag') ?? '') });
      }
      const next = childText(answer, 'NextPartNumberMarker') ?? '';
      if (childText(answer, 'IsTruncated') !== 'true' || next === marker) return parts;
      marker = next;
    }
  }

  /** Makes an object of the parts of an upload. Until this has succeeded there is no object. */
  async complete(key: string, uploadId: string, parts: readonly StoredPart[], signal?: AbortSignal): Promise<void> {
    const list = parts.map(
      ({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>"${escapeXml(etag)}"</ETag></Part>`,
    );
    const body = `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`;
    const md5 = createHash('md5').update(body).digest('hex');
    const request = { operation: 'complete', method: 'POST', key, query: { uploadId }, headers: digest(md5) } as const;
    // The store may answer 200 before it knows whether it can.
    const { text, on } = await this.#text({ ...request, body, signal }, this.#dataDeadlineMs);
    const { code, message } = readError(text);
    if (code === '') return;
    const kind = code === 'InvalidPart' || code === 'NoSuchUpload' ? 'missing' : 'unavailable';
    throw new ObjectStoreError(`${code}: ${message}`, { operation: 'complete', on, kind, code });
  }

  /** Gives up a multipart upload: the store forgets its parts. An unknown upload is no error. */
  async abort(key: string, uploadId: string, signal?: AbortSignal): Promise<void> {
    try {
      await this.#text({ operation: 'abort', method: 'DELETE', key, query: { uploadId }, signal });
    } catch (error) {
      if (!(error instanceof ObjectStoreError && error.kind === 'missing')) throw error;
    }
  }

  /** Returns the facts of an object; undefined if it does not exist. */
  async head(key: string, signal?: AbortSignal): Promise<ObjectFacts | undefined> {
    try {
      const { response } = await this.#send({ operation: 'head', method: 'HEAD', key, signal });
      return factsOf(response);
    } catch (error) {
      if (error instanceof ObjectStoreError && error.kind === 'missing') return undefined;
      throw error;
    }
  }

  /** Opens an object for reading. */
  async get(key: string, signal?: AbortSignal): Promise<{ readonly facts: ObjectFacts; readonly content: Readable }> {
    const { response } = await this.#send({ operation: 'get', method: 'GET', key, signal }, this.#dataDeadlineMs);
    if (response.body === null) throw this.#senseless('get', key, 'an answer without a body');
    // The two types of web streams differ in nothing that is used here.
    const content = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
    return { facts: factsOf(response), content };
  }

  /** Reads `length` bytes of an object from `offset` on; all must be there. */
  async getRange(key: string, offset: number, length: number, signal?: AbortSignal): Promise<Buffer> {
    const headers = { range: `bytes=${offset}-${offset + length - 1}` };
    const { response } = await this.#send(
      { operation: 'get', method: 'GET', key, headers, signal },
      this.#dataDeadlineMs,
    );
    if (response.status !== 206) {
      await response.body?.cancel();
      throw this.#senseless('get', key, 'the store does not read ranges');
    }
    const bytes = Buffer.from(await response.arrayBuffer());
    if (bytes.length === length) return bytes;
    throw this.#senseless('get', key, `${bytes.length} bytes from ${offset} on, expected ${length}`);
  }

  /**
   * Lists the objects whose keys begin with `prefix`, in the order of keys: ListObjectsV2, a page at a time.
   * @param options.pageKeys most keys of a page (default: 1000, which is also the most that stores give)
   */
  async *list(
    prefix: string,
    { pageKeys = 1000, signal }: { readonly pageKeys?: number; readonly signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<ListedObject, void, undefined> {
    for (let token = ''; ; ) {
      const query = {
        'list-type': '2',
        'max-keys': String(pageKeys),
        prefix,
        ...(token === '' ? {} : { 'continuation-token': token }),
      };
      const answer = await this.#xml({ operation: 'list', method: 'GET', key: '', query, signal });
      for (const entry of childrenOf(answer, 'Contents')) {
        const [key, bytes] = [childText(entry, 'Key'), numberIn(entry, 'Size')];
        if (key === undefined || bytes === undefined) throw this.#senseless('list', '', 'an entry without key or size');
        yield { key, bytes, etag: unquoted(childText(entry, 'ETag') ?? '') };
      }
      const next = childText(answer, 'NextContinuationToken') ?? '';
      if (childText(answer, 'IsTruncated') !== 'true' || next === '' || next === token) return;
      token = next;
    }
  }

  async #send(
    request: Omit<StoreRequest, 'deadlineMs'>,
    deadlineMs = this.#deadlineMs,
  ): Promise<{ readonly response: Response; readonly on: string }> {
    const on = request.key === '' ? this.bucket : `${this.bucket}/${request.key}`;
    return { response: await send(this.#context, { ...request, deadlineMs }), on };
  }

  async #text(
    request: Omit<StoreRequest, 'deadlineMs'>,
    deadlineMs = this.#deadlineMs,
  ): Promise<{ readonly text: string; readonly on: string }> {
    const { response, on } = await this.#send(request, deadlineMs);
    return { text: await readText(response, { operation: request.operation, on, signal: request.signal }), on };
  }

  async #xml(request: Omit<StoreRequest, 'deadlineMs'>): Promise<XmlElement> {
    const { text, on } = await this.#text(request);
    try {
      return readXml(text.trim());
    } catch (error) {
      if (!(error instanceof XmlError)) throw error;
      const details = { operation: request.operation, on, kind: 'refused', code: 'ERR_ANSWER', cause: error } as const;
      throw new ObjectStoreError(`the answer is ${error.message}`, details);
    }
  }

  #senseless(operation: StoreOperation, key: string, what: string): ObjectStoreError {
    const on = key === '' ? this.bucket : `${this.bucket}/${key}`;
    return new ObjectStoreError(what, { operation, on, kind: 'refused', code: 'ERR_ANSWER' });
  }
}

function digest(md5: string): Record<string, string> {
  return { 'content-md5': Buffer.from(md5, 'hex').toString('base64') };
}

function etagOf(response: Response): string {
  return unquoted(response.headers.get('etag') ?? '');
}

function factsOf(response: Response): ObjectFacts {
  const { headers } = response;
  const encryption = headers.get('x-amz-server-side-encryption') ?? '';
  return {
    bytes: Number(headers.get('content-length') ?? Number.NaN),
    etag: etagOf(response),
    // Encryption with the store's own keys (AES256) leaves the MD5; that of KMS and of the client's keys does not.
    hasOpaqueEtag:
      encryption.startsWith('aws:') || headers.get('x-amz-server-side-encryption-customer-algorithm') !== null,
  };
}

function unquoted(etag: string): string {
  return etag.replace(/^(?:W\/)?"|"$/g, '');
}

function numberIn(parent: XmlElement, name: string): number | undefined {
  const text = childText(parent, name);
  const number = text !== undefined && /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}
