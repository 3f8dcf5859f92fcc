import { type LimitParts, timestampToUs } from '../../analysis/index.js';
import {
  ChangeReason,
  type Connection,
  type ConnectionEnd,
  type ConnectionObserver,
  type SlotValues,
  type StateSlot,
} from '../../cache/index.js';
import { type MptcpFields, readState } from '../../inetdiag/index.js';
import type { ArchivedRecord } from '../../parse/index.js';
import { RecordView } from '../../parse/snapshot/index.js';
import { TcpState } from '../../tcp/index.js';
import { type MptcpConnection, subflowState } from '../mptcp/index.js';
import type {
  AttributionJson,
  OverviewSecondJson,
  ProcessUnknown,
  RowWatchJson,
  StoreBudgetJson,
} from '../wire/index.js';
import { ClosedListeners } from './closed-listeners.js';
import { ClosedRows } from './closed-rows.js';
import type { ConnectionStore, ConnectionTimeline, TimelineRange } from './connection-store.js';
import { History } from './history.js';
import { LiveRow } from './live-row.js';
import type { LiveStoreOptions } from './live-store-options.js';
import { memoryTimeline } from './memory-timeline.js';
import { Overview } from './overview.js';
import { RowIndex } from './row-index.js';
import { RowLooks } from './row-looks.js';
import { RowMaker } from './row-maker.js';
import { sampleOf } from './sample.js';
import { SecondWalk } from './second-walk.js';
import { StoreClock } from './store-clock.js';
import type { StoreRow } from './store-row.js';
import { WatchedRows } from './watched-rows.js';

/** Records that are looked at as they come, per second: those with a new state. Others wait for the walk. */
const MOST_AT_ONCE = 2000;
const MAX_CLOSED = 10_000;

/**
 * Rows of all connections that the collector sees, and of those that ended lately. An observer of the cache: a record
 * only notes its row; once a second the noted rows are looked at, in slices.
 */
export class LiveStore implements ConnectionStore, ConnectionObserver {
  readonly mode = 'live';
  readonly #options: LiveStoreOptions;
  readonly #slot: StateSlot<LiveRow | undefined>;
  /**
   * Records since the last look at the row; undefined without a row. Not in the row: slots are at hand with each record,
   * and a row is memory that has to come from afar.
   */
  readonly #fresh: StateSlot<number | undefined>;
  readonly #rowMaker: RowMaker;
  readonly #looks: RowLooks;
  readonly #context: RowMaker['context'];
  readonly #rows = new RowIndex();
  readonly #closed: ClosedRows;
  readonly #history: History<LiveRow>;
  readonly #watched: WatchedRows;
  readonly #overview: Overview;
  readonly #clock: StoreClock;
  readonly #walk: SecondWalk;
  #atOnce = 0;
  readonly #listeners = new Set<() => void>();
  readonly #closedListeners = new ClosedListeners();

