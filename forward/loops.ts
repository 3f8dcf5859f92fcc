import { isIPv4 } from 'node:net';
import type { ServiceConfig } from '../services/config/index.js';

/** Addresses that backends and this machine have by now. */
export interface KnownAddresses {
  /** Returns the addresses of a backend; empty if its name is not known. */
  readonly ofBackend: (host: string) => readonly string[];
  /** Returns whether an address belongs to this machine. */
  readonly isOwn: (address: string) => boolean;
}

/**
 * Finds a service whose backend leads back to it, over any number of services: each connection would open another one
 * without end. Returns the names of the services on the way, beginning with it; undefined without a loop.
 */
export function findLoop(services: readonly ServiceConfig[], known: KnownAddresses): readonly string[] | undefined {
  const next = new Map(services.map((service) => [service, services.filter((to) => leads(service, to, known))]));
  for (const start of services) {
    const way = wayBack(start, next);
    if (way !== undefined) return way.map(({ name }) => name);
  }
  return undefined;
}

/**
 * Returns whether a connection of a service to this address of its backend would lead back to the service: a name may
 * have another address by now than at the start.
 */
export function leadsBack(
  service: ServiceConfig,
  address: string,
  services: readonly ServiceConfig[],
  known: KnownAddresses,
): boolean {
  const port = service.forward?.backendPort ?? 0;
  const isOurs = services.some(({ listenPorts }) =>
    listenPorts.some(({ first, last }) => first <= port && port <= last),
  );
  // Nearly no backend has a port of ours: the rest is not worth its time for each connect.
  if (!isOurs) return false;
  const host = service.forward?.backendHost;
  const ofBackend: KnownAddresses['ofBackend'] = (each) => (each === host ? [address] : known.ofBackend(each));
  // A connection keeps the configuration of its accept.
  const all = services.map((each) => (each.sid === service.sid ? service : each));
  const next = new Map(all.map((from) => [from, all.filter((to) => leads(from, to, { ...known, ofBackend }))]));
  return wayBack(service, next) !== undefined;
}

function wayBack(
  start: ServiceConfig,
  next: ReadonlyMap<ServiceConfig, readonly ServiceConfig[]>,
): readonly ServiceConfig[] | undefined {
  const seen = new Set<ServiceConfig>();
  const ways: (readonly ServiceConfig[])[] = [[start]];
  for (let way = ways.pop(); way !== undefined; way = ways.pop()) {
    for (const service of next.get(way.at(-1) ?? start) ?? []) {
      if (service === start) return way;
      if (seen.has(service)) continue;
      seen.add(service);
      ways.push([...way, service]);
    }
  }
  return undefined;
}

function leads({ forward }: ServiceConfig, to: ServiceConfig, known: KnownAddresses): boolean {
  if (forward === undefined || to.forward === undefined) return false;
  if (!to.listenPorts.some(({ first, last }) => forward.backendPort >= first && forward.backendPort <= last)) {
    return false;
  }
  return known.ofBackend(forward.backendHost).some((address) => {
    if (address === to.listenHost) return true;
    const isWildcard = to.listenHost === undefined || (to.listenHost === '0.0.0.0' && isIPv4(address));
    return isWildcard && known.isOwn(address);
  });
}
