import { AwsV4Signer } from 'aws4fetch';
import { failureCode, failureWords } from './ask.js';
import { type Endpoint, objectUrl } from './endpoint.js';
import { classOf, ObjectStoreError, type StoreOperation } from './error.js';
import type { Credentials, CredentialsSource } from './keys.js';
import { childText, readXml } from './xml.js';

/** Request to a bucket. */
export interface StoreRequest {
  readonly operation: StoreOperation;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Key of the object; empty for the bucket. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Blob | string;
  /** Deadline of the whole request, milliseconds. */
  readonly deadlineMs: number;
  /** Ends the request early. */
  readonly signal?: AbortSignal | undefined;
}

/** Part of {@link StoreContext} that says where. */
export interface StoreContext {
  readonly endpoint: Endpoint;
  readonly bucket: string;
  readonly credentials: CredentialsSource;
}

/** Longest answer in XML: a list of 1,000 keys or parts has some 400 kB. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** Longest message of a store that is repeated. */
const MAX_MESSAGE = 300;

/**
 * Sends a signed request, and returns the answer if it is a success.
 * @throws ObjectStoreError; what `signal` was aborted with
 */
export async function send(context: StoreContext, request: StoreRequest): Promise<Response> {
  const { operation, method, key, body, deadlineMs, signal } = request;
  const { endpoint, bucket } = context;
  const on = key === '' ? bucket : `${bucket}/${key}`;
  const url = objectUrl(endpoint, bucket, key, request.query);
  const headers = await authorize(
    await context.credentials(),
    { url, method, headers: request.headers ?? {} },
    endpoint,
  );
  let response: Response;
  try {
    const deadline = AbortSignal.timeout(deadlineMs);
    response = await fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
    });
    if (response.ok) return response;
  } catch (error) {
    throw lost(error, { operation, on, signal });
  }
  throw await refused(response, { operation, on, signal });
}

/** Reads the whole answer as text. @throws ObjectStoreError */
export async function readText(
  response: Response,
  { operation, on, signal }: { operation: StoreOperation; on: string; signal?: AbortSignal | undefined },
): Promise<string> {
  try {
    const text = await boundedText(response);
    if (text !== undefined) return text;
  } catch (error) {
    throw lost(error, { operation, on, signal });
  }
  throw new ObjectStoreError('the answer is too long', { operation, on, kind: 'refused', code: 'ERR_TOO_LONG' });
}

/**
 * Signs a request: AWS Signature Version 4, or a bearer token. The body is not part of the signature, because each body
 * has its MD5 in a header that is signed; a store must refuse one that differs.
 */
export async function authorize(
  credentials: Credentials,
  {
    url,
    method,
    headers,
  }: { readonly url: URL; readonly method: string; readonly headers: Readonly<Record<string, string>> },
  { region }: Pick<Endpoint, 'region'>,
  datetime?: string,
): Promise<Headers> {
  if (credentials.kind === 'bearer') {
    return new Headers({ ...headers, authorization: `Bearer ${credentials.token}` });
  }
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const signer = new AwsV4Signer({
    method,
    url: url.href,
    headers: { ...headers },
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    service: 's3',
    region,
    ...(datetime === undefined ? {} : { datetime }),
  });
  return (await signer.sign()).headers;
}

interface About {
  readonly operation: StoreOperation;
  readonly on: string;
  readonly signal?: AbortSignal | undefined;
}

/** Returns the error of a request without an answer; the reason of the caller's signal as it is. */
function lost(error: unknown, { operation, on, signal }: About): unknown {
  if (signal?.aborted === true) return signal.reason;
  const details = { operation, on, kind: 'network', code: failureCode(error), cause: error } as const;
  return new ObjectStoreError(failureWords(error), details);
}

async function refused(response: Response, about: About): Promise<unknown> {
  const { operation, on } = about;
  const { status } = response;
  let text: string | undefined;
  try {
    text = await boundedText(response);
  } catch (error) {
    return lost(error, about);
  }
  const { code, message } = readError(text ?? '');
  const region = response.headers.get('x-amz-bucket-region');
  const hint = status >= 300 && status < 400 && region !== null ? `; the bucket is in the region ${region}` : '';
  const words = [code, message].filter((each) => each !== '').join(': ');
  return new ObjectStoreError(`HTTP status ${status}${words === '' ? '' : `, ${words}`}${hint}`, {
    operation,
    on,
    kind: classOf(status, code),
    code: code === '' ? String(status) : code,
  });
}

/** Reads the code and the message of an error, and nothing else: other elements may repeat what was signed. */
export function readError(text: string): { readonly code: string; readonly message: string } {
  try {
    const root = readXml(text.trim());
    if (root.name !== 'Error') return { code: '', message: '' };
    const message = childText(root, 'Message') ?? '';
    return { code: childText(root, 'Code') ?? '', message: message.slice(0, MAX_MESSAGE) };
  } catch {
    return { code: '', message: '' }; // a proxy's page, or no body: the status is reported
  }
}

async function boundedText(response: Response): Promise<string | undefined> {
  if (response.body === null) return '';
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += piece.length;
    if (bytes > MAX_ANSWER_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
