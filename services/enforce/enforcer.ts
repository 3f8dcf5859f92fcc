import type { LimitedConnection, RejectReason, ServiceLimits, TimeReason } from '../limits/index.js';
import { Pace } from './pace.js';

/** Connection as the enforcer sees it. */
export interface EnforcedConnection extends LimitedConnection {
  /** The kernel's socket cookie. */
  readonly cookie: bigint;
  /** Time of its first record, in nanoseconds of any one clock: connections of a batch are admitted in this order. */
  readonly appearedNs: number;
}

/** New connection, and the limits of its service. */
export interface Opened<C extends EnforcedConnection> {
  readonly connection: C;
  readonly limits: ServiceLimits<C>;
}

/** Connections that ended and opened between two scans. */
export interface Happened<C extends EnforcedConnection> {
  readonly ends: readonly C[];
  readonly opens: readonly Opened<C>[];
}

/** Commands that end connections: a chosen one, or all of a service that drains. */
export type CommandReason = 'closed' | 'drain';

/** Rule that ends a connection, a new one that is not admitted or an admitted one; or a command. */
export type DestroyReason = RejectReason | TimeReason | 'evicted' | CommandReason;

/** Connection that is to be ended by SOCK_DESTROY. */
export interface Destroy<C> {
  readonly connection: C;
  readonly reason: DestroyReason;
  /** Time of the decision. */
  readonly decidedMs: number;
}

/**
 * Results of an attempt. `destroyed`: the kernel ended the socket. `ended`: it was over already (ENOENT), which is as
 * good. `failed`: anything else.
 */
export const DESTROY_RESULTS = ['destroyed', 'ended', 'failed'] as const;
/** One of {@link DESTROY_RESULTS}. */
export type DestroyResult = (typeof DESTROY_RESULTS)[number];

/** Options of {@link Enforcer}. */
export interface EnforcerOptions {
  /** Most destroys in any second; the rest waits. Default: {@link DESTROYS_PER_SECOND}. */
  readonly perSecond?: number;
}

/** A wrong rule must be stoppable before it has ended everything. */
export const DESTROYS_PER_SECOND = 1_000;

/**
 * Decisions for watched services, whose connections are accepted by other programs: from what opened and ended to a
 * list of destroys. A connection counts only while it is admitted; one that is to be ended counts no longer, so that
 * its place is free at once. The caller destroys, or in a dry run only says what it would: the decisions are the same.
 */
export class Enforcer<C extends EnforcedConnection> {
  readonly #pace: Pace;
  /** Decided, and not handed out yet: first decided, first out. */
  readonly #waiting = new Map<C, Destroy<C>>();
  /** Decided, and not ended yet; one that could not be destroyed stays here, and is not tried again. */
  readonly #doomed = new Map<C, DestroyReason>();
  /** Connections of {@link #doomed} that could not be ended. */
  readonly #failed = new Set<C>();
  readonly #limitsOf = new Map<C, ServiceLimits<C>>();

  constructor({ perSecond = DESTROYS_PER_SECOND }: EnforcerOptions = {}) {
    this.#pace = new Pace(perSecond);
  }

  /** Number of decided destroys that wait for the pace. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Number of open connections that were to be ended, waiting ones included. */
  get doomed(): number {
    return this.#doomed.size;
  }

  /** Returns whether a connection is to be ended, or was to be. */
  isDoomed(connection: C): boolean {
    return this.#doomed.has(connection);
  }

  /** Returns the rule that ends a connection, or was to end it; undefined if none does. */
  reasonFor(connection: C): DestroyReason | undefined {
    return this.#doomed.get(connection);
  }

  /**
   * Takes what happened between two scans. Ends come first, so that a place that became free is free; then new
   * connections by the time of their appearance, ties by cookie, so that the newest one is too many.
   */
  take({ ends, opens }: Happened<C>, nowMs: number): void {
    for (const connection of ends) this.#ended(connection);
    for (const { connection, limits } of opens.toSorted((a, b) => byAppearance(a.connection, b.connection))) {
      this.#opened(connection, limits, nowMs);
    }
  }

  /** Decides about times of one service's connections. */
  due(limits: ServiceLimits<C>, nowMs: number): void {
    for (const { connection, reason } of limits.due(nowMs)) this.#doom(connection, limits, reason, nowMs);
  }

  /**
   * Decides to end open connections whose address was refused; see `ServiceLimits.ban` and `reconfigure`. Returns how
   * many.
   */
  refuse(limits: ServiceLimits<C>, connections: readonly C[], nowMs: number): number {
    return connections.filter((each) => this.#doom(each, limits, 'blacklist', nowMs)).length;
  }

  /** Decides to end connections by a command. Returns how many: others are being ended already. */
  end(limits: ServiceLimits<C>, connections: Iterable<C>, reason: CommandReason, nowMs: number): number {
    let decided = 0;
    for (const connection of connections) {
      // A person asks: what failed once is tried again.
      if (this.#failed.delete(connection)) this.#doomed.delete(connection);
      if (this.#doom(connection, limits, reason, nowMs)) decided++;
    }
    return decided;
  }

  /** Notes that a connection could not be ended. */
  failed(connection: C): void {
    if (this.#doomed.has(connection)) this.#failed.add(connection);
  }

  /** Returns the destroys that the pace allows now, the oldest decisions first. Each is returned once. */
  next(nowMs: number): Destroy<C>[] {
    const allowed: Destroy<C>[] = [];
    for (const [connection, destroy] of this.#waiting) {
      if (!this.#pace.take(nowMs)) break;
      this.#waiting.delete(connection);
      allowed.push(destroy);
    }
    return allowed;
  }

  /** Returns the time at which {@link next} has something; undefined if nothing waits. */
  nextMs(): number | undefined {
    return this.#waiting.size === 0 ? undefined : this.#pace.nextMs();
  }

  #opened(connection: C, limits: ServiceLimits<C>, nowMs: number): void {
    this.#limitsOf.set(connection, limits);
    if (connection.isProtected === true) {
      limits.adopt(connection, nowMs);
      // Lists hold for it, too; counts do not.
      if (limits.isRefused(connection, nowMs)) this.#doom(connection, limits, 'blacklist', nowMs);
      return;
    }
    const decision = limits.admit(connection, nowMs);
    if (decision.kind === 'evict') this.#doom(decision.victim, limits, 'evicted', nowMs);
    // Another program's backlog cannot be made to wait: configuration refuses it, and here it is a rejection.
    else if (decision.kind !== 'admit') this.#doom(connection, limits, decision.reason, nowMs);
  }

  /** Returns false if it is to be ended already, or was to be. */
  #doom(connection: C, limits: ServiceLimits<C>, reason: DestroyReason, nowMs: number): boolean {
    limits.closed(connection);
    if (this.#doomed.has(connection)) return false;
    this.#doomed.set(connection, reason);
    this.#waiting.set(connection, { connection, reason, decidedMs: nowMs });
    return true;
  }

  #ended(connection: C): void {
    this.#limitsOf.get(connection)?.closed(connection);
    this.#limitsOf.delete(connection);
    this.#doomed.delete(connection);
    this.#failed.delete(connection);
    this.#waiting.delete(connection);
  }
}

function byAppearance(a: EnforcedConnection, b: EnforcedConnection): number {
  if (a.appearedNs !== b.appearedNs) return a.appearedNs - b.appearedNs;
  return a.cookie < b.cookie ? -1 : a.cookie > b.cookie ? 1 : 0;
}
