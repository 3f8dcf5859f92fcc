/** Holder of a place. */
export interface Placed {
  /** Host that the holder comes from. */
  readonly host: string;
  /** Time of its last served request, or of its arrival before the first request. */
  readonly sinceMs: number;
  /** True while a request is being answered. */
  readonly isBusy?: boolean;
}

/**
 * Bounded number of places. When all are taken, a newcomer displaces a member of the host with the most places: the one
 * that was served longest ago. So one host cannot take the places of all others. Optionally, busy members keep their
 * places.
 */
export class Places<T extends Placed> {
  readonly #capacity: number;
  readonly #keepsBusy: boolean;
  readonly #hosts = new Map<string, Set<T>>();
  #taken = 0;

  /** @param keepsBusy true if only members that are not busy may be displaced */
  constructor(capacity: number, keepsBusy = false) {
    this.#capacity = capacity;
    this.#keepsBusy = keepsBusy;
  }

  get taken(): number {
    return this.#taken;
  }

  /**
   * Gives a place to a newcomer, and returns the member that it displaces: the newcomer itself when no other member may
   * be displaced.
   */
  enter(newcomer: T): T | undefined {
    let host = this.#hosts.get(newcomer.host);
    if (host === undefined) {
      host = new Set();
      this.#hosts.set(newcomer.host, host);
    }
    host.add(newcomer);
    this.#taken++;
    if (this.#taken <= this.#capacity) return undefined;
    const leaving = this.#oldest(newcomer) ?? newcomer;
    this.leave(leaving);
    return leaving;
  }

  /** Frees the place of a member. Does nothing if it has no place. */
  leave(member: T): void {
    const host = this.#hosts.get(member.host);
    if (host?.delete(member) !== true) return;
    this.#taken--;
    if (host.size === 0) this.#hosts.delete(member.host);
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (const host of this.#hosts.values()) yield* host;
  }

  #oldest(newcomer: T): T | undefined {
    let most = 0;
    let oldest: T | undefined;
    for (const host of this.#hosts.values()) {
      if (host.size < most) continue;
      const member = this.#oldestOf(host, newcomer);
      if (member === undefined) continue;
      if (host.size > most || oldest === undefined || member.sinceMs < oldest.sinceMs) oldest = member;
      most = host.size;
    }
    return oldest;
  }

  #oldestOf(host: ReadonlySet<T>, newcomer: T): T | undefined {
    let oldest: T | undefined;
    for (const member of host) {
      if (member === newcomer || (this.#keepsBusy && member.isBusy === true)) continue;
      if (oldest === undefined || member.sinceMs < oldest.sinceMs) oldest = member;
    }
    return oldest;
  }
}
