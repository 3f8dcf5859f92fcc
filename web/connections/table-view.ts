import type { DeltaEventJson, ProblemJson, RowJson, ViewEventJson } from '../../live/wire/index.js';
import { LiveWindow } from '../../view/rows/index.js';
import type { ApiClient, StreamEvent } from '../client/index.js';
import { HeldOrder } from './held-order.js';
import { RateRings } from './rate-ring.js';
import { type AskedWindow, lacksRows, type RowRange, windowAround } from './row-range.js';

/** Rows that a view chooses, their order and their values. */
export interface ViewChoice {
  readonly filter: string;
  readonly sort: string;
  readonly closed: string;
  /** Names of fields with commas. */
  readonly fields: string;
  /** Time between two messages, milliseconds. */
  readonly everyMs: number;
}

/** Options of {@link TableView}. */
export interface TableViewOptions {
  readonly api: Pick<ApiClient, 'stream'>;
  /** Called after each change. */
  readonly onChange: () => void;
  /** Returns the time in milliseconds. */
  readonly nowMs: () => number;
  /** Calls back after a time. Returns the function that forgets it. */
  readonly later: (act: () => void, ms: number) => () => void;
}

/** Least time between two requests for other windows while the table is scrolled. */
const ASK_AGAIN_MS = 120;

/** Rows of the live table: follows the window of the view around the visible rows. */
export class TableView {
  readonly live = new LiveWindow();
  readonly held = new HeldOrder();
  rings = new RateRings();
  /** Number of the last computation; 0 before the first message. */
  generation = 0;
  /** Refusal of the present choice. */
  problem: ProblemJson | undefined;
  readonly #options: TableViewOptions;
  #choice: ViewChoice | undefined;
  #asked: AskedWindow = windowAround({ first: 0, end: 0 });
  #askedMs = Number.NEGATIVE_INFINITY;
  #visible: RowRange = { first: 0, end: 0 };
  #shown: RowRange = { first: 0, end: 0 };
  /** True until the first message of another choice. */
  #isRestarting = true;
  #stop: (() => void) | undefined;
  #forget: (() => void) | undefined;
  /** Rows that left the window while the order is held. */
  readonly #kept = new Map<string, RowJson>();

  constructor(options: TableViewOptions) {
    this.#options = options;
  }

  /** True until the rows of the present choice are known. */
  get isWaiting(): boolean {
    return this.#isRestarting;
  }

  /** Returns a row as it was last known. */
  row(key: string): RowJson | undefined {
    return this.live.rows.get(key) ?? this.#kept.get(key);
  }

  /** Returns whether the values of a row go on. */
  isCurrent(key: string): boolean {
    return this.live.rows.has(key);
  }

  /** Follows a view; the same one again goes on as it is. */
  follow(choice: ViewChoice): void {
    const known = this.#choice;
    this.#choice = choice;
    const isSame =
      known !== undefined &&
      known.fields === choice.fields &&
      known.everyMs === choice.everyMs &&
      this.#stop !== undefined;
    if (isSame && isSameView(known, choice)) return;
    if (known === undefined || !isSameView(known, choice)) {
      this.#isRestarting = true;
      this.#asked = windowAround({ first: 0, end: this.#visible.end - this.#visible.first });
    }
    this.#ask();
  }

  /** Asks again after a refusal. */
  retry(): void {
    this.problem = undefined;
    this.#ask();
  }

  /** Stops to follow; the last state stays. */
  pause(): void {
    this.#forget?.();
    this.#forget = undefined;
    this.#stop?.();
    this.#stop = undefined;
  }

  /** Takes over which rows are visible and in the document, and asks for another window if it needs one. */
  show(visible: RowRange, shown: RowRange): void {
    this.#visible = visible;
    this.#shown = shown;
    this.#askIfNeeded();
  }

