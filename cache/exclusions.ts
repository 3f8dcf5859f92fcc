import { addressKey, type InetDiagSockId, isLocal } from '../inetdiag/index.js';

/** Which connections are not wanted. */
export interface ExclusionOptions {
  /** Local ports, 0 to 65535. */
  readonly srcPorts: readonly number[];
  /** Remote addresses, as {@link addressKey} gives them, so that IPv4 and IPv4-mapped IPv6 are one. */
  readonly dstAddressKeys: readonly string[];
}

/**
 * Decides which sockets are left out of archives, events and rates: those with an excluded local port, those of which
 * either end is local (loopback, link-local, multicast, unspecified), those with an excluded remote address.
 */
export class Exclusions {
  readonly #srcPorts: ReadonlySet<number>;
  readonly #dstAddressKeys: ReadonlySet<string>;

  constructor({ srcPorts, dstAddressKeys }: ExclusionOptions) {
    this.#srcPorts = new Set(srcPorts);
    this.#dstAddressKeys = new Set(dstAddressKeys);
  }

  /** Whether the socket is to be left out. `family` is AF_INET or AF_INET6. */
  excludes(id: InetDiagSockId, family: number): boolean {
    if (this.#srcPorts.has(id.sport)) return true;
    if (isLocal(id.src, family) || isLocal(id.dst, family)) return true;
    return this.#dstAddressKeys.size > 0 && this.#dstAddressKeys.has(addressKey(id.dst, family));
  }
}
