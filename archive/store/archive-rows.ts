import type { ConnectionRow } from '../../analysis/index.js';
import type { ProcessUnknown } from '../../live/wire/index.js';
import { type ArchiveOverview, archiveOverview } from './archive-overview.js';
import { ArchiveRow, type RowSource } from './archive-row.js';
import { ConnectionTable } from './connection-table.js';
import { KeyIndex } from './key-index.js';

/** Rows of a store over archives, in few bytes each. */
export class ArchiveRows {
  readonly #table = new ConnectionTable();
  /** Keys that are not the UUID, by row. */
  readonly #otherKeys = new Map<number, string>();
  readonly #source: RowSource = {
    table: this.#table,
    keyOf: (index) => this.#otherKeys.get(index) ?? this.#table.uuids.get(index) ?? '',
  };
  readonly #index = new KeyIndex(this.#source.keyOf);
  readonly #rows: ArchiveRow[] = [];
  /** Place of each row in order, by index. */
  #places = new Uint32Array(0);
  /** UUIDs of several rows. */
  readonly #repeated = new Set<string>();
  #openSize = 0;
  /** Open rows without a process, by reason. */
  readonly unknown: Partial<Record<ProcessUnknown, number>> = {};
  /** True if a row has a process. */
  hasProcesses = false;
  #namelessSize = 0;
  #latestUs = 0;

  get size(): number {
    return this.#rows.length;
  }

  /** Number of rows of open connections. */
  get openSize(): number {
    return this.#openSize;
  }

  /** Number of rows without UUID. */
  get namelessSize(): number {
    return this.#namelessSize;
  }

  /** Latest end of all rows, microseconds since 1970; 0 without rows. */
  get latestUs(): number {
    return this.#latestUs;
  }

  add(connection: ConnectionRow): void {
    const key = this.#keyFor(connection);
    const index = this.#table.add(connection);
    if (key !== connection.uuid) this.#otherKeys.set(index, key);
    this.#index.add(index, key);
    const row = new ArchiveRow(this.#source, index);
    this.#rows.push(row);
    if (row.isOpen) this.#openSize++;
    const { processUnknown } = row;
    if (processUnknown === null) this.hasProcesses = true;
    else if (row.isOpen) this.unknown[processUnknown] = (this.unknown[processUnknown] ?? 0) + 1;
    if (connection.uuid === null) this.#namelessSize++;
    // The clock may have been set back between two records.
    this.#latestUs = Math.max(this.#latestUs, row.startUs, row.endUs);
  }

  /** Puts the rows in order of their start, and releases memory for further ones. */
  finish(): void {
    this.#table.trim();
    this.#rows.sort((a, b) => a.startUs - b.startUs || a.index - b.index);
    this.#places = new Uint32Array(this.#rows.length);
    for (const [place, { index }] of this.#rows.entries()) this.#places[index] = place;
  }

  /** Iterates over the rows, oldest first. */
  values(): IterableIterator<ArchiveRow> {
    return this.#rows.values();
  }

  /** Sums all rows over the recorded time. Call it after {@link finish}. */
  overview(): ArchiveOverview {
    const [first] = this.#rows;
    if (first === undefined) return { widthUs: 1e6, parts: [] };
    return archiveOverview(this.#rows, first.startUs, this.#latestUs);
  }

  /** Returns the row of a key. */
  row(key: string): ArchiveRow | undefined {
    const index = this.#index.find(key);
    return index === undefined ? undefined : this.#rows[this.#places[index] ?? index];
  }

  /** Returns the row itself if it is one of these. */
  own(row: object): ArchiveRow | undefined {
    return row instanceof ArchiveRow && this.#rows[this.#places[row.index] ?? row.index] === row ? row : undefined;
  }

  /** Returns whether several rows have the UUID of this one. */
  sharesUuid({ index }: ArchiveRow): boolean {
    const uuid = this.#table.uuids.get(index);
    return uuid !== null && this.#repeated.has(uuid);
  }

  /** Returns the UUID, or if it is absent or another row has it, a key with the start time. */
  /** Returns whether a row has this UUID. */
  hasUuid(uuid: string): boolean {
    return this.#repeated.has(uuid) || this.#index.find(uuid) !== undefined;
  }

  #keyFor(connection: ConnectionRow): string {
    const { uuid } = connection;
    if (uuid === null) return this.#keyWithTime(connection);
    if (!this.#repeated.has(uuid)) {
      const first = this.#index.find(uuid);
      if (first === undefined) return uuid;
      this.#repeated.add(uuid);
      // Each row needs a key that names no other one.
      const key = this.#keyWithTime(this.#table.row(first));
      this.#otherKeys.set(first, key);
      this.#index.add(first, key);
    }
    return this.#keyWithTime(connection);
  }

  #keyWithTime({ uuid, startTime, localAddress, localPort, remoteAddress, remotePort }: ConnectionRow): string {
    const name = uuid ?? `${localAddress}:${localPort}-${remoteAddress}:${remotePort}`;
    const key = `${name}@${startTime}`;
    let unique = key;
    for (let n = 2; this.#index.find(unique) !== undefined; n++) unique = `${key}#${n}`;
    return unique;
  }
}
