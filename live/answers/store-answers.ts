import { completeExpression, type FieldDefinition } from '../../expression/index.js';
import type { RowField } from '../../fields/index.js';
import { type ConnectionStore, type RowVocabulary, rowVocabulary, type StoreRow } from '../store/index.js';
import type {
  CompleteJson,
  ConnectionAnswerJson,
  FieldsJson,
  GroupsJson,
  OverviewJson,
  RowJson,
  StatsJson,
  SummaryJson,
  ViewJson,
} from '../wire/index.js';
import type { Answering, GroupsRequest, SummaryRequest } from './answering.js';
import { findRows } from './find-rows.js';
import { FrequentValues } from './frequent-values.js';
import { groupsOf, planGroups } from './groups.js';
import { groupsBytesOf, viewBytesOf } from './list-bytes.js';
import { quantile } from './quantile.js';
import { type ChosenFields, parseFields, rowJson } from './row-json.js';
import { SharedView, type ViewListener, viewOf } from './shared-view.js';
import { inSlices, type SlicedWork, type Slicing } from './slices.js';
import type { ViewMessage } from './subscription.js';
import { summaryOf } from './summary.js';
import { planChoice, planView } from './view-plan.js';
import type { ViewRequest } from './view-request.js';

/** Longest slices, milliseconds: of views that are computed each second, and of lists on request. */
const VIEW_SLICE_MS = 0.7;
const LIST_SLICE_MS = 0.4;

/** Options of {@link StoreAnswers}. */
export type StoreAnswersOptions = Pick<Slicing, 'elapsedMs'> &
  Partial<Pick<Slicing, 'later'>> & {
    /** Called with an unexpected error of a subscribed view, which then has no message, or of a listener. */
    readonly onFault: (error: unknown) => void;
  };

