import { Ending } from '../../analysis/index.js';
import type { Connection } from '../../cache/index.js';
import { type InetDiagMsg, readInode, readState, type SocketIdentity } from '../../inetdiag/index.js';
import type { ArchivedRecord, Netns } from '../../parse/index.js';
import { type SocketRecord, WatchedSocket } from '../../services/census/index.js';
import type { ServiceConfig } from '../../services/config/index.js';
import type { DestroyReason, EnforcedConnection } from '../../services/enforce/index.js';
import type { CloseReason, ServiceLimits } from '../../services/limits/index.js';
import type { LimitedTimes, ServiceStatistics } from '../../services/statistics/index.js';
import { TcpState } from '../../tcp/index.js';

/** Service of a connection. */
export interface ConnectionService {
  /** Network namespace; undefined for the own one. */
  readonly netns: Netns | undefined;
  readonly group: { readonly isRemoved: boolean };
  readonly config: ServiceConfig;
  readonly limits: ServiceLimits<WatchedConnection>;
  readonly statistics: ServiceStatistics;
  /** Counts a connection from now on. */
  count(connection: WatchedConnection, unixMs: number): void;
  /** Counts the end of a connection that counted. */
  end(connection: WatchedConnection): void;
}

/**
 * Standing of a connection. `undecided`: it is not known yet whether this machine opened it, or the limits were not
 * asked yet; `rejected`: a rule is ending it before it counted; `counted`: it counts, until it is `over`.
 */
export type Standing = 'undecided' | 'rejected' | 'counted' | 'over';

/** Connection of a watched service, from its first record to its end. */
export class WatchedConnection extends WatchedSocket<ConnectionService> implements EnforcedConnection {
  readonly uuid: string;
  readonly service: ConnectionService;
  readonly isProtected: boolean;
  standing: Standing = 'undecided';
  /** True once it is known that this machine did not open it, and the limits are asked. */
  isKnown = false;
  /** True once its end was noticed: its socket has gone. */
  isGone = false;
  /** Rule that is to end it; undefined if none is, or if the kernel did not end it. */
  rule: DestroyReason | undefined;
  readonly #ending = new Ending();
  #socket: InetDiagMsg;
  /** Reads the newest record; undefined if it was read. */
  #catchUp: (() => void) | undefined;
  #deferredAtMs = 0;

  /** @param isProtected true for a connection that was there before counting began */
  constructor(
    { uuid }: Pick<Connection, 'uuid'>,
    record: SocketRecord,
    service: ConnectionService,
    { nowMs, isProtected }: { readonly nowMs: number; readonly isProtected: boolean },
  ) {
    super(record, service, service.config.limits.ipPrefix, nowMs, !isProtected);
    this.uuid = uuid;
    this.service = service;
    this.isProtected = isProtected;
    this.#socket = record.socket;
    this.#ending.add(record.observation);
  }

  /**
   * Defers the reading of a new record until a figure is needed. Only its counters can have moved then: of a connection
   * whose service and state are known, whose program holds it as before, and whose waiting data needs no clock.
   * @param catchUp reads the newest record by then, and passes it to {@link take}
   * @returns false if the record must be read now
   */
  defers({ rawIdm }: ArchivedRecord, catchUp: () => void): boolean {
    const { kind } = this.attribution.result;
    if (kind === 'other') return true;
    if (!this.isKnown || rawIdm === undefined || this.service.limits.options.writeTimeoutMs > 0) return false;
    const isSteady = readState(rawIdm) === TcpState.ESTABLISHED && this.state === TcpState.ESTABLISHED;
    if (!isSteady || readInode(rawIdm) !== this.#socket.inode) return false;
    this.#catchUp ??= catchUp;
    this.#deferredAtMs = performance.now();
    return true;
  }

  /**
   * Returns the time of the newest deferred record.
   * @param byTimestamp its time by its timestamp, which is wrong if the clock was set meanwhile
   */
  deferredMs(byTimestamp: number): number {
    return Math.abs(byTimestamp - this.#deferredAtMs) < MAX_DELAY_MS ? byTimestamp : this.#deferredAtMs;
  }

  #refresh(): void {
    this.#catchUp?.();
    // Also if the record could not be decoded.
    this.#catchUp = undefined;
  }

  override get lastReadMs(): number {
    this.#refresh();
    return super.lastReadMs;
  }

  override get lastWriteMs(): number {
    this.#refresh();
    return super.lastWriteMs;
  }

  override get upBytes(): number {
    this.#refresh();
    return super.upBytes;
  }

  override get downBytes(): number {
    this.#refresh();
    return super.downBytes;
  }

  override get bytesSent(): number | null {
    this.#refresh();
    return super.bytesSent;
  }

  override get bytesRetrans(): number | null {
    this.#refresh();
    return super.bytesRetrans;
  }

  override get rttUs(): number | null {
    this.#refresh();
    return super.rttUs;
  }

  override get limited(): LimitedTimes {
    this.#refresh();
    return super.limited;
  }

  /** Takes the next record. */
  take(record: SocketRecord, nowMs: number): void {
    this.#catchUp = undefined;
    this.add(record, nowMs);
    this.#ending.add(record.observation);
    // The last record, of the destroy event, has lost its inode and perhaps its ends.
    if (record.socket.id.dport !== 0) this.#socket = record.socket;
  }

  get appearedNs(): number {
    return this.acceptedMs * 1e6;
  }

  /** Identity by which the kernel destroys the socket. */
  get identity(): SocketIdentity {
    return this.#socket;
  }

  /** Inode of the socket; 0 while it waits to be accepted. */
  get inode(): number {
    return this.#socket.inode;
  }

  /** Returns the reason of its end, once its last record was taken. */
  closeReason(): CloseReason {
    if (this.rule !== undefined) return closeReasonOf(this.rule);
    const { how } = this.#ending.verdict;
    if (RESETS.has(how)) return 'reset';
    if (how !== 'closed' && how !== 'open' && how !== 'unknown') return 'error';
    const first = this.#ending.closedFirst;
    return first === 'local' ? 'server' : first === 'remote' ? 'client' : 'unknown';
  }
}

/** Longest time from a scan until its records are taken: scans are gathered for 100 ms, and may wait for this thread. */
const MAX_DELAY_MS = 2_000;
const RESETS: ReadonlySet<string> = new Set(['reset', 'reset_local', 'reset_remote']);

/** Rules on new connections end an open one only by the lists of addresses, which may change. */
function closeReasonOf(rule: DestroyReason): CloseReason {
  switch (rule) {
    case 'idle':
    case 'lifetime':
    case 'read_timeout':
    case 'write_timeout':
    case 'evicted':
    case 'closed':
    case 'drain':
    case 'blacklist':
      return rule;
    default:
      return 'blacklist';
  }
}
