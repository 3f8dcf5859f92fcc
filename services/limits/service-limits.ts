import { type Prefix, PrefixSet } from '../../inetdiag/index.js';
import type { LimitOptions } from '../config/index.js';
import { Bans } from './bans.js';
import { type Client, clientOf } from './client-key.js';
import { type ConnectionClocks, earliestDeadlineMs, idleSinceMs, lastDataMs, nextDeadline } from './clocks.js';
import { ConnectionCounts } from './connection-counts.js';
import { LazyHeap } from './lazy-heap.js';
import type { RejectReason, TimeReason } from './reasons.js';

/** Connection as limits see it. Its clocks may change at any time; the limits read them when they need them. */
export interface LimitedConnection extends ConnectionClocks {
  /** Address of the client: 16 bytes, IPv4 is IPv4-mapped. */
  readonly clientAddress: Uint8Array;
  /** True for a connection that no count limit may end: it was there before counting began. */
  readonly isProtected?: boolean;
}

/**
 * Decision on a new connection. `evict`: it is admitted, and `victim` is to be ended as `evicted`. `wait`: it is to be
 * left in the backlog, and asked for again after another one ended.
 */
export type Admission<C> =
  | { readonly kind: 'admit' }
  | { readonly kind: 'evict'; readonly victim: C; readonly reason: RejectReason }
  | { readonly kind: 'wait'; readonly reason: RejectReason }
  | { readonly kind: 'reject'; readonly reason: RejectReason };

/** Connection whose time is over. */
export interface Expired<C> {
  readonly connection: C;
  readonly reason: TimeReason;
}

const ADMIT = { kind: 'admit' } as const;
/** AF_INET6: addresses of connections have 16 bytes. */
const AF_INET6 = 10;

/**
 * Limits of one service, its open connections, and when each is to be ended. Forwarder and collector both use it. It
 * knows no sockets: the caller ends connections and reports their ends. All times are milliseconds of one clock that
 * never goes back.
 */
export class ServiceLimits<C extends LimitedConnection> {
  #options: LimitOptions;
  #blacklist: PrefixSet;
  #allowlist: PrefixSet;
  #isStopping = false;
  #nowMs = 0;
  readonly #bans: Bans;
  readonly #counts = new ConnectionCounts<C>();
  readonly #deadlines: LazyHeap<C>;
  /** By the time of the last data; only with `evict_idle` and `conn_limit`. */
  readonly #idle: LazyHeap<C>;

  /** @param bans addresses that are refused while the program runs, if other limits share them */
  constructor(options: LimitOptions, bans: Bans = new Bans()) {
    this.#options = options;
    this.#bans = bans;
    this.#blacklist = new PrefixSet(options.blacklist);
    this.#allowlist = new PrefixSet(options.allowlist);
    this.#deadlines = new LazyHeap((connection) => earliestDeadlineMs(connection, this.#options, this.#nowMs));
    this.#idle = new LazyHeap<C>(lastDataMs);
  }

  /** Limits in force. */
  get options(): LimitOptions {
    return this.#options;
  }

  /** Addresses that were refused while the program runs. */
  get bans(): Bans {
    return this.#bans;
  }

  /** Counts of admitted connections. */
  get counts(): Pick<ConnectionCounts<C>, 'connections' | 'clients' | 'of' | 'has' | 'all' | 'byClient' | 'ofClient'> {
    return this.#counts;
  }

