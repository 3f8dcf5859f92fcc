import type { ConnectionAnswerJson, HttpExchangeJson } from '../../../live/wire/index.js';
import { formatQuantity } from '../../../view/chart/index.js';
import {
  type Effect,
  filterOfGroup,
  freezeView,
  MAX_FROZEN_ROWS,
  MAX_UNFOLDED_ROWS,
  type OtherEnd,
  SourceError,
  type TimelineRequest,
  type TopModel,
  type TopSource,
} from '../../../view/top/index.js';

/** Options of {@link SourceEffects}. */
export interface SourceEffectsOptions {
  readonly model: TopModel;
  readonly source: TopSource;
  /** Returns a time that only grows, milliseconds. */
  readonly now: () => number;
  /** Called when an answer has changed the model. */
  readonly onChange: () => void;
}

/** Kinds of effects that ask the source. */
export type SourceEffect = Extract<
  Effect,
  {
    readonly kind:
      | 'subscribe'
      | 'freeze'
      | 'detail'
      | 'groups'
      | 'status'
      | 'http'
      | 'alerts'
      | 'complete'
      | 'watch'
      | 'unwatch'
      | 'record';
  }
>;

/** Window of the overview: the last second is in it, although the clocks differ. */
const OVERVIEW_US = 5e6;
/** Longest time in the charts of a connection that goes on. */
const LONGEST_CHART_US = 900e6;
const SECOND_US = 1e6;
/** Cells of a chart: more than columns of any screen do not show. */
const CHART_CELLS = 240;
const MAX_GROUPS = 1000;

/** Asks the source for what the model needs, and hands over the answers. Of each kind one request is on its way. */
export class SourceEffects {
  readonly #options: SourceEffectsOptions;
  readonly #running = new Set<string>();
  readonly #waiting = new Map<string, SourceEffect>();
  #unsubscribe: () => void = () => undefined;
  /** Connection of the drill-down, whose records the source keeps. */
  #watched: { readonly key: string; readonly end: () => void } | undefined;

  constructor(options: SourceEffectsOptions) {
    this.#options = options;
  }

