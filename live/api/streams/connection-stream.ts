import { cellJson } from '../../../view/connection/index.js';
import type { Answering } from '../../answers/index.js';
import type { ConnectionStore, ConnectionTimeline, StoreRow } from '../../store/index.js';
import type { CellEventJson, ClosedEventJson, ConnectionEventJson } from '../../wire/index.js';
import type { StreamClient } from './client.js';

/** Options of {@link ConnectionStream}. */
export interface ConnectionStreamOptions {
  readonly client: StreamClient;
  readonly row: StoreRow;
  readonly store: ConnectionStore;
  readonly answering: Answering;
  /** Time of the statistics, and of the cells of the first message. */
  readonly windowUs: number;
  /** Least time between two messages. */
  readonly everyMs: number;
  /** Least width of a cell (default: the store's). */
  readonly widthUs?: number | undefined;
}

/** Timers may be early, and generations are a second apart: this much less than `everyMs` is enough. */
const EARLY_MS = 50;

/** Most cells of a message, the newest ones: some 300 kB. */
const MAX_CELLS = 1000;

/**
 * Sends the course of one connection to a client: `view` with the row, then `cell` with what is new after each
 * generation, and `closed` with the final row, which ends the stream. A client that has not read the last message gets
 * the missed cells with the next one.
 */
export class ConnectionStream {
  readonly #options: ConnectionStreamOptions;
  /** Time from which cells are new, microseconds since 1970. */
  #fromUs: number;
  #sentMs = Number.NEGATIVE_INFINITY;
  #isBusy = false;
  /** True when the end was noticed while a timeline was being read. */
  #isClosed = false;

  constructor(options: ConnectionStreamOptions) {
    this.#options = options;
    this.#fromUs = options.store.timeUs - options.windowUs;
  }

  /** Sends the first message. */
  begin(): void {
    const { client, store } = this.#options;
    const event: ConnectionEventJson = { ...this.#moment(), ...this.#answer() };
    client.send('view', JSON.stringify(event), store.generation);
  }

  /** Sends new cells after a generation. Rejects if the timeline cannot be read. */
  async next(nowMs: number): Promise<void> {
    const { client, everyMs } = this.#options;
    if (this.#isBusy || nowMs - this.#sentMs < everyMs - EARLY_MS || !client.isOpen || !client.canTake()) return;
    this.#isBusy = true;
    try {
      await this.#sendCells();
      this.#sentMs = nowMs;
    } finally {
      this.#isBusy = false;
    }
    if (this.#isClosed) await this.close();
  }

  /** Sends the last cells and the final row, and ends the stream. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const { client, store } = this.#options;
    if (this.#isBusy || !client.isOpen) return;
    this.#isBusy = true;
    await this.#sendCells();
    const event: ClosedEventJson = { ...this.#moment(), ...this.#answer() };
    client.send('closed', JSON.stringify(event), store.generation);
    client.end();
  }

  async #sendCells(): Promise<void> {
    const { client, row, store, answering, widthUs } = this.#options;
    const range = { fromUs: this.#fromUs, ...(widthUs === undefined ? {} : { widthUs }) };
    const timeline = await store.timeline(row, range);
    if (!client.isOpen) return;
    const cells = timeline.cells().slice(-MAX_CELLS);
    const { now } = answering.row(row, 'now');
    const event: CellEventJson = {
      ...this.#moment(),
      startUs: timeline.startUs ?? null,
      widthUs: timeline.cellUs,
      cells: cells.map(cellJson),
      now: now ?? null,
      ...(timeline.reason === undefined ? {} : { reason: timeline.reason }),
    };
    client.send('cell', JSON.stringify(event), store.generation);
    this.#fromUs = lastCellUs(timeline, cells) ?? this.#fromUs;
  }

  #answer(): ReturnType<Answering['connection']> {
    const { answering, row, windowUs } = this.#options;
    return answering.connection(row, windowUs);
  }

  #moment(): { readonly time: string; readonly generation: number } {
    const { generation, timeUs } = this.#options.store;
    return { time: new Date(timeUs / 1000).toISOString(), generation };
  }
}

/** Returns the start of the last cell, which may grow; microseconds since 1970. */
function lastCellUs(
  { startUs }: ConnectionTimeline,
  cells: readonly { readonly startUs: number }[],
): number | undefined {
  const last = cells.at(-1);
  return startUs === undefined || last === undefined ? undefined : startUs + last.startUs;
}
