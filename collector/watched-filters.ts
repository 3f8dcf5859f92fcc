import {
  compileFilter,
  decodeSockId,
  excludedAtPorts,
  type FilterRule,
  type InetDiagSockId,
  type KernelFilter,
  type PortRange,
  PortSet,
  readFamily,
  readSport,
  SocketFilter,
} from '../inetdiag/index.js';

/**
 * Filters of the kernel that let the local ports of watched services through, beside what is recorded, and the decision
 * which of both a socket is: the kernel's filter without those ports, in TypeScript. So what is recorded, counted and
 * reported as excluded is the same as without watched services.
 */
export class WatchedFilters {
  readonly #rules: readonly FilterRule[] | undefined;
  readonly #scan: SocketFilter;
  readonly #events: SocketFilter;
  readonly #scanRules: readonly FilterRule[];
  #sports: readonly PortRange[] = [];
  #ports = new PortSet([]);
  #filter: KernelFilter | undefined;
  #tally: Uint8Array = new Uint8Array();

  /**
   * @param rules rules of the kernel's filter; undefined: it has none, and all sockets are as if recorded
   * @param sports local ports of watched services
   */
  constructor(rules: readonly FilterRule[] | undefined, sports: readonly PortRange[]) {
    this.#rules = rules;
    const recorded = compileFilter(rules ?? []);
    this.#scanRules = recorded.scanRules;
    this.#scan = new SocketFilter(recorded.scanRules);
    this.#events = new SocketFilter(recorded.eventRules);
    this.setPorts(sports);
  }

  /** Local ports of watched services. */
  get sports(): readonly PortRange[] {
    return this.#sports;
  }

  /** Filter for the kernel; undefined if it has none. */
  get filter(): KernelFilter | undefined {
    return this.#filter;
  }

  /** Classic BPF that rejects what is only watched; empty if nothing is. */
  get tally(): Uint8Array {
    return this.#tally;
  }

  /** Replaces the local ports of watched services. */
  setPorts(sports: readonly PortRange[]): void {
    this.#sports = sports;
    this.#ports = new PortSet(sports);
    if (this.#rules === undefined) return;
    this.#filter = compileFilter(this.#rules, sports);
    this.#tally = excludedAtPorts(this.#scanRules, sports);
  }

  /** Returns whether the local port of a socket is one of a watched service. */
  covers(rawIdm: Uint8Array): boolean {
    return this.#ports.has(readSport(rawIdm));
  }

  /** Returns whether a scan without watched services would have had this socket. */
  isInScans(rawIdm: Uint8Array): boolean {
    return !this.covers(rawIdm) || this.#scan.wants(decodeSockId(rawIdm), readFamily(rawIdm));
  }

  /** Returns whether the destroy event of this socket would have come without watched services. */
  isInEvents(rawIdm: Uint8Array): boolean {
    if (!this.covers(rawIdm)) return true;
    const id = decodeSockId(rawIdm);
    return isDisconnected(id) || this.#events.wants(id, readFamily(rawIdm));
  }
}

/** No rule holds for a socket that has lost its peer: the cookie alone shows its connection. */
function isDisconnected({ dport }: InetDiagSockId): boolean {
  return dport === 0;
}
