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
