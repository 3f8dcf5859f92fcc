import type { SocketHolder } from '../../native/index.js';
import { nextSearchMs } from './rereads.js';
import type { ProcessAnswer, SearchUnknown, WantedSocket } from './types.js';

/** Entries of sockets that are not searched for any longer, beyond which they are removed from the untried ones. */
const MAX_STALE = 1024;

/** Answers without a process. */
export const UNKNOWN: Readonly<Record<SearchUnknown, ProcessAnswer>> = {
  pending: { process: null, unknown: 'pending' },
  none: { process: null, unknown: 'none' },
  permission: { process: null, unknown: 'permission' },
  gone: { process: null, unknown: 'gone' },
};

/** Socket whose process is wanted, and what is known of it. */
export interface Wanted {
  readonly socket: WantedSocket;
  /** The only holder that the answer describes; undefined without an answer, or with several holders. */
  holder: SocketHolder | undefined;
  /** Time of the read that the answer describes, of a monotonic clock. */
  seenMs: number;
  answer: ProcessAnswer;
  /** Number of the request in the order of all that happens. A search that began later covers it. */
  order: number;
  /** Time since which it is searched for, of a monotonic clock. */
  sinceMs: number;
  /** True after a read since the request showed a holder. */
  confirmed: boolean;
  /** True when a process that held the socket has ended, or closed it. */
  lostHolder: boolean;
  /** Number of searches without success. */
  searches: number;
  /** Time of the next search after one without success. */
  retryMs: number;
}

/** Sockets whose processes are wanted: those searched for, those found, and those to be searched for again later. */
export class WantedSockets {
  readonly #byInode = new Map<number, Wanted>();
  /** Sockets that are searched for, in the order of their requests. */
  readonly #searching = new Set<Wanted>();
  readonly #unfound = new Set<Wanted>();
  /** Lower bound of the times of retries. */
  #nextRetryMs = Number.POSITIVE_INFINITY;
  /** Sockets whose likely holders have not been read yet, newest last. */
  #untried: Wanted[] = [];

  /** True when likely holders of some socket have not been read. */
  get hasUntried(): boolean {
    return this.#untried.length > 0;
  }

  get(inode: number): Wanted | undefined {
    return this.#byInode.get(inode);
  }

  /** Number of sockets kept as untried, with those that are not searched for any longer. */
  get untriedSize(): number {
    return this.#untried.length;
  }

  /** Adds a socket, which is searched for from now on. */
  add(socket: WantedSocket, order: number, nowMs: number): Wanted {
    const wanted: Wanted = {
      socket,
      holder: undefined,
      seenMs: Number.NEGATIVE_INFINITY,
      answer: UNKNOWN.pending,
      order,
      sinceMs: nowMs,
      confirmed: false,
      lostHolder: false,
      searches: 0,
      retryMs: Number.POSITIVE_INFINITY,
    };
    this.#byInode.set(socket.inode, wanted);
    this.search(wanted, order, nowMs);
    return wanted;
  }

  /** Searches for a socket again. Its answer stays. */
  search(wanted: Wanted, order: number, nowMs: number): void {
    this.#unfound.delete(wanted);
    this.#searching.delete(wanted);
    wanted.order = order;
    wanted.sinceMs = nowMs;
    this.#searching.add(wanted);
    this.#untried.push(wanted);
    // Those below the newest are removed only here: new sockets may come faster than they are taken.
    if (this.#untried.length > 2 * this.#searching.size + MAX_STALE) this.#compact();
  }

  /** Removes the sockets that are not searched for any longer. Of equal ones the newest stays. */
  #compact(): void {
    const newestFirst = new Set(this.#untried.reverse());
    this.#untried = [...newestFirst].filter((wanted) => this.#searching.has(wanted)).reverse();
  }

  /** Ends the search for a socket. */
  found(wanted: Wanted, answer: ProcessAnswer): void {
    wanted.answer = answer;
    this.#searching.delete(wanted);
    this.#unfound.delete(wanted);
  }

  /** Removes a socket. */
  remove(inode: number): Wanted | undefined {
    const wanted = this.#byInode.get(inode);
    if (wanted === undefined) return undefined;
    this.#byInode.delete(inode);
    this.#searching.delete(wanted);
    this.#unfound.delete(wanted);
    return wanted;
  }

  /** Takes the newest sockets whose likely holders have not been read yet, at most `limit`. */
  takeUntried(limit: number): readonly Wanted[] {
    const taken: Wanted[] = [];
    while (taken.length < limit) {
      const wanted = this.#untried.pop();
      if (wanted === undefined) break;
      if (this.#searching.has(wanted)) taken.push(wanted);
    }
    return taken;
  }

  /** Returns whether some socket is searched for since before a moment in the order of all that happens. */
  isSearchedBefore(order: number): boolean {
    for (const { order: first } of this.#searching) return first < order;
    return false;
  }

  /** Returns the time since which the oldest of them is searched for; infinite without any. */
  oldestMs(): number {
    for (const { sinceMs } of this.#searching) return sinceMs;
    return Number.POSITIVE_INFINITY;
  }

  /**
   * Ends the search for all sockets that were wanted before a moment: all processes have been read since then. Later
   * they are searched for again.
   * @returns the sockets, which have their new answer
   */
  giveUp(order: number, reason: 'none' | 'permission', nowMs: number): readonly Wanted[] {
    const given: Wanted[] = [];
    for (const wanted of this.#searching) {
      if (wanted.order >= order) break;
      wanted.answer = UNKNOWN[wanted.lostHolder ? 'gone' : reason];
      wanted.retryMs = nextSearchMs(wanted.searches++, nowMs);
      this.#nextRetryMs = Math.min(this.#nextRetryMs, wanted.retryMs);
      given.push(wanted);
    }
    for (const wanted of given) {
      this.#searching.delete(wanted);
      this.#unfound.add(wanted);
    }
    return given;
  }

  /** Searches again for the sockets that are due. */
  retry(nowMs: number, order: number): void {
    if (nowMs < this.#nextRetryMs) return;
    this.#nextRetryMs = Number.POSITIVE_INFINITY;
    const due: Wanted[] = [];
    for (const wanted of this.#unfound) {
      if (wanted.retryMs <= nowMs) due.push(wanted);
      else this.#nextRetryMs = Math.min(this.#nextRetryMs, wanted.retryMs);
    }
    for (const wanted of due) this.search(wanted, order, nowMs);
  }

  /** Time before which no {@link retry} is due; infinite without any. */
  get nextRetryMs(): number {
    return this.#nextRetryMs;
  }
}
