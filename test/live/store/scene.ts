import { type ConnectionRow, Connections } from '../../../analysis/index.js';
import {
  type Connection,
  ConnectionCache,
  type ConnectionObserver,
  Exclusions,
  StateSlots,
} from '../../../cache/index.js';
import { LimitMeter } from '../../../live/limits/index.js';
import { type Evicted, LiveStore, type LiveStoreOptions, type StoreRow } from '../../../live/store/index.js';
import { type ArchivedRecord, type Netns, parseNetlinkMessage } from '../../../parse/index.js';
import { RecordView } from '../../../parse/snapshot/index.js';
import { type TcpInfo, TcpState } from '../../../tcp/index.js';
import { buildMessage, type MessageSpec, tcpInfoOf } from '../../support/messages.js';

/** Time at which scenes begin: a full ten seconds. */
export const START_MS = Date.parse('2026-11-21T00:00:00Z');

/** Record to be made: numbers of tcp_info (null: without it), and of the header. */
export interface RecordSpec extends MessageSpec {
  readonly info?: Partial<TcpInfo> | null;
  readonly infoBytes?: number;
}

/** Options of {@link Scene}. */
export interface SceneOptions extends Partial<LiveStoreOptions> {
  /** True to look for limits, with a walk after each record. */
  readonly hasLimits?: boolean;
  readonly netns?: Netns;
  /** Time that each look at the clock takes. */
  readonly stepMs?: number;
}

/** Store on a cache, with a clock and a scheduler of the test's own. */
export class Scene {
  /** Milliseconds since the scene began. */
  ms = 0;
  /** Milliseconds by which the clock of the day was set forward. */
  setMs = 0;
  /** Milliseconds that looks at the clock took. */
  #lookedMs = 0;
  readonly later: (() => void)[] = [];
  readonly evicted: Record<Evicted, number> = { history: 0, closed: 0 };
  readonly store: LiveStore;
  readonly cache: ConnectionCache;
  /** All published records by UUID, as an archive has them. */
  readonly records = new Map<string, ArchivedRecord[]>();
  #scan = 0;

  constructor({ hasLimits = false, netns, stepMs = 0, ...options }: SceneOptions = {}) {
    const slots = options.slots ?? new StateSlots();
    this.store = new LiveStore({
      slots,
      historySec: 900,
      maxHistoryBytes: 1 << 20,
      keepClosedSec: 600,
      scanUs: 10_000,
      isWatched: () => true,
      nowUs: () => 1000 * (START_MS + this.ms + this.setMs),
      elapsedMs: () => {
        this.#lookedMs += stepMs;
        return this.ms + this.#lookedMs;
      },
      later: (work) => this.later.push(work),
      onEvicted: (what, count) => {
        this.evicted[what] += count;
      },
      ...options,
    });
    const meter = new LimitMeter({
      slots,
      isWatched: options.isWatched ?? (() => true),
      onParts: (connection, parts) => this.store.limited(connection, parts),
    });
    const archive: ConnectionObserver = {
      opened: (connection) => this.#archive(connection),
      changed: (connection) => this.#archive(connection),
    };
    const walked: ConnectionObserver = { opened: () => meter.walk(), changed: () => meter.walk() };
    this.cache = new ConnectionCache({
      uuidPrefix: 'h',
      ...(netns === undefined ? {} : { netns }),
      exclusions: new Exclusions({ srcPorts: [], dstAddressKeys: [] }),
      observers: hasLimits ? [archive, meter, walked, this.store] : [archive, this.store],
      slots,
    });
  }

  get timestamp(): string {
    return new Date(START_MS + this.ms + this.setMs).toISOString();
  }

  /** Makes a record of now. */
  make({ info = {}, infoBytes = 280, attributes = [], ...spec }: RecordSpec = {}): ArchivedRecord {
    const { state = TcpState.ESTABLISHED } = spec;
    const payload = info === null ? [] : [{ type: 2, payload: tcpInfoOf({ state, ...info }).subarray(0, infoBytes) }];
    return parseNetlinkMessage(buildMessage({ ...spec, attributes: [...payload, ...attributes] }), this.timestamp);
  }

  /** Has a scan see a connection. */
  seen(cookie: bigint, spec: RecordSpec = {}): void {
    this.#scan++;
    // Each record is a change.
    const info = spec.info === null ? null : { segsIn: this.#scan, ...spec.info };
    this.cache.update(this.make({ cookie, ...spec, info }), this.#scan);
    this.cache.scanned(this.#scan, this.timestamp);
  }

  /** Has the kernel report a connection's end. */
  ended(cookie: bigint, spec: RecordSpec = {}): void {
    this.cache.finish(this.make({ type: 20, state: TcpState.CLOSE, cookie, ...spec }), undefined, this.#scan);
  }

  vanished(cookie: bigint): void {
    this.cache.end(cookie, { timestamp: this.timestamp, cause: 'vanished' });
  }

  /** Does the work that waits. */
  work(): void {
    for (let next = this.later.shift(); next !== undefined; next = this.later.shift()) next();
  }

  /** Goes on to just after the next full second, and ends the second. */
  second(times = 1): void {
    for (let i = 0; i < times; i++) {
      this.ms = 1000 * Math.floor((this.ms + 1000) / 1000) + 2;
      this.store.tick();
      this.work();
    }
  }

  /** Returns the row of a cookie that was added last. */
  row(cookie: bigint): StoreRow {
    const row = [...this.store.rows()].findLast((each) => each.cookie === cookie);
    if (row === undefined) throw new Error(`no row of cookie ${cookie}`);
    return row;
  }

  /** Returns the row that an archive of the same records gives. */
  archived(uuid: string): ConnectionRow {
    const rows: ConnectionRow[] = [];
    const connections = new Connections((row) => rows.push(row));
    const view = new RecordView();
    const records = this.records.get(uuid) ?? [];
    connections.begin({ uuid, startTime: records[0]?.timestamp ?? '', sequence: 0 });
    for (const record of records) {
      view.load(record);
      connections.add(view);
    }
    connections.end();
    const [row] = rows;
    if (row === undefined) throw new Error(`no records of ${uuid}`);
    return row;
  }

  #archive({ uuid, last }: Connection): void {
    const records = this.records.get(uuid) ?? [];
    // The cache may overwrite a record's bytes.
    const { rawIdm = new Uint8Array(), attributes = [] } = last;
    records.push({
      ...last,
      timestamp: last.timestamp,
      rawIdm: Uint8Array.from(rawIdm),
      attributes: attributes.map((value) => (value === null ? null : Uint8Array.from(value))),
    });
    this.records.set(uuid, records);
  }
}

/** Returns the UUID of a cookie. */
export function uuidOf(cookie: bigint): string {
  return `h_${cookie.toString(16).toUpperCase().padStart(16, '0')}`;
}
