import { type ConnectionStore, timeText } from '../store/index.js';
import type { DeltaEventJson, RowJson, ViewEventJson, ViewJson } from '../wire/index.js';
import { deltaOf, rowsByKey } from './delta.js';
import { rowJson } from './row-json.js';
import { inSlices, type SlicedWork, type Slicing } from './slices.js';
import type { ViewMessage } from './subscription.js';
import { type RowWindow, type ViewPlan, windowOf } from './view-plan.js';

/** Receiver of a view's messages. */
export type ViewListener = (message: ViewMessage) => void;

/** Rows that become JSON in one step. */
export const ROWS_AT_ONCE = 16;

/** Fields of a view before its rows. */
type ViewHead = Omit<ViewJson, 'connections'>;

/** Computes the rows of a view's window and the fields before them, in steps. */
export function* headAndRowsOf(
  store: ConnectionStore,
  plan: ViewPlan,
): SlicedWork<{ readonly head: ViewHead; readonly rows: RowWindow['rows'] }> {
  const { generation, timeUs } = store;
  const { rows, matched } = yield* windowOf(store, plan);
  const { offset } = plan;
  const head = { time: timeText(timeUs), generation, total: store.size, matched, closed: store.closedSize, offset };
  return { head, rows };
}

/** Computes a view's window, in steps. */
export function* viewOf(store: ConnectionStore, plan: ViewPlan): SlicedWork<ViewJson & { readonly keys: string[] }> {
  const { head, rows } = yield* headAndRowsOf(store, plan);
  const connections: RowJson[] = [];
  const keys: string[] = [];
  for (const row of rows) {
    connections.push(rowJson(row, plan.fields));
    keys.push(row.key);
    if (connections.length % ROWS_AT_ONCE === 0) yield;
  }
  return { ...head, connections, keys };
}

/** Options of {@link SharedView}. */
export interface SharedViewOptions {
  readonly store: ConnectionStore;
  readonly plan: ViewPlan;
  /** Least time between two messages. */
  readonly everyMs: number;
  readonly slicing: Slicing;
  /** Called with an unexpected error of the computation, which then has no message, or of a listener. */
  readonly onFault: (error: unknown) => void;
}

/** View that all subscribers of equal requests share: it is computed once for a generation. */
export class SharedView {
  readonly #options: SharedViewOptions;
  readonly #listeners = new Set<ViewListener>();
  #current: Message | undefined;
  #computedMs = Number.NEGATIVE_INFINITY;
  #isComputing = false;

  constructor(options: SharedViewOptions) {
    this.#options = options;
  }

  get subscribers(): number {
    return this.#listeners.size;
  }

  get isUnused(): boolean {
    return this.#listeners.size === 0;
  }

  /** Adds a subscriber. It gets the current state soon. */
  add(listener: ViewListener): void {
    this.#listeners.add(listener);
    const current = this.#current;
    if (current === undefined) this.#compute();
    else {
      this.#options.slicing.later(() => {
        // A newer message may have come first.
        if (this.#listeners.has(listener) && this.#current === current) this.#tell(listener, current);
      });
    }
  }

  delete(listener: ViewListener): void {
    this.#listeners.delete(listener);
  }

  /** Computes the view anew if it is time. */
  onGeneration(): void {
    // Seconds are not exact: half of one is no reason to wait for another.
    const { slicing, everyMs } = this.#options;
    if (slicing.elapsedMs() - this.#computedMs >= everyMs - HALF_SECOND_MS) this.#compute();
  }

  #compute(): void {
    if (this.#isComputing || this.isUnused) return;
    this.#isComputing = true;
    const { store, plan, slicing, onFault } = this.#options;
    this.#computedMs = slicing.elapsedMs();
    inSlices(viewOf(store, plan), slicing)
      .then((view) => this.#publish(view))
      .catch(onFault)
      .finally(() => {
        this.#isComputing = false;
      });
  }

  #publish({ keys: order, connections, ...rest }: ViewJson & { readonly keys: readonly string[] }): void {
    const rows = rowsByKey();
    order.forEach((key, i) => {
      rows[key] = connections[i] ?? {};
    });
    const message = new Message({ ...rest, order, rows }, this.#current?.view());
    this.#current = message;
    for (const listener of [...this.#listeners]) this.#tell(listener, message);
  }

  /** Calls a listener; its fault does not concern the others. */
  #tell(listener: ViewListener, message: Message): void {
    try {
      listener(message);
    } catch (error) {
      this.#options.onFault(error);
    }
  }
}

const HALF_SECOND_MS = 500;

class Message implements ViewMessage {
  readonly #view: ViewEventJson;
  #before: ViewEventJson | undefined;
  readonly before: number | undefined;
  #delta: DeltaEventJson | undefined;
  #viewText: string | undefined;
  #deltaText: string | undefined;

  constructor(view: ViewEventJson, before: ViewEventJson | undefined) {
    this.#view = view;
    this.#before = before;
    this.before = before?.generation;
  }

  get generation(): number {
    return this.#view.generation;
  }

  view(): ViewEventJson {
    return this.#view;
  }

  delta(): DeltaEventJson | undefined {
    if (this.#before !== undefined) {
      this.#delta = deltaOf(this.#before, this.#view);
      // Holding it would hold all states before it.
      this.#before = undefined;
    }
    return this.#delta;
  }

  viewText(): string {
    this.#viewText ??= JSON.stringify(this.#view);
    return this.#viewText;
  }

  deltaText(): string | undefined {
    if (this.#deltaText === undefined && this.before !== undefined) this.#deltaText = JSON.stringify(this.delta());
    return this.#deltaText;
  }
}
