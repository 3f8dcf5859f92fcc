import type { ConnectionRow } from '../../analysis/index.js';
import type { ConnectionStore, ConnectionTimeline, StoreRow, TimelineRange } from '../../live/store/index.js';
import type { AttributionJson, OverviewSecondJson, StoreBudgetJson } from '../../live/wire/index.js';
import { ShownConnection, type ShownRange } from '../../view/connection/index.js';
import type { SharedArchives } from '../index.js';
import { type ArchiveInputError, joinedLines, openFound } from '../input/index.js';
import { type ConnectionReceiver, findConnection } from '../search/index.js';
import type { ArchiveOverview } from './archive-overview.js';
import type { ArchiveRow } from './archive-row.js';
import { ArchiveRows } from './archive-rows.js';
import { ConnectionPaths } from './connection-paths.js';
import { ArchiveStoreError } from './error.js';
import { timelineOf } from './read-timeline.js';
import { RoundTrips } from './round-trips.js';

/** Most connections whose round-trip times are kept. */
const MAX_ROUND_TRIPS = 8;

/** Connections of archives, read once. Nothing changes in it: its generation is always 1. */
export class ArchiveStore implements ConnectionStore {
  readonly mode = 'archive';
  readonly generation = 1;
  readonly #reading: Pick<SharedArchives, 'found' | 'options'>;
  readonly #maxRows: number;
  readonly #rows = new ArchiveRows();
  readonly #roundTrips = new Map<ArchiveRow, RoundTrips>();
  #overview: ArchiveOverview | undefined;
  #paths: ConnectionPaths | undefined;
  /** End of the last read that was asked for. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @param maxRows most connections that it takes */
  constructor(reading: Pick<SharedArchives, 'found' | 'options'>, maxRows: number) {
    this.#reading = reading;
    this.#maxRows = maxRows;
  }

  /** Adds a connection. @throws ArchiveStoreError `ERR_TOO_MANY` */
  add(connection: ConnectionRow): void {
    if (this.#rows.size === this.#maxRows) {
      const most = this.#maxRows.toLocaleString('en-US');
      throw new ArchiveStoreError(
        `more than ${most} connections: choose some by a filter, or give narrower paths`,
        'ERR_TOO_MANY',
      );
    }
    this.#rows.add(connection);
  }

  /** Ends adding. */
  finish(): void {
    this.#rows.finish();
  }

  get timeUs(): number {
    return this.#rows.latestUs;
  }

  get size(): number {
    return this.#rows.size;
  }

  get closedSize(): number {
    return this.#rows.size - this.#rows.openSize;
  }

  get budget(): StoreBudgetJson {
    return { historyBytes: 0, maxHistoryBytes: 0, historySec: 0, maxClosed: this.#maxRows, keepClosedSec: 0 };
  }

  get attribution(): AttributionJson {
    const { hasProcesses, unknown } = this.#rows;
    return { on: hasProcesses, readsOthers: false, unknown: { off: 0, ...unknown } };
  }

  rows(): IterableIterator<StoreRow> {
    return this.#rows.values();
  }

  row(key: string): StoreRow | undefined {
    return this.#rows.row(key);
  }

  /** @throws ArchiveStoreError `ERR_GONE`, `ERR_NO_UUID` */
  async timeline(row: StoreRow, { fromUs, untilUs, widthUs }: TimelineRange): Promise<ConnectionTimeline> {
    const own = this.#own(row);
    const range = this.#rangeOf(own, { fromUs, untilUs });
    const shown = await this.#inTurn(() => this.#read(own, () => new ShownConnection(range)));
    return timelineOf(shown, widthUs === undefined ? {} : { widthUs });
  }

  /** @throws ArchiveStoreError `ERR_GONE`, `ERR_NO_UUID` */
  async prepare(row: StoreRow): Promise<void> {
    const own = this.#own(row);
    await this.#inTurn(async () => {
      const known = this.#roundTrips.get(own);
      const roundTrips = known ?? (await this.#read(own, () => new RoundTrips(this.#rangeOf(own, {}))));
      // The latest one is the last to go.
      this.#roundTrips.delete(own);
      this.#roundTrips.set(own, roundTrips);
      const [oldest] = this.#roundTrips.keys();
      if (oldest !== undefined && this.#roundTrips.size > MAX_ROUND_TRIPS) this.#roundTrips.delete(oldest);
    });
  }

  roundTrips(row: StoreRow, windowUs: number): readonly number[] {
    return this.#roundTrips.get(this.#own(row))?.within(windowUs) ?? [];
  }

  get overviewWidthUs(): number {
    return this.#wholeOverview.widthUs;
  }

  /** Returns the whole recorded time. */
  overview(): readonly OverviewSecondJson[] {
    return this.#wholeOverview.parts;
  }

  get #wholeOverview(): ArchiveOverview {
    this.#overview ??= this.#rows.overview();
    return this.#overview;
  }

