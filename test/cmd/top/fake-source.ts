import type { GroupsRequest, ViewRequest } from '../../../live/answers/index.js';
import type {
  CompleteJson,
  ConnectionAnswerJson,
  ConnectionHttpJson,
  GroupsJson,
  HttpJson,
  OverviewJson,
  RecordingStartedJson,
  RowJson,
  StatusJson,
  ViewJson,
} from '../../../live/wire/index.js';
import {
  SourceError,
  type SourceEvent,
  type SourceMode,
  type TimelineJson,
  type TimelineRequest,
  type TopSource,
} from '../../../view/top/index.js';
import { CONNECTION } from '../../view/top/connection-row.js';
import { exchangeJson } from '../../view/top/http.js';
import { rowJson, statusJson, TIME } from '../../view/top/rows.js';

/** Source whose answers a test gives, and that notes each request. */
export class FakeSource implements TopSource {
  readonly place = '';
  readonly asked: string[] = [];
  /** Reports to the last subscription. */
  report: (event: SourceEvent) => void = () => undefined;
  /** Requests of subscriptions, and `stop` for each that was ended. */
  readonly subscriptions: (ViewRequest | 'stop')[] = [];
  /** Keys of watched connections, and `stop` for each that is no longer. */
  readonly watched: string[] = [];
  /** Error of every request from now on. */
  failure: SourceError | undefined;
  /** Waits before each answer. */
  gate: Promise<void> = Promise.resolve();
  rows: RowJson[] = [rowJson(1), rowJson(2)];
  /** Numbers of connections whose process is unknown. */
  unknown: StatusJson['attribution']['unknown'] = {};
  seconds: OverviewJson['seconds'] = [];

  constructor(readonly mode: SourceMode = 'live') {}

  async record(key: string): Promise<RecordingStartedJson> {
    const answer = { recording: '20261128T190502.120Z_manual', state: 'writing', connections: 1, left: 0, bytes: 1500 };
    return await this.#answer(`record ${key}`, answer as RecordingStartedJson);
  }

  async status(): Promise<StatusJson> {
    return await this.#answer('status', statusJson(this.unknown));
  }

  async view(request: ViewRequest): Promise<ViewJson> {
    const { rows: connections } = this;
    const total = connections.length;
    const view = { time: TIME, generation: 1, total, matched: total, closed: 0, offset: 0, connections };
    return await this.#answer(`view ${JSON.stringify(request)}`, view);
  }

  subscribe(request: ViewRequest, _everyMs: number, listener: (event: SourceEvent) => void): () => void {
    this.subscriptions.push(request);
    this.report = listener;
    return () => void this.subscriptions.push('stop');
  }

  /** Answers of HTTP; undefined where it is not read. */
  hosts: HttpJson | undefined;

  async http(): Promise<HttpJson> {
    if (this.hosts === undefined) throw new SourceError('HTTP is not read', true);
    return await this.#answer('http', this.hosts);
  }

  async alerts(): Promise<never> {
    throw new SourceError('there are no alerts', true);
  }

  async exchanges(key: string): Promise<ConnectionHttpJson> {
    if (this.hosts === undefined) throw new SourceError('HTTP is not read', true);
    return await this.#answer(`exchanges ${key}`, { key, uuid: key, exchanges: [exchangeJson(1)] });
  }

  async beginWatch(key: string, intervalMs: number, forSec: number): Promise<void> {
    await this.#answer(`watch ${key} ${intervalMs} ${forSec}`, undefined);
  }

  async endWatch(watch: string): Promise<void> {
    await this.#answer(`unwatch ${watch}`, undefined);
  }

  watch(key: string): () => void {
    this.watched.push(key);
    return () => void this.watched.push('stop');
  }

  async groups({ by }: GroupsRequest): Promise<GroupsJson> {
    const group = {
      connections: 2,
      closed: 0,
      sendThroughputBytesPerSec: 0,
      receiveThroughputBytesPerSec: 0,
      retransmitRateBytes: null,
      rttUs: { p50: null, p95: null },
      limitedBy: null,
    };
    const groups = [
      { ...group, key: ['a "b"'] },
      { ...group, key: [null] },
    ];
    return await this.#answer(`groups ${by}`, { time: TIME, generation: 1, by: [by], matched: 2, total: 2, groups });
  }

  async overview(windowUs: number): Promise<OverviewJson> {
    return await this.#answer('overview', { windowUs, widthUs: 1e6, seconds: this.seconds });
  }

  async connection(key: string): Promise<ConnectionAnswerJson> {
    const rttUs = { min: 1, mean: 1, p50: 1, p95: 1, max: 1 };
    return await this.#answer(`connection ${key}`, {
      ...rowJson(1),
      stats: { windowUs: 60e6, rttUs, rttvarUs: 1 },
      conntrack: null,
    });
  }

  async timeline(key: string, range: TimelineRequest): Promise<TimelineJson> {
    const timeline = { connection: CONNECTION, startUs: 0, spanUs: 0, widthUs: 1e6, timeline: [] };
    return await this.#answer(`timeline ${key} ${JSON.stringify(range)}`, timeline);
  }

  async complete(text: string, at: number): Promise<CompleteJson> {
    const completion = { kind: 'value', text: `${text}!`, description: '', from: 0, to: at } as const;
    return await this.#answer(`complete ${text}`, { completions: [completion] });
  }

  async close(): Promise<void> {
    this.asked.push('close');
  }

  async #answer<T>(what: string, answer: T): Promise<T> {
    this.asked.push(what);
    await this.gate;
    if (this.failure !== undefined) throw this.failure;
    return answer;
  }
}
