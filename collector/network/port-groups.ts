import type { InetDiagSockId } from '../../inetdiag/index.js';

/** Ports that are counted together. */
export interface PortGroup {
  /** What the group is called: `443`, `5000-5010`. */
  readonly text: string;
  /** 1 to 65535. */
  readonly first: number;
  /** `first` or above. */
  readonly last: number;
}

const PORTS = 65_536;
const NO_GROUP = 0;

/**
 * Puts connections into port groups, each with two series: of those that have a port of the group at their own end, and of
 * those that have one at their peer's only. The series of group i are 2i and 2i+1; that of all other connections is behind
 * them.
 */
export class PortGroups {
  /** By port the group's number, counted from 1. */
  readonly #groupOf = new Uint8Array(PORTS);
  readonly #others: number;

  /** @param groups that share no port, at most 255 */
  constructor(groups: readonly PortGroup[]) {
    this.#others = 2 * groups.length;
    for (const [index, { first, last }] of groups.entries()) this.#groupOf.fill(index + 1, first, last + 1);
  }

  /** The number of a connection's series. */
  seriesOf({ sport, dport }: Pick<InetDiagSockId, 'sport' | 'dport'>): number {
    const local = this.#groupOf[sport] ?? NO_GROUP;
    if (local !== NO_GROUP) return 2 * (local - 1);
    const remote = this.#groupOf[dport] ?? NO_GROUP;
    return remote === NO_GROUP ? this.#others : 2 * (remote - 1) + 1;
  }
}