  /** Takes over the order of the source. */
  reorder(): void {
    this.#kept.clear();
    this.held.reorder(this.live, this.#options.nowMs());
    this.#options.onChange();
  }

  /** Takes a reason to hold the order away. */
  release(reason: Parameters<HeldOrder['release']>[0]): void {
    if (!this.held.release(reason)) return;
    this.#kept.clear();
    if (!this.#isRestarting) this.held.take(this.live);
    this.#options.onChange();
  }

  #askIfNeeded(): void {
    if (this.#stop === undefined || this.#isRestarting || this.#forget !== undefined) return;
    const { offset, limit } = this.#asked;
    const matched = this.held.matched;
    const lacked = { first: this.#shown.first, end: Math.min(this.#shown.end, matched) };
    if (!lacksRows(lacked, { first: offset, end: offset + limit })) return;
    const waitMs = this.#askedMs + ASK_AGAIN_MS - this.#options.nowMs();
    if (waitMs > 0) {
      this.#forget = this.#options.later(() => {
        this.#forget = undefined;
        this.#askIfNeeded();
      }, waitMs);
      return;
    }
    this.#asked = windowAround(this.#visible);
    this.#ask();
  }

  /** Asks for the window. The stream before goes on until the new one has rows, so that values are never missing. */
  #ask(): void {
    const { api, nowMs } = this.#options;
    const choice = this.#choice;
    if (choice === undefined) return;
    this.#askedMs = nowMs();
    const before = this.#stop;
    let isOver = false;
    let stopBefore = (): void => {
      stopBefore = () => undefined;
      before?.();
    };
    const stop = api.stream(
      '/stream',
      {
        filter: choice.filter || undefined,
        sort: choice.sort || undefined,
        closed: choice.closed,
        fields: choice.fields,
        offset: this.#asked.offset,
        limit: this.#asked.limit,
        every: `${choice.everyMs}ms`,
      },
      (event) => {
        if (isOver) return;
        if (event.kind !== 'lost') stopBefore();
        this.#take(event);
      },
    );
    this.#stop = () => {
      isOver = true;
      stopBefore();
      stop();
    };
    // Messages of the stream before are only wanted if it shows the same rows.
    if (this.#isRestarting) stopBefore();
  }

  #take(event: StreamEvent): void {
    // The page reports a loss for all its parts, and the last state stays.
    if (event.kind === 'lost') return;
    if (event.kind === 'refused') {
      this.problem = event.problem;
      this.#options.onChange();
      return;
    }
    this.problem = undefined;
    // Messages have the types of live/wire/.
    const message = event.data as ViewEventJson | DeltaEventJson;
    if (event.event === 'view') this.#takeView(message as ViewEventJson);
    else if (event.event === 'delta') this.#takeDelta(message as DeltaEventJson);
    else return;
    this.#followOrder();
    this.#sample(message.generation);
    this.#options.onChange();
    this.#askIfNeeded();
  }

  #takeView(view: ViewEventJson): void {
    if (!this.#isRestarting && this.#isOther(view)) this.#isRestarting = true;
    if (this.#isRestarting) {
      this.#isRestarting = false;
      this.held.restart(this.#options.nowMs());
      this.#kept.clear();
    }
    this.#keep([...this.live.rows.keys()]);
    this.live.view(view);
  }

  #takeDelta(delta: DeltaEventJson): void {
    this.#keep(delta.gone ?? []);
    this.live.delta(delta);
  }

  /**
   * Returns whether a view is that of a collector that was restarted: to the new one each connection began anew, under
   * another key, and a held order would show rows that never change.
   */
  #isOther({ generation, order }: ViewEventJson): boolean {
    if (generation >= this.generation || order.length === 0) return false;
    const known = new Set(order);
    return !this.held.order.some((key) => known.has(key));
  }

  #followOrder(): void {
    this.held.follow(this.live, this.#visible);
    if (!this.held.isHeld) this.#kept.clear();
  }

  /** Keeps rows that leave the window while the order is held. */
  #keep(keys: readonly string[]): void {
    if (!this.held.isHeld) return;
    for (const key of keys) {
      const row = this.live.rows.get(key);
      if (row !== undefined && this.held.indexOf(key) >= 0) this.#kept.set(key, row);
    }
  }

  /** Adds the rates of this second to those of the last 60 s. */
  #sample(generation: number): void {
    if (generation < this.generation) this.rings = new RateRings();
    this.generation = generation;
    for (const [key, { now }] of this.live.rows) {
      if (now !== undefined) this.rings.add(key, generation, now?.goodputBytesPerSec ?? null);
    }
  }
}

function isSameView(a: ViewChoice, b: ViewChoice): boolean {
  return a.filter === b.filter && a.sort === b.sort && a.closed === b.closed;
}
