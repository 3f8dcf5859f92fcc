import {
  dstAddressRules,
  type FilterRule,
  type InetDiagSockId,
  LOCAL_RULES,
  SocketFilter,
  srcPortRules,
} from '../inetdiag/index.js';

/** Which connections are not wanted. */
export interface ExclusionOptions {
  /** Local ports, 0 to 65535. */
  readonly srcPorts: readonly number[];
  /** Remote addresses, as `addressKey` gives them, so that IPv4 and IPv4-mapped IPv6 are one. */
  readonly dstAddressKeys: readonly string[];
  /** More rules. */
  readonly rules?: readonly FilterRule[];
}

/**
 * Decides which sockets are left out of archives, events and rates: those with an excluded local port, those of which
 * either end is local (loopback, link-local, multicast, unspecified), those with an excluded remote address, and those
 * that the rules do not want. The kernel may have been told the same, and not show them at all: this is the last word.
 */
export class Exclusions {
  /** All of it as rules. */
  readonly rules: readonly FilterRule[];
  readonly #filter: SocketFilter;

  constructor({ srcPorts, dstAddressKeys, rules = [] }: ExclusionOptions) {
    this.rules = [...LOCAL_RULES, ...srcPortRules(srcPorts), ...dstAddressRules(dstAddressKeys), ...rules];
    this.#filter = new SocketFilter(this.rules);
  }

  /** Whether the socket is to be left out. `family` is AF_INET or AF_INET6. */
  excludes(id: InetDiagSockId, family: number): boolean {
    return !this.#filter.wants(id, family);
  }

  /**
   * Returns whether a socket that was disconnected is sure to be left out, by what it kept of its ends: its own port and the peer's
   * address. Rules that ask for the peer's port, or for its own address where that is lost, leave it in.
   */
  excludesDisconnected(id: InetDiagSockId, family: number): boolean {
    return !this.#filter.mayWant(id, family);
  }
}
