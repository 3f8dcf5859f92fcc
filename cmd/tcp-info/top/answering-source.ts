import { ExpressionError } from '../../../expression/index.js';
import {
  type Answering,
  type GroupsRequest,
  RequestError,
  StoreAnswers,
  type ViewRequest,
} from '../../../live/answers/index.js';
import type { ConnectionStore, StoreRow } from '../../../live/store/index.js';
import type {
  CompleteJson,
  ConnectionAnswerJson,
  GroupsJson,
  OverviewJson,
  StatusJson,
  ViewJson,
} from '../../../live/wire/index.js';
import type { ExtentBuilder } from '../../../view/chart/index.js';
import type { Cell } from '../../../view/connection/index.js';
import { LIMITS } from '../../../view/index.js';
import {
  type ExtentJson,
  SourceError,
  type SourceEvent,
  type SourceMode,
  type TimelineCellJson,
  type TimelineJson,
  type TimelineRequest,
  type TopSource,
} from '../../../view/top/index.js';

/** Window of the statistics of a single connection. */
const STATS_US = 60e6;

/** Options of {@link AnsweringSource}. */
export interface AnsweringSourceOptions {
  readonly mode: Exclude<SourceMode, 'live'>;
  /** Place for the title, e.g. a folder of archives; empty for this process. */
  readonly place: string;
  readonly store: ConnectionStore;
  readonly status: () => StatusJson;
  readonly close: () => Promise<void>;
}

/** Connections of a store in this process. */
export class AnsweringSource implements TopSource {
  readonly mode: SourceMode;
  readonly place: string;
  readonly #options: AnsweringSourceOptions;
  readonly #answering: Answering;

  constructor(options: AnsweringSourceOptions) {
    this.mode = options.mode;
    this.place = options.place;
    this.#options = options;
    this.#answering = new StoreAnswers(options.store, {
      elapsedMs: () => performance.now(),
      onFault: (error) => {
        throw error;
      },
    });
  }

  async status(): Promise<StatusJson> {
    return this.#options.status();
  }

  async view(request: ViewRequest): Promise<ViewJson> {
    return await attempt(() => this.#answering.view(request));
  }

  async groups(request: GroupsRequest): Promise<GroupsJson> {
    return await attempt(() => this.#answering.groups(request));
  }

  async overview(windowUs: number): Promise<OverviewJson> {
    return this.#answering.overview(windowUs);
  }

  async connection(key: string): Promise<ConnectionAnswerJson> {
    return await attempt(async () => {
      const row = this.#row(key);
      // A store over archives reads the connection first.
      await this.#options.store.prepare?.(row);
      return this.#answering.connection(row, STATS_US);
    });
  }

  async timeline(key: string, range: TimelineRequest): Promise<TimelineJson> {
    return await attempt(async () => {
      const row = this.#row(key);
      const timeline = await this.#options.store.timeline(row, range);
      return {
        connection: row.connection,
        startUs: timeline.startUs ?? null,
        spanUs: timeline.spanUs,
        widthUs: timeline.cellUs,
        timeline: timeline.cells().map(({ startUs, value }) => cellJson(startUs, value)),
      };
    });
  }

  async http(): Promise<never> {
    throw noHttp();
  }

  async alerts(): Promise<never> {
    throw new SourceError('alerts are those of a collector with -alerts: show them with --connect', true);
  }

  async exchanges(): Promise<never> {
    throw noHttp();
  }

  async record(): Promise<never> {
    throw new SourceError('nothing is recorded here: connect to a collector with -recorder', true);
  }

  async beginWatch(): Promise<void> {
    throw new SourceError('only a running collector with -live watches connections', true);
  }

  async endWatch(): Promise<void> {
    await this.beginWatch();
  }

  watch(key: string): () => void {
    const { store } = this.#options;
    const row = store.row(key);
    return (row === undefined ? undefined : store.watch?.(row)) ?? (() => undefined);
  }

  async complete(text: string, at: number): Promise<CompleteJson> {
    return await this.#answering.complete(text, at);
  }

  subscribe(request: ViewRequest, everyMs: number, listener: (event: SourceEvent) => void): () => void {
    try {
      return this.#answering.subscribe(request, everyMs, (message) => {
        const delta = message.delta();
        listener(delta === undefined ? { kind: 'view', view: message.view() } : { kind: 'delta', delta });
      });
    } catch (error) {
      listener({ kind: 'refused', reason: asSourceError(error).message });
      return () => undefined;
    }
  }

  async close(): Promise<void> {
    await this.#options.close();
  }

  /** @throws SourceError if the store has no longer a row of this key */
  #row(key: string): StoreRow {
    const row = this.#options.store.row(key);
    if (row === undefined) throw new SourceError('the connection is no longer in the store', true);
    return row;
  }
}

function noHttp(): SourceError {
  return new SourceError('HTTP is read by a collector with -http.ports: show it with --connect', true);
}

async function attempt<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw asSourceError(error);
  }
}

/** @throws every error that is not about a request */
function asSourceError(error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  if (error instanceof ExpressionError || error instanceof RequestError) return new SourceError(error.message, true);
  throw error;
}

function cellJson(fromUs: number, { grown, gauges, limitedUs }: Cell): TimelineCellJson {
  return {
    fromUs,
    ...grown,
    rttUs: extentJson(gauges.rttUs),
    minRttUs: extentJson(gauges.minRttUs),
    cwndBytes: extentJson(gauges.cwndBytes),
    flightBytes: extentJson(gauges.flightBytes),
    windowBytes: extentJson(gauges.windowBytes),
    limitedUs: Object.fromEntries(LIMITS.map(({ name }, i) => [name, limitedUs[i] ?? 0])),
  };
}

function extentJson({ extent }: ExtentBuilder): ExtentJson | null {
  return extent === undefined ? null : { min: extent.low, max: extent.high, last: extent.last };
}
