import type { ClosedChoice, ViewRequest } from '../../live/answers/index.js';
import type { OverviewSecondJson, RowJson, StatusJson, ViewEventJson } from '../../live/wire/index.js';
import type { FilterError, FrozenView } from '../rows/expressions/index.js';
import { type Column, LiveWindow, type Look, NEEDED_FIELDS, RowList } from '../rows/index.js';
import { type AlertList, NO_ALERTS_YET } from './alerts-screen.js';
import type { ColumnChooser } from './column-chooser.js';
import type { FilterEditor } from './filter-editor.js';
import { GroupList } from './group-list.js';
import { type HttpList, NO_HTTP_YET } from './http-list.js';
import type { Detail, Effect, Mode, ModelOptions, Sorting, Tab } from './model-parts.js';
import { filterTestsProcess } from './rows-as-json.js';
import type { SourceEvent } from './source.js';
import type { WatchQuestion } from './watch-question.js';

export {
  type Detail,
  type Effect,
  type Mode,
  type ModelOptions,
  type OtherEnd,
  type Sorting,
  TABS,
  type Tab,
} from './model-parts.js';

/** Rows that are asked for beyond those visible, as multiples of the height. */
const WINDOW_HEIGHTS = 3;
const LEAST_WINDOW = 100;
/** Most rows that a source streams. */
const LARGEST_WINDOW = 1000;

/** State of `top`: what is shown, and the work that is needed for it. Time is a parameter, milliseconds. */
export class TopModel {
  screenColumns = 80;
  screenRows = 24;
  mode: Mode = 'list';
  tab: Tab = 'Connections';
  readonly live = new LiveWindow();
  readonly list = new RowList();
  readonly groups = new GroupList();
  frozen: FrozenView | undefined;
  status: StatusJson | undefined;
  /** Last second of all connections together. */
  second: OverviewSecondJson | undefined;
  columns: readonly Column[];
  filter: string;
  filterError: FilterError | undefined;
  editor: FilterEditor | undefined;
  chooser: ColumnChooser | undefined;
  question: WatchQuestion | undefined;
  detail: Detail | undefined;
  sorting: Sorting | undefined;
  closed: ClosedChoice = 'true';
  everyMs: number;
  look: Look;
  /** Sentence for the last line, until the next key. */
  message = '';
  /** Connection that the key before asked to record. */
  asked: string | undefined;
  /** Connection that this key asks to record. */
  asking: string | undefined;
  helpTop = 0;
  alerts: AlertList = NO_ALERTS_YET;
  /** First visible line of the tab of alerts. */
  alertsTop = 0;
  http: HttpList = NO_HTTP_YET;
  /** First visible line of the HTTP tab. */
  httpTop = 0;
  /** Time and reason of the loss of the source. */
  lost: { readonly sinceMs: number; readonly reason: string } | undefined;
  readonly options: ModelOptions;
  #effects: Effect[] = [];
  /** Window that was asked for last. */
  #asked = '';
  /** True when the next view is another one, which begins at its first row. */
  #isRestarting = true;
  /** Rows that left the window while the order is held. */
  readonly #kept = new Map<string, RowJson>();

  constructor(options: ModelOptions) {
    this.options = options;
    this.columns = options.columns;
    this.filter = options.filter;
    this.sorting = options.sorting;
    this.everyMs = options.everyMs;
    this.look = { unicode: options.unicode, bytes: false };
  }

  /** Time of the values shown, microseconds since 1970. */
  get timeUs(): number {
    return this.frozen?.timeUs ?? this.live.timeUs;
  }

  /** True if the values are those of now. */
  get isArchive(): boolean {
    return this.options.mode === 'archive';
  }

  /** Request for the window of the view around the visible rows. */
  get request(): ViewRequest {
    const margin = this.list.height;
    const limit = Math.min(LARGEST_WINDOW, Math.max(LEAST_WINDOW, WINDOW_HEIGHTS * this.list.height));
    const offset = this.#isRestarting ? 0 : Math.max(0, this.list.top - Math.max(margin, (limit - margin) >> 1));
    return { ...this.rowsRequest, offset, limit, fields: this.#fields };
  }

  /** Filter, order and choice of closed rows of a request. */
  get rowsRequest(): Pick<ViewRequest, 'filter' | 'sort' | 'closed'> {
    const { sort } = this;
    return { filter: this.wholeFilter, closed: this.closed, ...(sort === undefined ? {} : { sort }) };
  }

  /** True if no row is known to match, and the filter tests processes that the source has not found yet. */
  get isFindingProcesses(): boolean {
    return this.isWithoutProcesses && (this.status?.attribution.unknown.pending ?? 0) > 0;
  }

  /** True if the view is empty, and processes may be missing: the status says whether they are. */
  get isWithoutProcesses(): boolean {
    return !this.isArchive && this.filter.trim() !== '' && this.live.matched === 0 && filterTestsProcess(this.filter);
  }

  /** Filter that the source gets. */
  get wholeFilter(): string {
    const scope = this.options.scope ?? '';
    if (scope === '' || this.filter.trim() === '') return scope === '' ? this.filter : scope;
    return `(${scope}) and (${this.filter})`;
  }

  /** Order that the source gets. */
  get sort(): string | undefined {
    if (this.sorting === undefined) return undefined;
    const { column, isDescending, further = '' } = this.sorting;
    return `${isDescending ? '-' : ''}${column.sortedBy}${further === '' ? '' : `,${further}`}`;
  }

  get #fields(): string {
    return [...new Set([...NEEDED_FIELDS, ...this.columns.flatMap(({ fields }) => fields)])].join(',');
  }

