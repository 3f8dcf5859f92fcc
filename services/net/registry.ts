import { ServiceError } from './error.js';
import type { ServiceOptions } from './options.js';
import { type CloseOptions, Service } from './service.js';

const SERVICES = new Map<string, Service>();

/**
 * Makes a service that {@link getService} finds.
 * @param sid its id, unique in the program; by default `default`
 * @throws ServiceError `ERR_SERVICE_EXISTS`, or for options that cannot be honoured
 */
export function createService(sid = 'default', options: ServiceOptions = {}): Service {
  if (SERVICES.has(sid)) {
    throw new ServiceError('ERR_SERVICE_EXISTS', sid, 'it exists already: get it, or delete it first');
  }
  const service = new Service(sid, options);
  SERVICES.set(sid, service);
  return service;
}

/** Returns the service of an id. */
export function getService(sid = 'default'): Service | undefined {
  return SERVICES.get(sid);
}

/** Returns all services, the oldest first. */
export function services(): Service[] {
  return [...SERVICES.values()];
}

/** Removes a service and closes it. Its id is free at once. Returns false if there is no such service. */
export async function deleteService(sid = 'default', options: CloseOptions = {}): Promise<boolean> {
  const service = SERVICES.get(sid);
  if (service === undefined) return false;
  SERVICES.delete(sid);
  await service.close(options);
  return true;
}

/** Removes and closes all services, all at once. */
export async function shutdown(options: CloseOptions = {}): Promise<void> {
  await Promise.all(Array.from(SERVICES.keys(), (sid) => deleteService(sid, options)));
}
