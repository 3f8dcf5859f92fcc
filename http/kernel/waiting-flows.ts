import type { HttpConnection, HttpFlow } from '../index.js';
import type { EndedSocket } from './ended-sockets.js';

/**
 * Longest time that an exchange waits for the end of its socket, milliseconds. The kernel reports it within one or two,
 * unless processors are short.
 */
const WAIT_MS = 500;
/** Time between two looks at flows that wait, milliseconds. */
const LOOK_MS = 50;

/** A flow whose socket was gone before its end was reported, and its exchanges until then. */
export interface WaitingFlow {
  readonly flow: HttpFlow;
  readonly key: string;
  /** Time of its first head, milliseconds since 1970: the end of its socket is later. */
  readonly sinceMs: number;
}

/** An exchange that waits. */
interface HeldExchange {
  readonly timeNs: bigint;
  readonly report: (connection: HttpConnection | null) => void;
}

interface Entry extends WaitingFlow {
  readonly untilMs: number;
  readonly exchanges: HeldExchange[];
  isLookedUp: boolean;
}

/** Options of {@link WaitingFlows}. */
export interface WaitingFlowsOptions {
  /** Called with a flow whose socket ended. */
  readonly onEnded: (flow: HttpFlow) => void;
  /** Called once with a flow that has waited for a while; returns its connection if it can be found otherwise. */
  readonly lookUp: (flow: WaitingFlow) => HttpConnection | null;
}

/** Exchanges of flows whose socket is gone, until the kernel has reported its end, but not for long: some have no socket here. */
export class WaitingFlows {
  readonly #options: WaitingFlowsOptions;
  /** In the order in which they began to wait. */
  readonly #byFlow = new Map<HttpFlow, Entry>();
  readonly #byKey = new Map<string, Entry>();
  #timer: NodeJS.Timeout | undefined;
  #onIdle: (() => void) | undefined;

  constructor(options: WaitingFlowsOptions) {
    this.#options = options;
  }

  /** Lets a flow wait. */
  add(waiting: WaitingFlow): void {
    const earlier = this.#byKey.get(waiting.key);
    if (earlier !== undefined) this.#release(earlier, null);
    const entry = { ...waiting, untilMs: performance.now() + WAIT_MS, exchanges: [], isLookedUp: false };
    this.#byFlow.set(waiting.flow, entry);
    this.#byKey.set(waiting.key, entry);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
  }

  /**
   * Keeps an exchange of a flow that waits.
   * @param timeNs begin of the exchange, nanoseconds since 1970
   * @param report reports the exchange when the connection of the flow is known, or will not be
   * @throws RangeError for a flow that does not wait; see {@link has}
   */
  hold(flow: HttpFlow, timeNs: bigint, report: (connection: HttpConnection | null) => void): void {
    const entry = this.#byFlow.get(flow);
    if (entry === undefined) throw new RangeError('the flow does not wait');
    entry.exchanges.push({ timeNs, report });
  }

  /** Returns whether a flow waits. */
  has(flow: HttpFlow): boolean {
    return this.#byFlow.has(flow);
  }

  /** Takes the end of a socket. Returns true if a flow waited for it. */
  ended(key: string, { connection, endedMs }: EndedSocket): boolean {
    const entry = this.#byKey.get(key);
    if (entry === undefined || endedMs < entry.sinceMs) return false;
    this.#options.onEnded(entry.flow);
    this.#release(entry, connection);
    return true;
  }

  /** Returns the exchanges that wait, and when the first of them began, nanoseconds since 1970. */
  get held(): { readonly exchanges: number; readonly sinceNs: bigint } | null {
    let exchanges = 0;
    let sinceNs: bigint | undefined;
    for (const entry of this.#byFlow.values()) {
      exchanges += entry.exchanges.length;
      for (const { timeNs } of entry.exchanges) if (sinceNs === undefined || timeNs < sinceNs) sinceNs = timeNs;
    }
    return sinceNs === undefined ? null : { exchanges, sinceNs };
  }

  /** Resolves when no flow waits. */
  async idle(): Promise<void> {
    if (this.#byFlow.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #look(): void {
    const nowMs = performance.now();
    for (const entry of this.#byFlow.values()) {
      const restMs = entry.untilMs - nowMs;
      if (restMs > WAIT_MS - LOOK_MS) return;
      const connection = entry.isLookedUp ? null : this.#options.lookUp(entry);
      entry.isLookedUp = true;
      if (connection !== null || restMs <= 0) this.#release(entry, connection);
    }
  }

  #release(entry: Entry, connection: HttpConnection | null): void {
    const { flow, key, exchanges } = entry;
    this.#byFlow.delete(flow);
    if (this.#byKey.get(key) === entry) this.#byKey.delete(key);
    flow.connection = connection;
    for (const { report } of exchanges) report(connection);
    if (this.#byFlow.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#onIdle?.();
  }
}