  /** Returns the row of a key, as it was last known. */
  row(key: string): RowJson | undefined {
    return this.frozen?.rows.get(key) ?? this.live.rows.get(key) ?? this.#kept.get(key);
  }

  /** Returns whether the values of a row go on: it is in the window of the source. */
  isCurrent(key: string): boolean {
    return this.frozen !== undefined || this.live.rows.has(key);
  }

  /** Adds work to do. */
  need(effect: Effect): void {
    this.#effects.push(effect);
  }

  /** Returns the work to do since the last call. */
  takeEffects(): readonly Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  resize(columns: number, rows: number, listHeight: number): void {
    this.screenColumns = columns;
    this.screenRows = rows;
    this.list.resize(listHeight);
    this.askForWindow();
  }

  /** Asks for another window if visible rows are not known. */
  askForWindow(): void {
    if (this.frozen !== undefined || !this.live.isKnown || !this.list.needsWindow) return;
    // The answer may be on its way, and another one to the same request would have no other rows.
    if (windowOf(this.request) !== this.#asked) this.need({ kind: 'subscribe' });
  }

  /** Returns the request for a new subscription. */
  takeRequest(): ViewRequest {
    const { request } = this;
    this.#asked = windowOf(request);
    return request;
  }

  /** Shows another view from its first row: filter, order or the choice of rows has changed. */
  restart(nowMs: number): void {
    if (this.frozen !== undefined) {
      this.list.restart();
      this.orderFrozen(nowMs);
      return;
    }
    this.#isRestarting = true;
    this.list.release();
    this.need({ kind: 'subscribe' });
    if (this.tab === 'Groups') this.need({ kind: 'groups' });
  }

  /** Takes over a message of the source. */
  receive(event: SourceEvent, nowMs: number): void {
    if (event.kind === 'lost') {
      this.lost ??= { sinceMs: nowMs, reason: event.reason };
      return;
    }
    if (event.kind === 'refused') {
      this.message = event.reason;
      return;
    }
    if (event.kind === 'view' && this.lost !== undefined && this.frozen === undefined) this.#followAnother(event.view);
    this.lost = undefined;
    if (event.kind === 'view') this.#keep([...this.live.rows.keys()]);
    else this.#keep(event.delta.gone ?? []);
    if (event.kind === 'view') this.live.view(event.view);
    else this.live.delta(event.delta);
    if (this.frozen === undefined) this.#followLive(event.kind === 'view', nowMs);
    if (this.mode === 'detail' && this.frozen === undefined) this.need({ kind: 'detail' });
    if (this.tab === 'Groups' && this.frozen === undefined) this.need({ kind: 'groups' });
    if (this.tab === 'Machine') this.need({ kind: 'status' });
    if (this.tab === 'HTTP') this.need({ kind: 'http' });
    if (this.tab === 'Alerts') this.need({ kind: 'alerts' });
  }

  /**
   * Lets go of rows of a collector that was restarted: to the new one each connection began anew, under another key. A
   * held order would show rows that never change, and the open connection would be unknown.
   */
  #followAnother({ order }: ViewEventJson): void {
    const known = new Set(order);
    if (order.length === 0 || this.list.order.some((key) => known.has(key))) return;
    this.#isRestarting = true;
    const { detail } = this;
    if (detail !== undefined) this.detail = { ...detail, key: detail.row.uuid ?? detail.key };
  }

  /** Keeps rows that leave the window while the order is held. */
  #keep(keys: readonly string[]): void {
    if (this.list.heldSinceMs === undefined) {
      this.#kept.clear();
      return;
    }
    for (const key of keys) {
      const row = this.live.rows.get(key);
      if (row !== undefined && this.list.order.includes(key)) this.#kept.set(key, row);
    }
  }

  #followLive(isNewWindow: boolean, nowMs: number): void {
    const { order, offset, matched } = this.live;
    if (this.#isRestarting && isNewWindow) {
      // The cursor may have moved since the keys that asked for this view: then its order is held from the beginning.
      const isHeld = this.list.heldSinceMs !== undefined;
      this.#isRestarting = false;
      this.list.restart();
      this.#kept.clear();
      if (isHeld) this.list.hold(nowMs);
    }
    if (isNewWindow && offset !== this.list.offset) this.list.reorder(order, offset, matched, nowMs);
    else this.list.follow(order, offset, matched);
    this.askForWindow();
  }

  /** Orders the rows again, or holds their order. */
  toggleHold(nowMs: number): void {
    if (this.list.heldSinceMs === undefined) {
      this.list.hold(nowMs);
      return;
    }
    this.list.release();
    this.#kept.clear();
    if (this.frozen === undefined) this.list.reorder(this.live.order, this.live.offset, this.live.matched, nowMs);
  }

  /** Freezes a copy of the rows. */
  freeze(frozen: FrozenView, nowMs: number): void {
    this.frozen = frozen;
    this.orderFrozen(nowMs);
  }

  /** Goes on with the live view. */
  thaw(nowMs: number): void {
    this.frozen = undefined;
    this.list.release();
    this.list.reorder(this.live.order, this.live.offset, this.live.matched, nowMs);
    this.#isRestarting = true;
    this.need({ kind: 'subscribe' });
  }

  /** Filters and sorts the copied rows. */
  orderFrozen(nowMs: number): void {
    if (this.frozen === undefined) return;
    const keys = this.frozen.order(this.filter, this.sort, this.closed);
    this.list.reorder(keys, 0, keys.length, nowMs);
  }
}

function windowOf({ offset, limit }: ViewRequest): string {
  return `${offset} ${limit}`;
}