  /** Does the work of an effect. */
  run(effect: SourceEffect): void {
    this.#watch();
    if (effect.kind === 'subscribe') {
      this.#subscribe();
      return;
    }
    if (this.#running.has(effect.kind)) {
      // The answer of the running one may be out of date: ask once more when it is there.
      this.#waiting.set(effect.kind, effect);
      return;
    }
    this.#running.add(effect.kind);
    void this.#ask(effect).finally(() => {
      this.#running.delete(effect.kind);
      const next = this.#waiting.get(effect.kind);
      this.#waiting.delete(effect.kind);
      if (next !== undefined) this.run(next);
    });
  }

  /** Ends the subscription. */
  stop(): void {
    this.#unsubscribe();
    this.#waiting.clear();
    this.#watched?.end();
    this.#watched = undefined;
  }

  /** Has the source keep each record of the connection whose drill-down is open, and of no other. */
  #watch(): void {
    const { model, source } = this.#options;
    const key = model.detail?.key;
    if (key === this.#watched?.key) return;
    this.#watched?.end();
    this.#watched = key === undefined ? undefined : { key, end: source.watch(key) };
  }

  #subscribe(): void {
    const { model, source, now, onChange } = this.#options;
    this.#unsubscribe();
    this.#unsubscribe = source.subscribe(model.takeRequest(), model.everyMs, (event) => {
      model.receive(event, now());
      this.#watch();
      if (event.kind === 'view' || event.kind === 'delta') this.#askOverview();
      onChange();
    });
  }

  #askOverview(): void {
    const { model, source, onChange } = this.#options;
    if (this.#running.has('overview')) return;
    this.#running.add('overview');
    const ask = async (): Promise<void> => {
      if (model.status === undefined || model.isWithoutProcesses) model.status = await source.status();
      // Archives have no last second.
      if (!model.isArchive) model.second = (await source.overview(OVERVIEW_US)).seconds.at(-1);
      onChange();
    };
    void this.#guard(ask).finally(() => this.#running.delete('overview'));
  }

  async #ask(effect: SourceEffect): Promise<void> {
    await this.#guard(async () => {
      const { model, source } = this.#options;
      if (effect.kind === 'freeze') await this.#freeze();
      if (effect.kind === 'detail') await this.#detail();
      if (effect.kind === 'groups') await this.#groups();
      if (effect.kind === 'status') model.status = await source.status();
      if (effect.kind === 'http') await this.#http();
      if (effect.kind === 'record') await this.#record(effect.key);
      if (effect.kind === 'watch') {
        await source.beginWatch(effect.key, effect.intervalMs, effect.forSec);
        model.message = `Watched each ${effect.intervalMs} ms for ${effect.forSec} s; w ends it.`;
      }
      if (effect.kind === 'unwatch') {
        for (const watch of effect.watches) await source.endWatch(watch);
        model.message = 'The watch has ended.';
      }
      if (effect.kind === 'alerts') await this.#alerts();
      if (effect.kind === 'complete') await this.#complete(effect.text, effect.at);
    });
    this.#options.onChange();
  }

  /** Runs a request; its failure becomes the message of the last line. */
  async #guard(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      // While the source is lost, the banner says so.
      if (this.#options.model.lost === undefined) this.#options.model.message = error.message;
    }
  }

  async #freeze(): Promise<void> {
    const { model, source, now } = this.#options;
    const view = await source.view({ ...model.rowsRequest, closed: 'true', limit: MAX_FROZEN_ROWS, fields: 'all' });
    model.freeze(freezeView(view, now()), now());
  }

  async #complete(text: string, at: number): Promise<void> {
    const { model, source } = this.#options;
    const completions = model.frozen?.complete(text, at) ?? (await source.complete(text, at)).completions;
    const { editor } = model;
    if (editor?.complete(text, at, completions) !== 'changed') return;
    model.need({ kind: 'complete', text: editor.edit.text, at: editor.edit.at });
  }

  async #detail(): Promise<void> {
    const { model, source } = this.#options;
    const { detail } = model;
    if (detail === undefined) return;
    const { key } = detail;
    try {
      const answer = await source.connection(key);
      const timeline = await source.timeline(key, this.#range(answer.ageUs ?? null));
      const exchanges = await this.#exchanges(key);
      const other = detail.isPaired === true ? await this.#otherEnd(answer) : undefined;
      // Another one, or none, may be open by now.
      if (model.detail?.key !== key) return;
      const row = model.frozen?.rows.get(key) ?? answer;
      const read = { row, answer: { ...answer, ...row }, timeline, exchanges, other, error: undefined };
      model.detail = { ...model.detail, ...read };
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      if (model.detail?.key === key && model.lost === undefined) {
        model.detail = { ...model.detail, error: error.message };
      }
    }
  }

  /** Returns the other end of a connection with its course over the same time; undefined if it is not seen any more. */
  async #otherEnd({ pair }: ConnectionAnswerJson): Promise<OtherEnd | undefined> {
    const { source } = this.#options;
    if (pair?.key == null) return undefined;
    const row = await source.connection(pair.key);
    return { row, timeline: await source.timeline(pair.key, this.#range(row.ageUs ?? null)) };
  }

  async #record(key: string): Promise<void> {
    const { model, source } = this.#options;
    const { recording, bytes } = await source.record(key);
    model.message = `Recording ${recording} is being written: ${formatQuantity(bytes, 'bytes')}, and what waits.`;
  }

  async #alerts(): Promise<void> {
    const { model, source } = this.#options;
    try {
      model.alerts = { answer: await source.alerts(), error: undefined };
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      // While the source is lost, its last answer stays.
      if (error.isWrong) model.alerts = { answer: undefined, error: error.message };
    }
  }

  async #http(): Promise<void> {
    const { model, source } = this.#options;
    try {
      model.http = { answer: await source.http(), error: undefined };
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      // While the source is lost, its last answer stays.
      if (error.isWrong) model.http = { answer: undefined, error: error.message };
    }
  }

  /** Returns the last HTTP exchanges of a connection; an empty list if the source reads none. */
  async #exchanges(key: string): Promise<readonly HttpExchangeJson[]> {
    const { source } = this.#options;
    if (source.mode !== 'live') return [];
    try {
      return (await source.exchanges(key)).exchanges;
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      return []; // the drill-down has the rest, and the HTTP tab says why
    }
  }

  /** Returns the range and resolution of the charts. */
  #range(ageUs: number | null): TimelineRequest {
    const { model } = this.#options;
    if (model.isArchive) return {};
    const spanUs = Math.min(ageUs ?? LONGEST_CHART_US, LONGEST_CHART_US);
    const widthUs = Math.max(1, Math.ceil(spanUs / CHART_CELLS / SECOND_US)) * SECOND_US;
    const untilUs = model.frozen?.timeUs;
    const fromUs = (untilUs ?? model.timeUs) - LONGEST_CHART_US;
    return { widthUs, fromUs, ...(untilUs === undefined ? {} : { untilUs }) };
  }

  async #groups(): Promise<void> {
    const { model, source } = this.#options;
    const { groups, wholeFilter: filter, closed } = model;
    const { by } = groups;
    groups.take(await source.groups({ by, filter, closed, limit: MAX_GROUPS }));
    const fields = model.request.fields ?? 'default';
    for (const id of [...groups.unfolded.keys()]) {
      const own = filterOfGroup(filter, by, id);
      const view = await source.view({ filter: own, closed, limit: MAX_UNFOLDED_ROWS, fields });
      if (groups.by === by && groups.unfolded.has(id)) groups.unfolded.set(id, view);
    }
  }
}