/** Answers about the connections of one store. */
export class StoreAnswers implements Answering {
  readonly #store: ConnectionStore;
  readonly #slicing: Omit<Slicing, 'sliceMs'>;
  readonly #onFault: (error: unknown) => void;
  readonly #values: FrequentValues;
  readonly #table: RowVocabulary;
  readonly #allFields: ChosenFields;
  /** Views that are computed after each generation, by their requests. */
  readonly #views = new Map<string, SharedView>();
  #stopListening: (() => void) | undefined;
  /** Lists and groups are made one after the other: together they would be many slices in a row. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(store: ConnectionStore, { elapsedMs, later = setImmediate, onFault }: StoreAnswersOptions) {
    this.#onFault = onFault;
    this.#store = store;
    this.#table = rowVocabulary(store.mode);
    this.#allFields = parseFields('all', this.#table);
    this.#slicing = { elapsedMs, later };
    this.#values = new FrequentValues(store);
  }

  /** Number of subscribers of all views. */
  get subscribed(): number {
    let subscribers = 0;
    for (const view of this.#views.values()) subscribers += view.subscribers;
    return subscribers;
  }

  async view(request: ViewRequest): Promise<ViewJson> {
    const plan = planView(request, this.#store.mode);
    const { keys: _keys, ...view } = await this.#inTurn(() => viewOf(this.#store, plan));
    return view;
  }

  async viewBytes(request: ViewRequest): Promise<Uint8Array[]> {
    const plan = planView(request, this.#store.mode);
    return await this.#inTurn(() => viewBytesOf(this.#store, plan));
  }

  async groups(request: GroupsRequest): Promise<GroupsJson> {
    const plan = planGroups(request, this.#store.mode);
    return await this.#inTurn(() => groupsOf(this.#store, plan));
  }

  async groupsBytes(request: GroupsRequest): Promise<Uint8Array[]> {
    const plan = planGroups(request, this.#store.mode);
    return await this.#inTurn(() => groupsBytesOf(this.#store, plan));
  }

  async summary(request: SummaryRequest): Promise<SummaryJson> {
    const choice = planChoice(request, this.#store.mode);
    return await this.#inTurn(() => summaryOf(this.#store, choice));
  }

  async find(id: string, netns?: string): Promise<readonly StoreRow[]> {
    // Not in turn: who asks for one connection does not wait for the lists of others.
    return await this.#inSlices(findRows(this.#store, id, netns));
  }

  connection(row: StoreRow, windowUs: number): ConnectionAnswerJson {
    const sorted = this.#store.roundTrips(row, windowUs).toSorted((a, b) => a - b);
    return {
      ...rowJson(row, this.#allFields),
      stats: { windowUs, rttUs: statsOf(sorted), rttvarUs: row.now?.observation.rttvarUs ?? null },
      conntrack: row.flow,
    };
  }

  row(row: StoreRow, fields: string): RowJson {
    return rowJson(row, parseFields(fields, this.#table));
  }

  overview(windowUs: number): OverviewJson {
    const seconds = this.#store.overview(windowUs);
    const { mode, overviewWidthUs: widthUs } = this.#store;
    return { windowUs: mode === 'archive' ? seconds.length * widthUs : windowUs, widthUs, seconds };
  }

  fields(): FieldsJson {
    return {
      fields: this.#table.fields.map(fieldJson),
      flags: this.#table.flags.map(({ name, description }) => ({ name, description })),
    };
  }

  async complete(text: string, at: number): Promise<CompleteJson> {
    const wanted = new Set<FieldDefinition<StoreRow>>();
    const complete = (values: (field: FieldDefinition<StoreRow>) => readonly string[]) =>
      completeExpression(text, at, { vocabulary: this.#table.vocabulary, values });
    const completions = complete((field) => {
      const known = this.#values.known(field);
      if (known === undefined) wanted.add(field);
      return known ?? [];
    });
    if (wanted.size === 0) return { completions };
    const counted = await this.#inSlices(this.#values.count(wanted));
    return { completions: complete((field) => counted.get(field) ?? this.#values.known(field) ?? []) };
  }

  subscribe(request: ViewRequest, everyMs: number, listener: (message: ViewMessage) => void): () => void {
    const plan = planView(request, this.#store.mode);
    const { filter = '', sort = '', offset = 0, limit = '', fields = '', closed = '' } = request;
    const key = JSON.stringify([filter, sort, offset, limit, fields, closed, everyMs]);
    let view = this.#views.get(key);
    if (view === undefined) {
      view = new SharedView({
        store: this.#store,
        plan,
        everyMs,
        slicing: { ...this.#slicing, sliceMs: VIEW_SLICE_MS },
        onFault: this.#onFault,
      });
      this.#views.set(key, view);
    }
    const shared = view;
    // One function of two subscribers is still two subscribers.
    const own: ViewListener = (message) => listener(message);
    shared.add(own);
    this.#stopListening ??= this.#store.onGeneration(() => {
      for (const each of this.#views.values()) each.onGeneration();
    });
    return () => {
      shared.delete(own);
      if (!shared.isUnused || this.#views.get(key) !== shared) return;
      this.#views.delete(key);
      if (this.#views.size > 0) return;
      this.#stopListening?.();
      this.#stopListening = undefined;
    };
  }

  /** Does work beside all other. */
  #inSlices<T>(work: SlicedWork<T>): Promise<T> {
    return inSlices(work, { ...this.#slicing, sliceMs: LIST_SLICE_MS });
  }

  /** Does work after the work that was asked for before it. */
  async #inTurn<T>(work: () => SlicedWork<T>): Promise<T> {
    const turn = this.#queue.then(() => this.#inSlices(work()));
    // The next one does not care how this one ends; the caller does.
    this.#queue = turn.then(
      () => undefined,
      () => undefined,
    );
    return await turn;
  }
}

function fieldJson(field: RowField<StoreRow>): FieldsJson['fields'][number] {
  const { name, part, type, unit, description, since, aliases = [], isDefault } = field;
  return {
    ...{ name, part, type, description, aliases },
    unit: unit ?? null,
    since: since ?? null,
    values: 'values' in field ? (field.values ?? null) : null,
    default: isDefault === true,
  };
}

function statsOf(sorted: readonly number[]): StatsJson {
  const sum = sorted.reduce((total, value) => total + value, 0);
  return {
    min: sorted[0] ?? null,
    mean: sorted.length === 0 ? null : sum / sorted.length,
    p50: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    max: sorted.at(-1) ?? null,
  };
}