  onGeneration(): () => void {
    return () => undefined;
  }

  onClosed(row: StoreRow, listener: () => void): () => void {
    if (!row.isOpen) listener();
    return () => undefined;
  }

  #own(row: StoreRow): ArchiveRow {
    const own = this.#rows.own(row);
    if (own === undefined) throw new TypeError(`${row.key} is no row of this store`);
    return own;
  }

  /** Returns the range of a row: its own time if archives of other rows have its UUID. */
  #rangeOf(row: ArchiveRow, { fromUs, untilUs }: ShownRange): ShownRange {
    if (!this.#rows.sharesUuid(row)) return { fromUs, untilUs };
    return {
      fromUs: Math.max(fromUs ?? row.startUs, row.startUs),
      untilUs: Math.min(untilUs ?? row.endUs + 1, row.endUs + 1),
    };
  }

  /** Runs a read after those before it, so that only one connection is read at a time. */
  async #inTurn<T>(read: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(read);
    // An error is its caller's; the next read begins in any case.
    this.#turn = turn.then(
      () => undefined,
      () => undefined,
    );
    return await turn;
  }

  /**
   * Reads the archived lines of a connection, metadata first, as pieces of whole lines.
   * @param onProblem called for everything that cannot be read
   * @throws ArchiveStoreError `ERR_GONE`, `ERR_NO_UUID`
   */
  async *lines(row: StoreRow, onProblem: (error: ArchiveInputError) => void): AsyncGenerator<string, void, undefined> {
    const own = this.#own(row);
    const { uuid } = own.identity;
    const { found, input } = this.#archivesOf(own);
    const sources = async function* () {
      for await (const { source } of openFound(found, input)) yield source;
    };
    yield* joinedLines(sources(), {
      ...input,
      onProblem,
      isOwn: (metadata) =>
        (metadata?.uuid ?? null) === uuid && (metadata === undefined || metadata.startTime === own.startTime),
    });
  }

  /** Reads a connection again. Problems of its archives have been reported. */
  async #read<T extends ConnectionReceiver>(row: ArchiveRow, create: () => T): Promise<T> {
    const { uuid } = row.identity;
    const { found, input } = this.#archivesOf(row);
    const reading = { found, archives: () => openFound(found, input), options: input };
    const result = await findConnection(uuid ?? undefined, reading, create);
    if (result.kind === 'one') return result.connection;
    if (result.kind === 'several') throw nameless();
    throw new ArchiveStoreError(`the archives of ${row.key} can no longer be read`, 'ERR_GONE');
  }

  /** Returns the archives of a connection, and options to read them. @throws ArchiveStoreError */
  #archivesOf({ identity: { uuid } }: ArchiveRow): {
    readonly found: readonly string[];
    readonly input: { readonly onProblem: () => void; readonly maxWindowBytes?: number };
  } {
    const { found: all, options } = this.#reading;
    if (all.includes('-')) throw new ArchiveStoreError('standard input cannot be read again', 'ERR_GONE');
    if (uuid === null && this.#rows.namelessSize > 1) throw nameless();
    this.#paths ??= new ConnectionPaths(all, (each) => this.#rows.hasUuid(each));
    const { maxWindowBytes } = options;
    const input = { onProblem: () => undefined, ...(maxWindowBytes === undefined ? {} : { maxWindowBytes }) };
    return { found: this.#paths.of(uuid), input };
  }
}

function nameless(): ArchiveStoreError {
  const reason = 'the connection has no UUID, so its records cannot be found among others';
  return new ArchiveStoreError(`${reason}: give only its archive`, 'ERR_NO_UUID');
}
