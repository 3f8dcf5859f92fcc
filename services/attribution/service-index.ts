import { comparableAddress, type PortRange } from '../../inetdiag/index.js';
import { AF_INET6, formatAddress, v4Offset } from '../../netlink/index.js';
import type { LocalEnd } from './listener-table.js';

/** Address and ports of a service, as its configuration has them. */
export interface ServiceAddress {
  /** Undefined for all addresses. */
  readonly listenHost: string | undefined;
  /** Ascending, without overlaps. */
  readonly listenPorts: readonly PortRange[];
}

interface Claim<S> extends PortRange {
  readonly service: S;
}

const ANY = '*';
const ANY_IPV4 = '0.0.0.0';

/** Configured services by address and port. Needs no listener: a service keeps its connections when its listener goes. */
export class ServiceIndex<S extends ServiceAddress> {
  readonly #byHost = new Map<string, Claim<S>[]>();

  /** @param services services, no two with the same address and a port in common */
  constructor(services: readonly S[]) {
    for (const service of services) {
      const host = service.listenHost ?? ANY;
      const claims = this.#byHost.get(host) ?? [];
      this.#byHost.set(host, claims);
      for (const { first, last } of service.listenPorts) claims.push({ first, last, service });
    }
    for (const claims of this.#byHost.values()) claims.sort((a, b) => a.first - b.first);
  }

  /** Returns the service of a local end: that of its address before that of all addresses. */
  find({ family, id }: Pick<LocalEnd, 'family' | 'id'>): S | undefined {
    const address = comparableAddress(id.src, family);
    const own =
      this.#byHost.size === 1 && this.#byHost.has(ANY)
        ? undefined
        : this.#at(formatAddress(address, AF_INET6), id.sport);
    if (own !== undefined) return own;
    const isIpv4 = v4Offset(address, AF_INET6) !== undefined;
    return (isIpv4 ? this.#at(ANY_IPV4, id.sport) : undefined) ?? this.#at(ANY, id.sport);
  }

  #at(host: string, port: number): S | undefined {
    const claims = this.#byHost.get(host);
    if (claims === undefined) return undefined;
    let [low, high] = [0, claims.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((claims[middle]?.last ?? 0) < port) low = middle + 1;
      else high = middle;
    }
    const claim = claims[low];
    return claim !== undefined && claim.first <= port ? claim.service : undefined;
  }
}
