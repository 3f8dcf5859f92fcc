import type { Connection } from '../../cache/index.js';
import type { FlowAddresses } from './event.js';

/** Translations of connections, for open events. */
export interface EventFlows {
  /** Returns a function that returns the translated addresses of a connection, as far as they are known. */
  natReader(connection: Connection): () => FlowAddresses | undefined;
  /** Calls a function when they are known. Returns false, and does not call it, if they are not being looked up. */
  whenKnown(connection: Connection, run: () => void): boolean;
}

/** Longest time that events wait for translated addresses. The kernel usually answers within a millisecond. */
const MAX_HOLD_MS = 50;

/** Time of sending events: at the end of the turn, or when the translated addresses of all opened flows are known. */
export class Release {
  readonly #send: () => void;
  #isPlanned = false;
  #unknown = 0;
  /** Number of this wait: answers to earlier ones do not count. */
  #wait = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param send sends all events that were gathered */
  constructor(send: () => void) {
    this.#send = send;
  }

  /** True while events wait for translated addresses. */
  get isHeld(): boolean {
    return this.#unknown > 0;
  }

  /** Plans to send events. */
  plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    queueMicrotask(() => {
      this.#isPlanned = false;
      if (!this.isHeld) this.#send();
    });
  }

  /** Holds events back until the translated addresses of a flow are known. */
  hold(flows: EventFlows, connection: Connection): void {
    const wait = this.#wait;
    const isAsked = flows.whenKnown(connection, () => {
      if (wait !== this.#wait || --this.#unknown > 0) return;
      this.done();
      this.#send();
    });
    if (!isAsked) return;
    this.#unknown++;
    // Not at once: after a pause of the event loop, an answer that has come in time is read after the timers.
    this.#timer ??= setTimeout(() => setImmediate(() => this.#giveUp(wait)), MAX_HOLD_MS);
  }

  #giveUp(wait: number): void {
    if (wait !== this.#wait) return;
    this.done();
    this.#send();
  }

  /** Ends the wait: the events were sent. */
  done(): void {
    this.#wait++;
    this.#unknown = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
