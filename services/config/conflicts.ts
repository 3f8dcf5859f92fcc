import type { ServiceConfig } from './service-config.js';

interface Placed {
  readonly config: Pick<ServiceConfig, 'name' | 'mode' | 'listenHost' | 'listenPorts'>;
  readonly at: number;
}

interface Claim {
  readonly service: Placed;
  readonly last: number;
}

/**
 * Finds services of one address: each pair with a port in common is reported at the later one, once. A service of all
 * addresses and a service of one address may share a port: the one address is the more specific one.
 */
export function addressConflicts(services: readonly Placed[]): { readonly at: number; readonly reason: string }[] {
  const byHost = new Map<string, (Claim & { readonly first: number })[]>();
  for (const service of services) {
    const host = service.config.listenHost ?? '*';
    const claims = byHost.get(host) ?? [];
    byHost.set(host, claims);
    for (const { first, last } of service.config.listenPorts) claims.push({ service, first, last });
  }
  const found = new Map<Placed, string>();
  for (const claims of byHost.values()) {
    let widest: Claim | undefined;
    for (const claim of claims.sort((a, b) => a.first - b.first)) {
      if (widest !== undefined && widest.service !== claim.service && claim.first <= widest.last) {
        const [earlier, later] = [widest.service, claim.service].sort((a, b) => a.at - b.at);
        if (earlier !== undefined && later !== undefined && !found.has(later)) {
          found.set(
            later,
            `service "${later.config.name}" has port ${claim.first} of the address of "${earlier.config.name}"`,
          );
        }
      }
      if (widest === undefined || claim.last > widest.last) widest = claim;
    }
  }
  return Array.from(found, ([{ at }, reason]) => ({ at, reason }));
}

/**
 * Finds names and addresses that two lists of services have in common, such as a file and `-p` arguments: returns a
 * sentence for the first pair, or undefined.
 */
export function servicesConflict(services: readonly Placed['config'][]): string | undefined {
  const names = new Set<string>();
  for (const { name } of services) {
    if (names.has(name)) return `two services have the name ${JSON.stringify(name)}`;
    names.add(name);
  }
  return addressConflicts(services.map((config, at) => ({ config, at })))[0]?.reason;
}
