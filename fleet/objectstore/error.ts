/** Classes of failures of an object store. The set is closed: metrics have a series for each. */
export const STORE_ERROR_CLASSES = [
  /** No answer: the name, the connection or the deadline. */
  'network',
  /** The store is overloaded or broken: 5xx, 429. */
  'unavailable',
  /** The credentials are missing, wrong, expired or not allowed to do this. */
  'denied',
  /** The bucket, the object or the multipart upload does not exist. */
  'missing',
  /** The bytes that arrived are not those that were sent. */
  'damaged',
  /** The condition of the request does not hold. */
  'condition',
  /** Any other refusal or an answer that makes no sense. */
  'refused',
] as const;
/** One of {@link STORE_ERROR_CLASSES}. */
export type StoreErrorClass = (typeof STORE_ERROR_CLASSES)[number];

/** Operations of an object store, as they are counted. */
export const STORE_OPERATIONS = [
  'credentials',
  'put',
  'create',
  'part',
  'complete',
  'parts',
  'abort',
  'head',
  'get',
  'list',
] as const;
/** One of {@link STORE_OPERATIONS}. */
export type StoreOperation = (typeof STORE_OPERATIONS)[number];

/** Details of an {@link ObjectStoreError}. */
export interface StoreErrorDetails {
  readonly operation: StoreOperation;
  /** Bucket and key, or the server, as in messages. */
  readonly on: string;
  readonly kind: StoreErrorClass;
  /** Code of the store, e.g. `NoSuchKey`, or of the system, e.g. `ECONNREFUSED`. */
  readonly code: string;
  readonly cause?: unknown;
}

/** Thrown when an operation of an object store fails. The message never has a credential. */
export class ObjectStoreError extends Error {
  override readonly name = 'ObjectStoreError';
  readonly operation: StoreOperation;
  readonly kind: StoreErrorClass;
  readonly code: string;

  constructor(what: string, { operation, on, kind, code, cause }: StoreErrorDetails) {
    super(`${operation} ${on}: ${what}`, cause === undefined ? undefined : { cause });
    this.operation = operation;
    this.kind = kind;
    this.code = code;
  }
}

/** Codes of S3 that say more than the status of their answer. */
const BY_CODE: Readonly<Partial<Record<string, StoreErrorClass>>> = {
  BadDigest: 'damaged',
  XAmzContentSHA256Mismatch: 'damaged',
  IncompleteBody: 'damaged',
  InvalidPart: 'missing',
  NoSuchUpload: 'missing',
  RequestTimeout: 'network',
  RequestTimeTooSkewed: 'denied',
  ExpiredToken: 'denied',
  InvalidToken: 'denied',
  SlowDown: 'unavailable',
};

/** Returns the class of an answer of the store that is a failure. */
export function classOf(status: number, code: string): StoreErrorClass {
  const known = BY_CODE[code];
  if (known !== undefined) return known;
  if (status === 401 || status === 403) return 'denied';
  if (status === 404) return 'missing';
  if (status === 412) return 'condition';
  if (status === 408) return 'network';
  // 501 is not an overload: the store does not know the operation, and never will.
  return status === 429 || (status >= 500 && status !== 501) ? 'unavailable' : 'refused';
}
