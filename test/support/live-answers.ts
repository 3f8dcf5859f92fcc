import { ExpressionError } from '../../expression/index.js';
import {
  type Answering,
  type GroupsRequest,
  RequestError,
  type ViewMessage,
  type ViewRequest,
} from '../../live/answers/index.js';
import type { StoreRow } from '../../live/store/index.js';
import type {
  CompleteJson,
  ConnectionAnswerJson,
  ConnectionJson,
  DeltaEventJson,
  FieldJson,
  FieldsJson,
  GroupsJson,
  NowJson,
  OverviewJson,
  RowJson,
  ViewEventJson,
  ViewJson,
} from '../../live/wire/index.js';
import { tcpStateName } from '../../tcp/index.js';
import type { MemoryStore } from './live-store.js';

const FLAGS = [{ name: 'open', description: 'open connections' }];
const FIELD: FieldJson = {
  name: 'rttUs',
  part: 'now',
  type: 'duration',
  unit: 'us',
  description: 'Smoothed round-trip time.',
  since: null,
  aliases: ['rtt'],
  default: true,
};

/** Answers about a {@link MemoryStore}: filters by `dport N` only, and neither sorts nor groups. */
export class MemoryAnswering implements Answering {
  /** Number of subscriptions. */
  subscribed = 0;

  constructor(private readonly store: MemoryStore) {}

  async view(request: ViewRequest): Promise<ViewJson> {
    const { offset = 0, limit = 100 } = request;
    const rows = this.#matching(request.filter);
    return {
      ...this.#moment(rows.length),
      offset,
      connections: rows.slice(offset, offset + limit).map((row) => this.row(row, request.fields ?? 'default')),
    };
  }

  async groups({ by, filter }: GroupsRequest): Promise<GroupsJson> {
    const rows = this.#matching(filter);
    const group = {
      ...{ key: ['curl'], connections: rows.length, closed: this.store.closedSize, limitedBy: 'cwnd' as const },
      ...{ sendThroughputBytesPerSec: 100, receiveThroughputBytesPerSec: 10, retransmitRateBytes: null },
      rttUs: { p50: 39, p95: 39 },
    };
    const { time, generation, matched } = this.#moment(rows.length);
    return { time, generation, matched, by: by.split(','), total: 1, groups: [group] };
  }

  find(id: string, netns?: string): readonly StoreRow[] {
    if (!/^[\w@:.[\]-]+$/.test(id)) throw new RequestError('id', 'expected a UUID, its end, cookie:N or ends');
    if (netns !== undefined) return [];
    const [, cookie] = /^cookie:(\d+)$/.exec(id) ?? [];
    if (cookie !== undefined) return this.store.all.filter((row) => row.cookie === BigInt(cookie));
    return this.store.all.filter((row) => row.key.endsWith(id) || ends(row) === id);
  }

  connection(row: StoreRow, windowUs: number): ConnectionAnswerJson {
    const rttUs = { min: 12, mean: 25.5, p50: 12, p95: 39, max: 39 };
    return { ...this.row(row, 'all'), stats: { windowUs, rttUs } };
  }

  row(row: StoreRow, fields: string): RowJson {
    if (fields === 'nonsense') throw new RequestError('fields', "'nonsense' is no field");
    const { medianRttUs: _median, p95RttUs: _p95, ...connection } = row.connection;
    const now = nowOf(row);
    if (fields === 'now') return { now };
    return {
      ...{ key: row.key, uuid: row.connection.uuid ?? '', cookie: (row.cookie ?? 0n).toString(16).padStart(16, '0') },
      ...{ state: tcpStateName(row.state), open: row.isOpen, endCause: row.endCause, alerts: row.alerts },
      closedTime: row.closedUs === null ? null : new Date(row.closedUs / 1000).toISOString(),
      connection: fields === 'all' ? connection : shortened(connection),
      ...{ now, process: row.process, processUnknown: row.processUnknown, cgroup: row.cgroup },
    };
  }

  overview(windowUs: number): OverviewJson {
    return { windowUs, seconds: this.store.overview(windowUs) };
  }

  fields(): FieldsJson {
    return { fields: [FIELD], flags: FLAGS };
  }

  complete(text: string, at: number): CompleteJson {
    const completion = {
      kind: 'field',
      text: 'rtt',
      description: 'round-trip time',
      from: at,
      to: text.length,
    } as const;
    return { completions: [completion] };
  }

  subscribe(request: ViewRequest, everyMs: number, listener: (message: ViewMessage) => void): () => void {
    this.#matching(request.filter);
    if (everyMs > 60_000) throw new RequestError('every', 'too long');
    this.subscribed++;
    let before: number | undefined;
    const publish = (): void => {
      listener(this.#message(request, before));
      before = this.store.generation;
    };
    const end = this.store.onGeneration(publish);
    publish();
    return () => {
      this.subscribed--;
      end();
    };
  }

  #message(request: ViewRequest, before: number | undefined): ViewMessage {
    const { limit = 100, filter, fields = 'default' } = request;
    const rows = this.#matching(filter).slice(0, limit);
    const { generation } = this.store;
    const all = Object.fromEntries(rows.map((row) => [row.key, this.row(row, fields)]));
    const view = (): ViewEventJson => ({ ...this.#moment(rows.length), offset: 0, order: Object.keys(all), rows: all });
    const delta = (): DeltaEventJson | undefined =>
      before === undefined ? undefined : { ...this.#moment(rows.length), rows: {} };
    return {
      ...{ generation, before, view, delta },
      viewText: () => JSON.stringify(view()),
      deltaText: () => (before === undefined ? undefined : JSON.stringify(delta())),
    };
  }

  #matching(filter = ''): StoreRow[] {
    if (filter === '') return [...this.store.rows()];
    const [, port] = /^dport (\d+)$/.exec(filter) ?? [];
    if (port === undefined) throw new ExpressionError(2, `'${filter}' is not understood`);
    return [...this.store.rows()].filter(({ identity }) => identity.remotePort === Number(port));
  }

  #moment(matched: number): Pick<ViewJson, 'time' | 'generation' | 'total' | 'matched' | 'closed'> {
    const { timeUs, generation, size, closedSize } = this.store;
    return { time: new Date(timeUs / 1000).toISOString(), generation, total: size, matched, closed: closedSize };
  }
}

function shortened({ localPort, remotePort, bytesSent }: ConnectionJson): Partial<ConnectionJson> {
  return { localPort, remotePort, bytesSent };
}

function ends({ identity: { localAddress, localPort, remoteAddress, remotePort } }: StoreRow): string {
  return `${localAddress}:${localPort}-${remoteAddress}:${remotePort}`;
}

function nowOf({ now }: StoreRow): Partial<NowJson> | null {
  if (now === null) return null;
  const { rttUs, minRttUs } = now.observation;
  const { goodputBytesPerSec, limitedBy } = now.derived;
  return { rttUs, minRttUs, goodputBytesPerSec, limitedBy, caState: 'Open' };
}