  /** True after {@link stop}. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Makes the client of a connection. */
  clientOf({ clientAddress }: Pick<C, 'clientAddress'>): Client {
    return clientOf(clientAddress, AF_INET6, this.#options.ipPrefix);
  }

  /**
   * Decides on a new connection, and counts it if it is admitted. With `evict`, the victim is counted no longer. A limit
   * of N admits N. One that waits is neither counted nor remembered.
   */
  admit(connection: C, nowMs: number): Admission<C> {
    this.#nowMs = nowMs;
    const { key } = this.clientOf(connection);
    const decision = this.#decide(connection, key, nowMs);
    if (decision.kind === 'evict') this.closed(decision.victim);
    if (decision.kind === 'admit' || decision.kind === 'evict') this.#add(connection, key);
    return decision;
  }

  /** Counts a connection without asking: one that was there before counting began. */
  adopt(connection: C, nowMs: number): void {
    this.#nowMs = nowMs;
    this.#add(connection, this.clientOf(connection).key);
  }

  /** Counts a connection no longer. Returns whether it was counted. */
  closed(connection: C): boolean {
    this.#deadlines.delete(connection);
    this.#idle.delete(connection);
    return this.#counts.delete(connection);
  }

  /**
   * Returns whether `conn_limit` makes a new connection wait now: then the caller accepts none. Cheaper than
   * {@link admit}, and needs no connection.
   */
  get isWaiting(): boolean {
    const { connLimit, whenFull } = this.#options;
    return whenFull === 'wait' && connLimit > 0 && this.#counts.connections >= connLimit;
  }

  /**
   * Returns connections whose time is over, each once: they are counted until their end is reported, and returned again
   * only after {@link postpone}.
   */
  due(nowMs: number): Expired<C>[] {
    this.#nowMs = nowMs;
    this.#bans.expire(nowMs);
    const expired: Expired<C>[] = [];
    for (
      let first = this.#deadlines.first();
      first !== undefined && first.key <= nowMs;
      first = this.#deadlines.first()
    ) {
      const connection = first.item;
      this.#deadlines.delete(connection);
      expired.push({ connection, reason: nextDeadline(connection, this.#options).reason });
    }
    return expired;
  }

  /** Returns the time at which {@link due} is to be asked next; undefined if no rule ends any connection. */
  nextDueMs(): number | undefined {
    const key = this.#deadlines.first()?.key;
    return key === undefined || key === Number.POSITIVE_INFINITY ? undefined : key;
  }

  /** Watches the time of a connection again that {@link due} returned, because it could not be ended. */
  postpone(connection: C): void {
    if (this.#counts.has(connection)) this.#deadlines.add(connection);
  }

  /**
   * Refuses a prefix. Returns the open connections to end.
   * @param forMs undefined: until {@link release}
   * @throws TooManyBansError
   */
  ban(prefix: Prefix, nowMs: number, forMs?: number): C[] {
    this.#bans.ban(prefix, nowMs, forMs);
    return this.refused(nowMs);
  }

  /** Releases exactly this prefix. Returns whether it was refused by {@link ban}. Lists of the configuration stay. */
  release(prefix: Prefix, nowMs: number): boolean {
    return this.#bans.release(prefix, nowMs);
  }

  /** Returns open connections whose address is refused by now, by any list. */
  refused(nowMs: number): C[] {
    return Array.from(this.#counts.all()).filter((each) => this.isRefused(each, nowMs));
  }

  /** Returns whether a connection's address is refused by now. */
  isRefused({ clientAddress }: Pick<C, 'clientAddress'>, nowMs: number): boolean {
    return this.#refusal(clientAddress, nowMs) !== undefined;
  }

  /**
   * Replaces the limits. New counts hold for new connections; times and lists hold for open ones too. Returns the open
   * connections that are refused by now.
   */
  reconfigure(options: LimitOptions, nowMs: number): C[] {
    const open = Array.from(this.#counts.all());
    for (const connection of open) this.closed(connection);
    this.#options = options;
    this.#blacklist = new PrefixSet(options.blacklist);
    this.#allowlist = new PrefixSet(options.allowlist);
    for (const connection of open) this.adopt(connection, nowMs);
    return this.refused(nowMs);
  }

  /** Admits no connection from now on. */
  stop(): void {
    this.#isStopping = true;
  }

  /** Admits connections again after {@link stop}. */
  resume(): void {
    this.#isStopping = false;
  }

  #decide(connection: C, key: string, nowMs: number): Admission<C> {
    if (this.#isStopping) return { kind: 'reject', reason: 'stopping' };
    const refusal = this.#refusal(connection.clientAddress, nowMs);
    if (refusal !== undefined) return { kind: 'reject', reason: refusal };
    const { connLimit, ipLimit, ipConnLimit, whenFull } = this.#options;
    const ofClient = this.#counts.of(key);
    // These two first: a client that has its share must make no other one's connection end.
    if (ipLimit > 0 && ofClient === 0 && this.#counts.clients >= ipLimit) return { kind: 'reject', reason: 'ip_limit' };
    if (ipConnLimit > 0 && ofClient >= ipConnLimit) {
      return whenFull === 'evict_idle'
        ? this.#evict(this.#idlest(this.#counts.ofClient(key)), 'ip_conn_limit')
        : { kind: 'reject', reason: 'ip_conn_limit' };
    }
    if (connLimit === 0 || this.#counts.connections < connLimit) return ADMIT;
    if (whenFull === 'wait') return { kind: 'wait', reason: 'conn_limit' };
    if (whenFull === 'reject') return { kind: 'reject', reason: 'conn_limit' };
    return this.#evict(this.#idle.first()?.item, 'conn_limit');
  }

  #evict(victim: C | undefined, reason: RejectReason): Admission<C> {
    return victim === undefined ? { kind: 'reject', reason } : { kind: 'evict', victim, reason };
  }

  /** Returns the connection without data for longest that may be ended; the older one of equals. */
  #idlest(connections: Iterable<C>): C | undefined {
    let found: C | undefined;
    for (const each of connections) {
      if (each.isProtected === true) continue;
      if (found === undefined || lastDataMs(each) < lastDataMs(found)) found = each;
    }
    return found;
  }

  #refusal(address: Uint8Array, nowMs: number): RejectReason | undefined {
    if (this.#options.allowlist.length > 0 && !this.#allowlist.has(address)) return 'allowlist';
    return this.#blacklist.has(address) || this.#bans.has(address, nowMs) ? 'blacklist' : undefined;
  }

  #add(connection: C, key: string): void {
    this.#counts.add(connection, key);
    this.#deadlines.add(connection);
    const { whenFull, connLimit } = this.#options;
    if (whenFull === 'evict_idle' && connLimit > 0 && connection.isProtected !== true) this.#idle.add(connection);
  }
}

/** Returns whether a connection is idle by a service's rule, for commands that end idle ones. */
export function isIdleFor(
  connection: ConnectionClocks,
  options: Pick<LimitOptions, 'idleCounts'>,
  ms: number,
  nowMs: number,
): boolean {
  return nowMs - idleSinceMs(connection, options) >= ms;
}
