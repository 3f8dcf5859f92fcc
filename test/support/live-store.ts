import { newDerived } from '../../analysis/derived.js';
import {
  type ClosedFirst,
  type ConnectionCounter,
  type ConnectionRow,
  type HowEnded,
  newObservation,
} from '../../analysis/index.js';
import type { EndCause } from '../../cache/index.js';
import { comparableAddress } from '../../inetdiag/index.js';
import type { ConnectionStore, ConnectionTimeline, NowValues, StoreRow } from '../../live/store/index.js';
import type { ProcessJson } from '../../live/wire/index.js';
import { parseAddress } from '../../netlink/index.js';
import { TcpState } from '../../tcp/index.js';
import { Timeline } from '../../view/connection/timeline.js';
import { connectionRow } from '../cmd/summary/rows.js';

/** Time of the first generation. */
export const STORE_START_US = Date.UTC(2026, 10, 28, 19, 5) * 1000;

/** Row of a {@link MemoryStore}, which a test fills. */
export class MemoryRow implements StoreRow {
  readonly timeline = new Timeline();
  readonly localBytes: Uint8Array;
  readonly remoteBytes: Uint8Array;
  readonly cgroup = null;
  readonly processUnknown = null;
  readonly nat = null;
  readonly pair = null;
  readonly pairAmbiguous = false;
  readonly mptcp = null;
  readonly flow = null;
  readonly alerts: readonly string[] = [];
  readonly watch = null;
  readonly process: ProcessJson = {
    ...{ pid: 812, command: 'curl', executable: '/usr/bin/curl', uid: 1000, user: 'alice', otherPids: 0 },
    seenTime: '2026-11-28T19:05:00.000Z',
  };
  readonly startUs = STORE_START_US;
  readonly ageUs = 1_000_000;
  endUs = STORE_START_US;
  state: number = TcpState.ESTABLISHED;
  endCause: EndCause | null = null;
  closedUs: number | null = null;
  /** Time until which the store has dropped cells. */
  droppedUntilUs: number | undefined;
  connection: ConnectionRow;
  readonly listeners = new Set<() => void>();

  constructor(
    readonly cookie: bigint,
    values: Partial<ConnectionRow> = {},
  ) {
    const uuid = `host_1795890818_${cookie.toString(16).toUpperCase().padStart(16, '0')}`;
    this.connection = connectionRow({ uuid, howEnded: 'open', ...values });
    this.localBytes = bytesOf(this.connection.localAddress);
    this.remoteBytes = bytesOf(this.connection.remoteAddress);
    this.add(0);
  }

  get key(): string {
    return this.connection.uuid ?? '';
  }

  get startTime(): string {
    return this.connection.startTime;
  }

  get durationUs(): number | null {
    return this.connection.durationUs;
  }

  get howEnded(): HowEnded {
    return this.connection.howEnded;
  }

  get closedFirst(): ClosedFirst {
    return this.connection.closedFirst;
  }

  total(counter: ConnectionCounter): number | null {
    return this.connection[counter];
  }

  get identity(): ConnectionRow {
    return this.connection;
  }

  get isOpen(): boolean {
    return this.closedUs === null;
  }

  get now(): NowValues {
    const observation = { ...newObservation(), rttUs: 39, minRttUs: 12, timeUs: this.endUs };
    return { observation, derived: { ...newDerived(), goodputBytesPerSec: 1_250_000, limitedBy: 'cwnd' } };
  }

  /** Adds a record of so many sent bytes at the row's end. */
  add(bytesSent: number): void {
    this.timeline.add({
      ...{ timeUs: this.endUs, state: this.state, bytesSent, bytesAcked: bytesSent, bytesReceived: 0, totalRetrans: 0 },
      ...{ rttUs: 39, minRttUs: 12, cwndBytes: 14_480, flightBytes: 1448, windowBytes: 65_535, limitedBy: 'cwnd' },
    });
  }
}

/** Store of live connections in memory, whose time a test sets. */
export class MemoryStore implements ConnectionStore {
  readonly mode = 'live';
  generation = 1;
  timeUs = STORE_START_US;
  readonly all: MemoryRow[] = [];
  /** Keys of watched rows, one for each that watches. */
  readonly watched: string[] = [];
  readonly budget = {
    ...{ historyBytes: 4096, maxHistoryBytes: 67_108_864, historySec: 900, maxClosed: 10_000, keepClosedSec: 600 },
  };
  readonly attribution = { on: true, readsOthers: false, unknown: { pending: 1 } };
  readonly #listeners = new Set<() => void>();

  get size(): number {
    return this.all.length;
  }

  get closedSize(): number {
    return this.all.filter(({ isOpen }) => !isOpen).length;
  }

  /** Number of callbacks that wait for a generation or an end. */
  get waiting(): number {
    return this.#listeners.size + this.all.reduce((sum, { listeners }) => sum + listeners.size, 0);
  }

  rows(): IterableIterator<StoreRow> {
    return this.all.values();
  }

  row(key: string): StoreRow | undefined {
    return this.all.find((row) => row.key === key);
  }

  async timeline(row: StoreRow, range: { readonly fromUs?: number }): Promise<ConnectionTimeline> {
    const { timeline: found, droppedUntilUs } = this.#own(row);
    const start = found.startUs ?? 0;
    return {
      source: 'memory',
      startUs: found.startUs,
      spanUs: found.spanUs,
      cellUs: found.cellUs,
      cells: () => found.cells().filter(({ startUs }) => start + startUs >= (range.fromUs ?? 0)),
      parts: [],
      ...(droppedUntilUs === undefined ? {} : { droppedUntilUs }),
    };
  }

  watch(row: StoreRow): () => void {
    const { key } = this.#own(row);
    this.watched.push(key);
    return () => void this.watched.splice(this.watched.indexOf(key), 1);
  }

  readonly overviewWidthUs = 1e6;

  overview(windowUs: number): ReturnType<ConnectionStore['overview']> {
    const second = { open: this.size, opened: 1, closed: 0, sentBytes: 1000, receivedBytes: 10, retransmittedBytes: 0 };
    const time = new Date((this.timeUs - 1e6) / 1000).toISOString();
    return windowUs < 1e6 ? [] : [{ time, ...second, limitedUs: { cwnd: 1e6 } }];
  }

  roundTrips(): readonly number[] {
    return [12, 39];
  }

  onGeneration(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onClosed(row: StoreRow, listener: () => void): () => void {
    const { listeners, isOpen } = this.#own(row);
    if (isOpen) listeners.add(listener);
    else listener();
    return () => listeners.delete(listener);
  }

  /** Computes the next generation, a second later. */
  tick(): void {
    this.generation++;
    this.timeUs += 1e6;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Closes a row. */
  close(row: MemoryRow): void {
    row.closedUs = this.timeUs;
    row.endCause = 'event';
    row.connection = { ...row.connection, howEnded: 'closed' };
    for (const listener of [...row.listeners]) listener();
    row.listeners.clear();
  }

  #own(row: StoreRow): MemoryRow {
    const own = this.all.find((each) => each === row);
    if (own === undefined) throw new Error('this row is not of this store');
    return own;
  }
}

function bytesOf(text: string): Uint8Array {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return comparableAddress(address.bytes, address.family);
}
