import type { Answers, Requester } from '../../native/index.js';
import {
  buildDestroyRequest,
  DESTROY_REQUEST_SIZE,
  DESTROY_RESULTS,
  type DestroyResult,
  destroyResult,
  type SocketIdentity,
} from '../index.js';
import { DestroyPace } from './destroy-pace.js';
import { DestroyQueue } from './destroy-queue.js';

/** Requester of NETLINK_SOCK_DIAG. */
export type SocketRequester = Pick<Requester, 'ask'>;

/** Socket to destroy. Callers add what they want to know of it later, such as the reason. */
export interface DestroyOrder {
  readonly socket: SocketIdentity;
  /** Requester in the network namespace of the socket. */
  readonly requester: SocketRequester;
}

/** Result of one order. */
export interface DestroyOutcome<Order extends DestroyOrder> {
  readonly order: Order;
  readonly result: DestroyResult;
  /** Positive errno of the kernel; 0 if it gave none. */
  readonly errno: number;
  /** Error of the requester, if no answer came: the socket may be destroyed or not. */
  readonly error?: unknown;
}

/** Number of orders by result. */
export type DestroyCounts = Record<DestroyResult, number>;

/** Clock and timers; replaced in tests. */
export interface DestroyClock {
  /** Returns the time of a monotonic clock in milliseconds. */
  readonly nowMs: () => number;
  /** Calls a function after a time. */
  readonly after: (ms: number, call: () => void) => void;
}

const SYSTEM_CLOCK: DestroyClock = {
  nowMs: () => performance.now(),
  after: (ms, call) => void setTimeout(call, ms),
};

/** Options of {@link SocketDestroyer}. */
export interface SocketDestroyerOptions<Order extends DestroyOrder> {
  /** Takes the results of orders that were carried out together, in their order. It may add, and drop. */
  readonly onOutcomes: (outcomes: readonly DestroyOutcome<Order>[]) => void;
  /** Most sockets in any second, also of several namespaces. Default: `DEFAULT_DESTROYS_PER_SECOND`. */
  readonly maxPerSecond?: number;
  readonly clock?: DestroyClock;
}

/**
 * Destroys sockets by their whole identity and cookie, in the order in which they were added, at a bounded rate, and
 * counts the results. A connection whose turn has not come yet and that ends meanwhile counts as `ended`.
 */
export class SocketDestroyer<Order extends DestroyOrder> {
  readonly #queue: DestroyQueue<Order>;
  readonly #onOutcomes: SocketDestroyerOptions<Order>['onOutcomes'];
  readonly #clock: DestroyClock;
  readonly #counts = Object.fromEntries(DESTROY_RESULTS.map((result) => [result, 0])) as DestroyCounts;
  #run: Promise<void> | undefined;

  /** @throws RangeError for a rate that is no positive whole number */
  constructor({ onOutcomes, maxPerSecond, clock = SYSTEM_CLOCK }: SocketDestroyerOptions<Order>) {
    this.#queue = new DestroyQueue(new DestroyPace(maxPerSecond));
    this.#onOutcomes = onOutcomes;
    this.#clock = clock;
  }

  /** Results since the start. */
  get counts(): Readonly<DestroyCounts> {
    return this.#counts;
  }

  /** Number of orders that wait for their turn. */
  get waiting(): number {
    return this.#queue.size;
  }

  /**
   * Adds orders. The first are carried out at once, if the rate allows.
   * @throws DestroyRequestError for a listening socket or one without a cookie; then none of the orders is added
   */
  add(orders: readonly Order[]): void {
    for (const { socket } of orders) buildDestroyRequest(socket);
    this.#queue.add(orders);
    if (this.#queue.size > 0) this.#run ??= this.#work();
  }

  /** Gives up all orders that wait, and returns them. Those that the kernel has been asked for are carried out. */
  drop(): Order[] {
    return this.#queue.clear();
  }

  /** Resolves when no order waits, and all results were reported. @throws what `onOutcomes` throws */
  async settled(): Promise<void> {
    await this.#run;
  }

  async #work(): Promise<void> {
    try {
      for (;;) {
        const delayMs = this.#queue.delayMs(this.#clock.nowMs());
        if (delayMs === undefined) return;
        if (delayMs > 0) await this.#pause(delayMs);
        const orders = this.#queue.take(this.#clock.nowMs());
        if (orders.length > 0) this.#report(await carryOut(orders));
      }
    } finally {
      this.#run = undefined;
    }
  }

  #report(outcomes: readonly DestroyOutcome<Order>[]): void {
    for (const { result } of outcomes) this.#counts[result]++;
    this.#onOutcomes(outcomes);
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => this.#clock.after(Math.ceil(ms), resolve));
  }
}

/** Asks the kernel for all orders, those of one namespace together, and returns the results in their order. */
async function carryOut<Order extends DestroyOrder>(orders: readonly Order[]): Promise<DestroyOutcome<Order>[]> {
  const outcomes: DestroyOutcome<Order>[] = [];
  for (const [requester, places] of byRequester(orders)) {
    const requests = new Uint8Array(places.length * DESTROY_REQUEST_SIZE);
    for (const [i, { order }] of places.entries()) {
      requests.set(buildDestroyRequest(order.socket), i * DESTROY_REQUEST_SIZE);
    }
    const answer = await requester.ask(requests).catch((error: unknown): { readonly error: unknown } => ({ error }));
    for (const [i, { order, at }] of places.entries()) outcomes[at] = outcomeOf(order, answer, i);
  }
  return outcomes;
}

function outcomeOf<Order extends DestroyOrder>(
  order: Order,
  answer: Pick<Answers, 'errnos'> | { readonly error: unknown },
  i: number,
): DestroyOutcome<Order> {
  if ('error' in answer) {
    const { errno = 0 } = answer.error as NodeJS.ErrnoException;
    return { order, result: 'error', errno: Math.abs(errno), error: answer.error };
  }
  const errno = answer.errnos[i] ?? 0;
  return { order, result: destroyResult(errno), errno };
}

interface Place<Order> {
  readonly order: Order;
  readonly at: number;
}

function byRequester<Order extends DestroyOrder>(orders: readonly Order[]): Map<SocketRequester, Place<Order>[]> {
  const groups = new Map<SocketRequester, Place<Order>[]>();
  for (const [at, order] of orders.entries()) {
    const group = groups.get(order.requester);
    if (group === undefined) groups.set(order.requester, [{ order, at }]);
    else group.push({ order, at });
  }
  return groups;
}
