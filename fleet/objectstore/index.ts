/** Client of S3-compatible object stores: signed requests, multipart uploads, range reads, lists; credentials. */
export {
  type Content,
  type ListedObject,
  type ObjectFacts,
  ObjectStore,
  type ObjectStoreOptions,
  type StoredPart,
} from './client.js';
export { credentialsFrom } from './credentials.js';
export { type Endpoint, type Environment, resolveEndpoint } from './endpoint.js';
export {
  ObjectStoreError,
  STORE_ERROR_CLASSES,
  STORE_OPERATIONS,
  type StoreErrorClass,
  type StoreOperation,
} from './error.js';
export type { Credentials, CredentialsSource } from './keys.js';
export { formatLocation, isLocation, parseLocation, type StoreLocation } from './location.js';
export { type OpenStoreOptions, openStore } from './open-store.js';
export { Backoff, type BackoffOptions } from './retry.js';
