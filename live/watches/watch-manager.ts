import { compileExpression } from '../../expression/index.js';
import { type Logger, TroubleLog } from '../../log/index.js';
import type { WatchMetrics } from '../../metrics/index.js';
import { inSlices, type SlicedWork, WatchError, type WatchRequest } from '../answers/index.js';
import { type LiveStore, ROW_VOCABULARY, type StoreRow } from '../store/index.js';
import type { WatchJson } from '../wire/index.js';
import { Watch, type WatchChoice } from './watch.js';
import type { WatchTargets } from './watch-targets.js';

/** Options of {@link WatchManager}. */
export interface WatchManagerOptions {
  readonly store: LiveStore;
  readonly targets: Pick<WatchTargets, 'connectionOf' | 'watch' | 'unwatch'>;
  /** Connections that are watched at a time, at most. */
  readonly maxConnections: number;
  readonly metrics: Pick<WatchMetrics, 'left'>;
  readonly log: Logger;
  /** Time that grows evenly, milliseconds. */
  readonly elapsedMs: () => number;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Schedules the next slice of a search among all rows (default: setImmediate). */
  readonly later?: (work: () => void) => void;
}

/** Bounds of the values of a watch. */
export const WATCH_BOUNDS = { minIntervalMs: 1, maxIntervalMs: 1000, maxForSec: 3600 } as const;
/** Watches at a time. */
const MAX_WATCHES = 64;
/** Rows that are compared in one step, and the longest slice. */
const CHUNK = 64;
const SLICE_MS = 0.7;

/** Row that is read, by one or several watches. */
interface WatchedRow {
  readonly connection: NonNullable<ReturnType<WatchTargets['connectionOf']>>;
  readonly watches: Set<Watch>;
  intervalMs: number;
  /** Ends the cells of every record in the history. */
  readonly endCells: () => void;
}

/**
 * Watches: which connections are read, how often and for how long. Once a second expressions choose again, so that new
 * connections join; if more match than may be watched, those join that move the most.
 */
export class WatchManager {
  readonly #options: WatchManagerOptions;
  readonly #watches = new Map<number, Watch>();
  readonly #rows = new Map<StoreRow, WatchedRow>();
  #last = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopListening: (() => void) | undefined;
  readonly #trouble: TroubleLog;
  #isSearching = false;
  #isClosed = false;

  constructor(options: WatchManagerOptions) {
    this.#options = options;
    this.#trouble = new TroubleLog(options.log);
  }

  /** Connections that are watched at a time, at most. */
  get maxConnections(): number {
    return this.#options.maxConnections;
  }

  /** Number of watched connections. */
  get connections(): number {
    return this.#rows.size;
  }