  constructor(options: LiveStoreOptions) {
    this.#options = options;
    this.#slot = options.slots.create();
    this.#fresh = options.slots.create();
    this.#clock = new StoreClock(options.nowUs, options.elapsedMs);
    const view = new RecordView();
    this.#rowMaker = new RowMaker(options, view);
    this.#looks = new RowLooks({
      ...{ fresh: this.#fresh, view },
      onActive: (row) => this.#walk.activate(row),
      onSocket: (socket) => options.owners?.want(socket),
      onSubflow: (row, state) => this.#takeSubflow(row, state),
    });
    this.#context = this.#rowMaker.context;
    this.#closed = new ClosedRows(options.maxClosed ?? MAX_CLOSED, options.keepClosedSec * 1e6);
    this.#history = new History({
      maxBytes: options.maxHistoryBytes,
      onEvicted: (seconds) => options.onEvicted?.('history', seconds),
    });
    this.#watched = new WatchedRows({
      maxBytes: options.maxHistoryBytes,
      nowUs: options.nowUs,
      onBytes: (bytes) => this.#history.reserve(bytes),
    });
    this.#overview = new Overview(options.historySec);
    this.#walk = new SecondWalk({
      nowUs: () => this.#clock.evenUs,
      elapsedMs: options.elapsedMs,
      onFault: (error) => options.onFault?.(error),
      later: options.later ?? setImmediate,
      finish: (row, second, elapsedUs) => this.#finishRow(row, second, elapsedUs),
      done: (second) => this.#publish(second),
    });
  }

  get generation(): number {
    return this.#context.generation;
  }

  get timeUs(): number {
    return this.#context.timeUs;
  }

  get size(): number {
    return this.#rows.size;
  }

  get closedSize(): number {
    return this.#closed.size;
  }

  get budget(): StoreBudgetJson {
    const { maxHistoryBytes, historySec, keepClosedSec, maxClosed = MAX_CLOSED } = this.#options;
    return {
      historyBytes: this.#history.bytes + this.#watched.bytes,
      maxHistoryBytes,
      historySec,
      maxClosed,
      keepClosedSec,
    };
  }

  get attribution(): AttributionJson {
    const { owners } = this.#options;
    const unknown: Partial<Record<ProcessUnknown, number>> = {};
    for (const { isOpen, processUnknown } of this.#rows.values()) {
      if (isOpen && processUnknown !== null) unknown[processUnknown] = (unknown[processUnknown] ?? 0) + 1;
    }
    return { on: owners !== undefined, readsOthers: owners?.readsOthers ?? false, unknown };
  }

  opened(connection: Connection): void {
    this.#open(connection, this.#options.isWatched(connection.netns));
  }

  /** Returns an observer for connections of another collector, which watches namespaces from another moment on. */
  observerFor(isWatched: LiveStoreOptions['isWatched']): ConnectionObserver {
    return {
      opened: (connection) => this.#open(connection, isWatched(connection.netns)),
      changed: (connection, reason) => this.changed(connection, reason),
      closed: (connection, end) => this.closed(connection, end),
      lateEvent: (slots, last) => this.lateEvent(slots, last),
    };
  }

  #open(connection: Connection, isWatched: boolean): void {
    this.#overview.countOpened();
    const known = this.#slot.get(connection.slots);
    if (known !== undefined && this.#rows.has(known)) {
      this.#closed.delete(known);
      known.reopen();
      if (this.#watched.size > 0) this.#watched.record(known, connection.last);
      this.#looks.note(known, connection, this.#fresh.get(connection.slots) ?? 0);
      if (known.socket.inode !== 0) this.#options.owners?.want(known.socket);
      return;
    }
    const row = this.#rowMaker.make(connection);
    this.#slot.set(connection.slots, row);
    this.#fresh.set(connection.slots, 0);
    const before = this.#rows.get(row.key);
    if (before !== undefined) this.#unrelate(before);
    this.#rows.add(row);
    this.#context.pairs.add(row);
    this.#looks.lookAtView(row, isWatched);
    this.#options.owners?.want(row.socket);
  }

  changed(connection: Connection, reason: ChangeReason): void {
    const fresh = this.#fresh.get(connection.slots);
    if (fresh === undefined) return;
    if (fresh > 0 && reason !== ChangeReason.IDiagStateChange && this.#watched.size === 0) {
      this.#fresh.set(connection.slots, fresh + 1);
      return;
    }
    const row = this.#slot.get(connection.slots);
    if (row !== undefined) this.#changed(row, connection, reason, fresh);
  }

  #changed(row: LiveRow, connection: Connection, reason: ChangeReason, fresh: number): void {
    this.#looks.note(row, connection, fresh);
    if (this.#watched.size > 0) this.#watched.record(row, connection.last);
    // Each state tells something of how it will have ended: a walk would miss those between two seconds. The end itself
    // is looked at in `closed`, which has the record before it.
    if (reason === ChangeReason.IDiagStateChange && this.#atOnce < MOST_AT_ONCE && !isEnd(connection.last)) {
      this.#atOnce++;
      this.#looks.look(row, connection);
    }
  }

  closed(connection: Connection, { cause, timestamp, before }: ConnectionEnd): void {
    const row = this.#slot.get(connection.slots);
    if (row === undefined || !row.isOpen) return;
    this.#overview.countClosed();
    if (row.source !== undefined) {
      if (before !== undefined) this.#looks.lookBefore(row, before);
      this.#looks.look(row, connection);
    }
    row.close(cause, timestampToUs(timestamp), connection.slots);
    this.#options.owners?.ended(row.socket);
    const listeners = this.#closedListeners.take(row);
    const evicted = this.#closed.add(row, this.#clock.evenUs);
    if (evicted !== undefined) {
      this.#forget(evicted);
      this.#options.onEvicted?.('closed', 1);
    }
    for (const listener of listeners) listener();
  }

  lateEvent(slots: SlotValues, last: ArchivedRecord | undefined): void {
    const row = this.#slot.get(slots);
    if (row === undefined || last === undefined || !this.#rows.has(row)) return;
    if (this.#watched.size > 0) this.#watched.record(row, last);
    this.#looks.lookAt(row, last);
  }

  /** Takes the parts of a connection's time, as the limit meter found it. */
  readonly limited = (connection: Connection, parts: LimitParts): void => {
    const row = this.#slot.get(connection.slots);
    if (row === undefined) return;
    row.limited(parts);
    this.#walk.activate(row);
  };

  /**
   * Ends the current second: looks at the rows with new records, in slices, and then calls the listeners. Does nothing
   * while the walk of the second before is not finished.
   */
  tick(): void {
    if (this.#walk.tick()) this.#atOnce = 0;
  }

  #finishRow(row: LiveRow, second: number, elapsedUs: number): boolean {
    if (row.source !== undefined) this.#looks.look(row, row.source);
    row.settle();
    const { growth } = row;
    if (growth !== undefined) {
      this.#overview.add(growth);
      // A row that ended may be forgotten already.
      if (growth.records > 0 && this.#rows.has(row)) this.#history.add(row, sampleOf(row, growth, second));
    }
    if (this.#watched.size > 0) this.#watched.finishSecond(row, second);
    return row.finishSecond(elapsedUs);
  }

  #publish(second: number): void {
    const nowUs = this.#clock.look();
    for (const row of this.#closed.expire(this.#clock.evenUs)) this.#forget(row);
    this.#history.expire(second - this.#options.historySec + 1);
    this.#overview.finish(second, this.#rows.size - this.#closed.size);
    this.#context.timeUs = nowUs;
    this.#context.generation++;
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        this.#options.onFault?.(error);
      }
    }
  }

  /** Rows that the last walk looked at: values of all others are those of the second before. */
  changedRows(): readonly StoreRow[] {
    return this.#walk.walked;
  }

  /** Sets the names of the alerts of a row that fire. */
  setAlerts(row: StoreRow, names: readonly string[]): void {
    this.#own(row).alerts = names;
  }

  rows(): IterableIterator<StoreRow> {
    return this.#rows.values();
  }

  row(key: string): StoreRow | undefined {
    return this.#rows.get(key);
  }

  rowsOf(uuid: string): readonly StoreRow[] {
    return this.#rows.of(uuid);
  }

  async timeline(row: StoreRow, range: TimelineRange): Promise<ConnectionTimeline> {
    const own = this.#own(row);
    const cells = { history: this.#history, records: this.#watched.cells(own), shiftUs: this.#clock.shiftUs };
    return memoryTimeline(cells, own, range);
  }

  watch(row: StoreRow): () => void {
    const own = this.#own(row);
    if (!this.#rows.has(own)) return () => undefined;
    if (own.source !== undefined) this.#looks.look(own, own.source);
    return this.#watched.watch(own);
  }

  /** Shows by how and until when a row is watched; null: not any longer. */
  setWatch(row: StoreRow, watch: RowWatchJson | null): void {
    this.#own(row).showWatch(watch);
  }

  get overviewWidthUs(): number {
    return 1e6;
  }

  overview(windowUs: number): readonly OverviewSecondJson[] {
    return this.#overview.since(this.#secondBefore(windowUs), this.#clock.shiftUs);
  }

  roundTrips(row: StoreRow, windowUs: number): readonly number[] {
    return this.#history.roundTrips(this.#own(row), this.#secondBefore(windowUs));
  }

  /** Returns the second of the even time that is so long ago. */
  #secondBefore(windowUs: number): number {
    return Math.floor((this.timeUs - this.#clock.shiftUs - windowUs) / 1e6);
  }

  onGeneration(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onClosed(row: StoreRow, listener: () => void): () => void {
    const live = this.#own(row);
    if (!live.isOpen) {
      listener();
      return () => undefined;
    }
    return this.#closedListeners.add(live, listener);
  }

  /** Inodes of the network namespaces with an open subflow of MPTCP; undefined is the collector's own. */
  get mptcpPlaces(): ReadonlySet<number | undefined> {
    return this.#context.subflows.places(({ closedUs }) => closedUs === null);
  }

  /** Takes what the sockets of the MPTCP connections of a network namespace say. */
  setMptcp(netnsInode: number | undefined, connections: readonly MptcpConnection[]): void {
    this.#context.subflows.set(netnsInode, connections);
  }

  #takeSubflow(row: LiveRow, fields: MptcpFields): void {
    const state = subflowState(fields);
    const { subflow, socket } = row;
    if (state === undefined) return;
    row.subflow = state;
    if (subflow?.token === state.token) return;
    if (subflow !== undefined) this.#context.subflows.delete(row, socket.netnsInode, subflow.token);
    this.#context.subflows.add(row, socket.netnsInode, state.token);
  }

  /** Removes a row from what other rows show. */
  #unrelate(row: LiveRow): void {
    this.#context.pairs.delete(row);
    if (row.subflow !== undefined) this.#context.subflows.delete(row, row.socket.netnsInode, row.subflow.token);
  }

  #own(row: StoreRow): LiveRow {
    if (row instanceof LiveRow) return row;
    throw new TypeError('the row is of another store');
  }

  #forget(row: LiveRow): void {
    // The cache may keep the slots for a late event.
    if (row.slots !== undefined) {
      this.#slot.set(row.slots, undefined);
      this.#fresh.set(row.slots, undefined);
    }
    this.#rows.delete(row);
    this.#unrelate(row);
    this.#history.forget(row);
    this.#watched.forget(row);
    this.#closedListeners.take(row);
  }
}

/** Returns whether a record is the last one of its connection. */
function isEnd({ rawIdm }: ArchivedRecord): boolean {
  return rawIdm !== undefined && readState(rawIdm) === TcpState.CLOSE;
}
