import type { InetDiagSockId } from '../../inetdiag/index.js';

/** Range of ports that are counted together. */
export interface PortGroup {
  /** Name of the group: `443`, `5000-5010`. */
  readonly text: string;
  /** 1 to 65535. */
  readonly first: number;
  /** `first` or above. */
  readonly last: number;
}

const PORTS = 65_536;
const NO_GROUP = 0;

/**
 * Maps connections to port groups. Each group has two series: 2i for connections whose local port is in group i, and
 * 2i+1 for those where only the remote port is. All other connections share the last series.
 */
export class PortGroups {
  /** Number of the group of each port, from 1; 0 for no group. */
  readonly #groupOf = new Uint8Array(PORTS);
  readonly #others: number;

  /** @param groups at most 255 groups, without common ports */
  constructor(groups: readonly PortGroup[]) {
    this.#others = 2 * groups.length;
    for (const [index, { first, last }] of groups.entries()) this.#groupOf.fill(index + 1, first, last + 1);
  }

  /** Returns the number of a connection's series. */
  seriesOf({ sport, dport }: Pick<InetDiagSockId, 'sport' | 'dport'>): number {
    const local = this.#groupOf[sport] ?? NO_GROUP;
    if (local !== NO_GROUP) return 2 * (local - 1);
    const remote = this.#groupOf[dport] ?? NO_GROUP;
    return remote === NO_GROUP ? this.#others : 2 * (remote - 1) + 1;
  }
}