  /**
   * Begins a watch.
   * @throws WatchError; ExpressionError for a wrong filter
   */
  start({ connections, intervalMs, forSec }: WatchRequest): WatchJson {
    checkInteger('intervalMs', intervalMs, WATCH_BOUNDS.minIntervalMs, WATCH_BOUNDS.maxIntervalMs);
    if (forSec !== undefined) checkInteger('forSec', forSec, 1, WATCH_BOUNDS.maxForSec);
    if (this.#isClosed) throw new WatchError('ERR_WATCH_THREAD', 'the collector stops');
    if (this.#watches.size >= MAX_WATCHES) {
      throw new WatchError('ERR_WATCHES_FULL', `there are ${MAX_WATCHES} watches already: end one of them`);
    }
    const choice = choiceOf(connections);
    const rows = choice.kind === 'keys' ? this.#rowsOf(choice.keys) : this.#matching(choice);
    const watch = new Watch({
      ...{ number: this.#last + 1, choice, intervalMs, forSec },
      ...{ elapsedMs: this.#options.elapsedMs(), nowMs: this.#options.nowMs() },
    });
    const room = this.#options.maxConnections - this.#rows.size;
    const added = rows.filter((row) => !this.#rows.has(row));
    if (added.length > 0 && room <= 0 && added.length === rows.length) {
      throw new WatchError(
        'ERR_WATCHES_FULL',
        `${this.#rows.size} connections are watched already (-watch.max): end a watch of them`,
      );
    }
    this.#choose(watch, rows);
    this.#last++;
    this.#watches.set(watch.number, watch);
    this.#options.log.info('watch began', {
      watch: watch.number,
      interval_ms: intervalMs,
      for_s: forSec,
      connections: watch.rows.size,
      left: watch.left,
    });
    this.#run();
    return watch.json();
  }

  /** Ends a watch. Returns false for an unknown number. */
  stop(number: number): boolean {
    const watch = this.#watches.get(number);
    if (watch === undefined) return false;
    this.#end(watch, 'stopped');
    return true;
  }

  /** Returns all watches, oldest first. */
  list(): readonly WatchJson[] {
    return Array.from(this.#watches.values(), (watch) => watch.json());
  }

  /** Ends all watches, for good. */
  close(): void {
    this.#isClosed = true;
    for (const watch of [...this.#watches.values()]) this.#end(watch, 'shutdown');
    this.#stopListening?.();
    this.#stopListening = undefined;
    clearTimeout(this.#timer);
  }

  /** Rows with these keys. @throws WatchError if one of them cannot be watched */
  #rowsOf(keys: ReadonlySet<string>): StoreRow[] {
    return Array.from(keys, (key) => {
      const row = this.#options.store.row(key);
      if (row === undefined) throw new WatchError('ERR_NO_CONNECTION', `no connection has the key ${key}`);
      if (!row.isOpen)
        throw new WatchError('ERR_NO_CONNECTION', 'the connection has ended: only open ones are watched');
      if (this.#options.targets.connectionOf(row) === undefined) {
        throw new WatchError(
          'ERR_NO_CONNECTION',
          'the connection is not recorded here: it has just ended, or is of another collector',
        );
      }
      return row;
    });
  }

  #matching(choice: WatchChoice & { readonly kind: 'filter' }): StoreRow[] {
    const rows: StoreRow[] = [];
    for (const row of this.#options.store.rows()) if (row.isOpen && choice.filter.matches(row)) rows.push(row);
    return rows;
  }

  /**
   * Has a watch read these rows as well, as far as there is room: those first that move the most. One that it reads stays
   * until it ends: what a condition is about, such as a loss, comes and goes.
   */
  #choose(watch: Watch, rows: readonly StoreRow[]): void {
    for (const row of [...watch.rows]) if (!row.isOpen) this.#release(watch, row);
    let left = 0;
    for (const row of byThroughput(rows.filter((each) => !watch.rows.has(each)))) {
      if (!this.#read(watch, row)) left++;
    }
    watch.left = left;
  }

  /** Reads a row for a watch. Returns false if there is no room, or the row cannot be read. */
  #read(watch: Watch, row: StoreRow): boolean {
    const { targets, store, maxConnections } = this.#options;
    let watched = this.#rows.get(row);
    if (watched === undefined) {
      if (this.#rows.size >= maxConnections) return false;
      const connection = targets.connectionOf(row);
      if (connection === undefined) return false;
      this.#begin(() => targets.watch(connection, watch.intervalMs));
      watched = { connection, watches: new Set(), intervalMs: watch.intervalMs, endCells: store.watch(row) };
      this.#rows.set(row, watched);
    }
    watched.watches.add(watch);
    watch.rows.add(row);
    this.#pace(row, watched);
    return true;
  }

  #begin(begin: () => void): void {
    try {
      begin();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined || !/^ERR_(?:THREAD|SOCKET|NAMESPACE)$/.test(code)) throw error;
      throw new WatchError('ERR_WATCH_THREAD', `the kernel or the system refuses: ${message}`, { cause: error });
    }
  }

  /** Reads a row as often as the fastest of its watches wants, and shows it. */
  #pace(row: StoreRow, watched: WatchedRow): void {
    const { targets, store } = this.#options;
    const watches = [...watched.watches];
    const intervalMs = Math.min(...watches.map((watch) => watch.intervalMs));
    if (intervalMs !== watched.intervalMs) {
      watched.intervalMs = intervalMs;
      targets.watch(watched.connection, intervalMs);
    }
    const ends = watches.map(({ untilMs }) => untilMs);
    const untilMs = ends.reduce((last: number | null, each) => later(last, each));
    const named = watches.filter(({ choice }) => choice.kind === 'keys').map(({ number }) => String(number));
    store.setWatch(row, { intervalMs, untilTime: untilMs === null ? null : new Date(untilMs).toISOString(), named });
  }

  #release(watch: Watch, row: StoreRow): void {
    watch.rows.delete(row);
    const watched = this.#rows.get(row);
    if (watched === undefined) return;
    watched.watches.delete(watch);
    if (watched.watches.size > 0) {
      this.#pace(row, watched);
      return;
    }
    this.#rows.delete(row);
    this.#options.targets.unwatch(watched.connection);
    watched.endCells();
    this.#options.store.setWatch(row, null);
  }

  #end(watch: Watch, reason: 'over' | 'stopped' | 'closed' | 'shutdown'): void {
    for (const row of [...watch.rows]) this.#release(watch, row);
    this.#watches.delete(watch.number);
    this.#options.log.info('watch ended', { watch: watch.number, reason });
    this.#run();
  }

