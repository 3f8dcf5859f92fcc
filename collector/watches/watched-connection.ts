import type { Connection } from '../../cache/index.js';

/** Message of a scan about a watched connection that was held back. */
export interface HeldMessage {
  /** Copy, with `nlmsghdr`. */
  readonly bytes: Uint8Array;
  readonly scanStartNs: bigint;
  readonly scanEndNs: bigint;
}

/**
 * Connection that is, or lately was, watched. While its reads have good answers, what scans say of it is held back: that
 * may be older. Afterwards it is held back until a scan has begun after the last read.
 */
export class WatchedConnection {
  readonly connection: Connection;
  /** True while reads have good answers, and from the beginning. */
  hasAnswers = true;
  /** True while it is watched. */
  isWatched = true;
  /** Time of the last record of a read, nanoseconds since 1970; 0 without one. */
  lastReadNs = 0n;
  /** End of the last scan whose message counted. */
  #countedNs = 0n;
  #held: HeldMessage | undefined;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** True while only reads count. */
  get holdsBack(): boolean {
    return this.isWatched && this.hasAnswers;
  }

  /** Returns whether a read may be published: not if a later scan was, while reads had no good answers. */
  takesRead(timeNs: bigint): boolean {
    return timeNs > this.#countedNs;
  }

  /** Notes a read with a record. */
  wasRead(timeNs: bigint): void {
    this.lastReadNs = timeNs;
    this.#held = undefined;
  }

  /** Returns whether a message of a scan counts; if not, it is kept. */
  takesScan(message: HeldMessage): boolean {
    if (!this.holdsBack && message.scanStartNs > this.lastReadNs) {
      this.#countedNs = message.scanEndNs;
      this.#held = undefined;
      return true;
    }
    this.#held = { ...message, bytes: message.bytes.slice() };
    return false;
  }

  /**
   * Returns the message that was held back, if it has to count after all: a later scan finds no change against it, so it
   * would be lost. It is of a scan that ended after the last read.
   */
  takeHeld(scanStartNs: bigint): HeldMessage | undefined {
    const held = this.#held;
    if (held === undefined || this.holdsBack || scanStartNs <= this.lastReadNs) return undefined;
    this.#held = undefined;
    if (held.scanEndNs <= this.lastReadNs || held.scanEndNs <= this.#countedNs) return undefined;
    this.#countedNs = held.scanEndNs;
    return held;
  }

  /** Returns whether all is over: no scan that began before the last read is still to come. */
  isOver(scanStartNs: bigint): boolean {
    return !this.isWatched && scanStartNs > this.lastReadNs;
  }
}
