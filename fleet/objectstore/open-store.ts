import { ObjectStore } from './client.js';
import { credentialsFrom } from './credentials.js';
import { type Environment, resolveEndpoint } from './endpoint.js';
import type { StoreLocation } from './location.js';

/** Options of {@link openStore}. */
export interface OpenStoreOptions {
  /** Address of the store, for one that is not Amazon's or Google's. */
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly env: Environment;
}

/** Opens the bucket of a location. Nothing is asked yet. */
export function openStore(location: StoreLocation, { endpoint, region, env }: OpenStoreOptions): ObjectStore {
  const address = resolveEndpoint(location, {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    env,
  });
  const isGoogle = location.scheme === 'gs';
  return new ObjectStore({
    endpoint: address,
    bucket: location.bucket,
    credentials: credentialsFrom({ env, region: address.region, isGoogle }),
  });
}
