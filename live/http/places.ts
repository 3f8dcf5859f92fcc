/** Holder of a place. */
export interface Placed {
  /** Host that the holder comes from. */
  readonly host: string;
  /** Time of its last served request, or of its arrival before the first request. */
  readonly sinceMs: number;
}

/**
 * Bounded number of places. When all are taken, a newcomer displaces a member of the host with the most places: the one
 * that was served longest ago. So one host cannot take the places of all others.
 */
export class Places<T extends Placed> {
  readonly #capacity: number;
  readonly #hosts = new Map<string, Set<T>>();
  #taken = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Gives a place to a newcomer, and returns the member that it displaces. */
  enter(newcomer: T): T | undefined {
    let host = this.#hosts.get(newcomer.host);
    if (host === undefined) {
      host = new Set();
      this.#hosts.set(newcomer.host, host);
    }
    host.add(newcomer);
    this.#taken++;
    if (this.#taken <= this.#capacity) return undefined;
    const leaving = this.#oldest(newcomer);
    if (leaving !== undefined) this.leave(leaving);
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
    const most = Math.max(...Array.from(this.#hosts.values(), ({ size }) => size));
    let oldest: T | undefined;
    for (const host of this.#hosts.values()) {
      if (host.size < most) continue;
      for (const member of host) {
        if (member !== newcomer && (oldest === undefined || member.sinceMs < oldest.sinceMs)) oldest = member;
      }
    }
    return oldest;
  }
}