  /** Runs, or stops, what watches need: the search for connections, and the next end. */
  #run(): void {
    const { store, elapsedMs } = this.#options;
    if (this.#watches.size === 0) {
      this.#stopListening?.();
      this.#stopListening = undefined;
      this.#options.metrics.left.set(0);
    } else {
      this.#stopListening ??= store.onGeneration(() => void this.#search());
    }
    clearTimeout(this.#timer);
    const ends = [...this.#watches.values()].flatMap(({ endMs }) => (endMs === undefined ? [] : [endMs]));
    if (ends.length === 0) return;
    this.#timer = setTimeout(() => this.#endDue(), Math.max(0, Math.min(...ends) - elapsedMs()));
    this.#timer.unref();
  }

  #endDue(): void {
    const nowMs = this.#options.elapsedMs();
    for (const watch of [...this.#watches.values()]) {
      // Timers may be a millisecond early.
      if (watch.endMs !== undefined && watch.endMs <= nowMs + 1) this.#end(watch, 'over');
    }
    this.#run();
  }

  /** Chooses again, after each second. */
  async #search(): Promise<void> {
    if (this.#isSearching) return;
    this.#isSearching = true;
    try {
      const { elapsedMs, later: schedule = setImmediate } = this.#options;
      const matching = await inSlices(this.#matchAll(), { elapsedMs, later: schedule, sliceMs: SLICE_MS });
      for (const [watch, rows] of matching) {
        if (!this.#watches.has(watch.number)) continue;
        this.#choose(
          watch,
          rows.filter(({ isOpen }) => isOpen),
        );
        if (watch.choice.kind === 'keys' && watch.rows.size === 0 && watch.left === 0) this.#end(watch, 'closed');
      }
      this.#options.metrics.left.set([...this.#watches.values()].reduce((sum, { left }) => sum + left, 0));
      this.#trouble.succeeded('connections to watch can be chosen again');
    } catch (error) {
      this.#trouble.failed('connections to watch cannot be chosen', { error: String(error) });
    } finally {
      this.#isSearching = false;
    }
  }

  *#matchAll(): SlicedWork<Map<Watch, StoreRow[]>> {
    const found = new Map<Watch, StoreRow[]>();
    for (const watch of this.#watches.values()) {
      const rows: StoreRow[] = [];
      found.set(watch, rows);
      if (watch.choice.kind === 'keys') {
        for (const key of watch.choice.keys) {
          const row = this.#options.store.row(key);
          if (row !== undefined) rows.push(row);
        }
        continue;
      }
      let seen = 0;
      for (const row of [...this.#options.store.rows()]) {
        if (watch.chooses(row)) rows.push(row);
        if (++seen % CHUNK === 0) yield;
      }
    }
    return found;
  }
}

function choiceOf(connections: WatchRequest['connections']): WatchChoice {
  if ('keys' in connections) return { kind: 'keys', keys: new Set(connections.keys) };
  const { filter: text } = connections;
  if (text.trim() === '') throw new WatchError('ERR_WATCH_VALUE', 'filter: expected an expression, such as dport 443');
  return { kind: 'filter', text, filter: compileExpression(text, ROW_VOCABULARY) };
}

function checkInteger(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new WatchError('ERR_WATCH_VALUE', `${name}: ${value} is not a whole number from ${min} to ${max}`);
}

/** Returns the later of two ends; null is never. */
function later(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b);
}

function byThroughput(rows: readonly StoreRow[]): StoreRow[] {
  const keyed = rows.map((row) => {
    const derived = row.now?.derived;
    return { row, rate: (derived?.goodputBytesPerSec ?? 0) + (derived?.receiveThroughputBytesPerSec ?? 0) };
  });
  return keyed.sort((a, b) => b.rate - a.rate).map(({ row }) => row);
}
