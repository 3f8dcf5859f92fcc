import {
  dstAddressRules,
  type FilterRule,
  type InetDiagSockId,
  LOCAL_RULES,
  LOOPBACK_RULES,
  SocketFilter,
  srcPortRules,
} from '../inetdiag/index.js';

/** Options of {@link Exclusions}: connections to exclude. */
export interface ExclusionOptions {
  /** Local ports to exclude, 0 to 65535. */
  readonly srcPorts: readonly number[];
  /** Remote addresses to exclude, as `addressKey` returns them: IPv4 and IPv4-mapped IPv6 are equal. */
  readonly dstAddressKeys: readonly string[];
  /** Additional rules. */
  readonly rules?: readonly FilterRule[];
  /**
   * Connections with a local address at either end: `exclude` (default), `include`, or `loopback` for those over
   * loopback and no others.
   */
  readonly local?: 'exclude' | 'include' | 'loopback';
}

/**
 * Decides which sockets are excluded from archives, events and rates: those with an excluded local port, with a local
 * address at either end (loopback, link-local, multicast, unspecified), with an excluded remote address, or excluded by
 * the rules. The kernel filter may already have dropped some of them; this decision is final.
 */
export class Exclusions {
  /** Rules for the kernel: they exclude no connection that is wanted. */
  readonly rules: readonly FilterRule[];
  readonly #filter: SocketFilter;
  readonly #only: SocketFilter | undefined;

  constructor({ srcPorts, dstAddressKeys, rules = [], local = 'exclude' }: ExclusionOptions) {
    const given = [...srcPortRules(srcPorts), ...dstAddressRules(dstAddressKeys), ...rules];
    const all = local === 'exclude' ? [...LOCAL_RULES, ...given] : given;
    this.#filter = new SocketFilter(all);
    // A rule that includes would widen the others in one filter, so loopback is a filter of its own.
    this.#only = local === 'loopback' ? new SocketFilter(LOOPBACK_RULES) : undefined;
    this.rules = local === 'loopback' ? LOOPBACK_RULES : all;
  }

  /** Returns whether the socket is excluded. `family` is AF_INET or AF_INET6. */
  excludes(id: InetDiagSockId, family: number): boolean {
    return !this.#filter.wants(id, family) || this.#only?.wants(id, family) === false;
  }

  /**
   * Returns whether a disconnected socket is certainly excluded, by its local port and its remote address. Rules about
   * the lost remote port, or a lost local address, do not exclude it.
   */
  excludesDisconnected(id: InetDiagSockId, family: number): boolean {
    return !this.#filter.mayWant(id, family) || this.#only?.mayWant(id, family) === false;
  }
}
