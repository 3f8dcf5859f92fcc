import {
  type ConnectionIdentity,
  type ConnectionRow,
  IDENTITY_KEYS,
  LIMITED_BY,
  type LimitedBy,
  type RecordedTotals,
} from '../../analysis/index.js';
import type { ArchivedFlow, ArchivedProcess, RecordingWindow } from '../../parse/index.js';
import { NumberColumn } from './number-column.js';
import { AddressColumn, TextColumn, TimestampColumn, UuidColumn } from './text-columns.js';

const NUMBERS = [
  'netnsInode',
  'family',
  'localPort',
  'remotePort',
  'durationUs',
  'snapshots',
  'lastState',
  'bytesSent',
  'bytesAcked',
  'bytesReceived',
  'bytesRetrans',
  'segsOut',
  'segsIn',
  'dataSegsOut',
  'dataSegsIn',
  'totalRetrans',
  'olderByUs',
  'minRttUs',
  'medianRttUs',
  'p95RttUs',
  'maxRttUs',
  'maxCwnd',
  'sendThroughputBytesPerSec',
  'goodputBytesPerSec',
  'receiveThroughputBytesPerSec',
  'busyTimeUs',
  'rwndLimitedUs',
  'sndbufLimitedUs',
  'exchanges',
  'maxPacingRateBytesPerSec',
  'maxPacingRateUs',
] as const satisfies readonly (keyof ConnectionRow)[];
const TEXTS = [
  'netnsName',
  'congestionAlgorithm',
  'limitedBy',
  'limitedByEvidence',
  'limitedByRunnerUp',
  'closedFirst',
  'howEnded',
  'endingUnknownBecause',
] as const satisfies readonly (keyof ConnectionRow)[];
const RECORDED = [
  'bytesSent',
  'bytesAcked',
  'bytesReceived',
  'bytesRetrans',
  'totalRetrans',
  'dataSegsOut',
  'dataSegsIn',
] as const satisfies readonly (keyof RecordedTotals)[];

/** Values that make a row; a key of the row that lacks one is an error of the compiler. */
type Values = Record<keyof ConnectionRow, (index: number) => unknown>;

/**
 * Rows of many connections in few bytes: a column for each value. 200,000 typical rows take 285 bytes each with all that
 * a store has of them, where objects take 1,583 (`bench/archive-store.mjs`). Objects that `row` and `identity` return
 * show one row at a time: the next call overwrites them.
 */
export class ConnectionTable {
  readonly #numbers = columnsOf(NUMBERS, () => new NumberColumn());
  readonly #texts = columnsOf(TEXTS, () => new TextColumn());
  readonly #limitedUs = columnsOf(LIMITED_BY, () => new NumberColumn());
  /** Counters of the recorded time, for rows in which they differ from the counters. */
  readonly #recorded = new Map<number, RecordedTotals>();
  /** Processes of rows that have one; rows of one process share an object. */
  readonly #processes = new Map<number, ArchivedProcess>();
  readonly #processOf = new Map<string, ArchivedProcess>();
  /** Flows of rows that have one. */
  readonly #flows = new Map<number, ArchivedFlow>();
  /** Recordings that rows are parts of. */
  readonly #recordings = new Map<number, RecordingWindow>();
  readonly #peerFins = new NumberColumn();
  readonly uuids = new UuidColumn();
  readonly startTimes = new TimestampColumn();
  readonly endTimes = new TimestampColumn();
  readonly localAddresses = new AddressColumn();
  readonly remoteAddresses = new AddressColumn();
  readonly #row: { readonly view: ConnectionRow; index: number };
  readonly #identity: { readonly view: ConnectionIdentity; index: number };
  #length = 0;

  constructor() {
    const values = this.#values();
    this.#row = viewOf<ConnectionRow>(values, Object.keys(values) as (keyof ConnectionRow)[]);
    this.#identity = viewOf<ConnectionIdentity>(values, IDENTITY_KEYS);
  }

  get length(): number {
    return this.#length;
  }

  /** Adds a row. Returns its index. */
  add(row: ConnectionRow): number {
    for (const key of NUMBERS) this.#numbers[key].add(row[key]);
    for (const key of TEXTS) this.#texts[key].add(row[key]);
    for (const cause of LIMITED_BY) this.#limitedUs[cause].add(row.limitedUs[cause]);
    if (RECORDED.some((key) => row.recorded[key] !== row[key])) this.#recorded.set(this.#length, { ...row.recorded });
    this.#peerFins.add(row.hasPeerFin ? 1 : 0);
    if (row.process !== undefined) this.#addProcess(row.process);
    if (row.conntrack !== undefined) this.#flows.set(this.#length, row.conntrack);
    if (row.recording !== undefined) this.#recordings.set(this.#length, row.recording);
    this.uuids.add(row.uuid);
    this.startTimes.add(row.startTime);
    this.endTimes.add(row.endTime);
    this.localAddresses.add(row.localAddress);
    this.remoteAddresses.add(row.remoteAddress);
    return this.#length++;
  }

  /** Returns a row; the next call overwrites it. */
  row(index: number): ConnectionRow {
    this.#row.index = index;
    return this.#row.view;
  }

  /** Returns the identity of a connection; the next call overwrites it. */
  identity(index: number): ConnectionIdentity {
    this.#identity.index = index;
    return this.#identity.view;
  }

  number(key: (typeof NUMBERS)[number], index: number): number | null {
    return this.#numbers[key].get(index);
  }

  text(key: (typeof TEXTS)[number], index: number): string | null {
    return this.#texts[key].get(index);
  }

  /** Returns the time that a cause limited a connection, microseconds. */
  limitedUs(cause: LimitedBy, index: number): number {
    return this.#limitedUs[cause].get(index) ?? 0;
  }

  /** Returns a counter of the recorded time. */
  recorded(key: (typeof RECORDED)[number], index: number): number | null {
    const apart = this.#recorded.get(index);
    return apart === undefined ? this.#numbers[key].get(index) : apart[key];
  }

  /** Returns the process in a connection's archives; undefined if they have none. */
  process(index: number): ArchivedProcess | undefined {
    return this.#processes.get(index);
  }

  /** Returns the flow in a connection's archives; undefined if they have none. */
  flow(index: number): ArchivedFlow | undefined {
    return this.#flows.get(index);
  }

  #addProcess(process: ArchivedProcess): void {
    const key = JSON.stringify(process);
    const known = this.#processOf.get(key) ?? process;
    this.#processOf.set(key, known);
    this.#processes.set(this.#length, known);
  }

  /** Releases memory for further rows. */
  trim(): void {
    this.#processOf.clear();
    const groups = [this.#numbers, this.#texts, this.#limitedUs].flatMap((columns) => Object.values(columns));
    const others = [this.#peerFins, this.uuids, this.startTimes, this.endTimes];
    for (const column of [...groups, ...others, this.localAddresses, this.remoteAddresses]) column.trim();
  }

  #values(): Values {
    const readers = <Key extends string>(
      columns: Readonly<Record<Key, { get(index: number): unknown }>>,
    ): Record<Key, (index: number) => unknown> => {
      const keys = Object.keys(columns) as Key[];
      return Object.fromEntries(keys.map((key) => [key, (index: number) => columns[key].get(index)])) as Record<
        Key,
        (index: number) => unknown
      >;
    };
    return {
      ...readers(this.#numbers),
      ...readers(this.#texts),
      uuid: (index) => this.uuids.get(index),
      localAddress: (index) => this.localAddresses.get(index),
      remoteAddress: (index) => this.remoteAddresses.get(index),
      startTime: (index) => this.startTimes.get(index),
      endTime: (index) => this.endTimes.get(index),
      recorded: (index) => this.#recorded.get(index) ?? pick(RECORDED, (key) => this.#numbers[key].get(index)),
      limitedUs: (index): Record<LimitedBy, number> => pick(LIMITED_BY, (key) => this.#limitedUs[key].get(index) ?? 0),
      process: (index) => this.#processes.get(index),
      conntrack: (index) => this.#flows.get(index),
      recording: (index) => this.#recordings.get(index),
      hasPeerFin: (index) => this.#peerFins.get(index) === 1,
    };
  }
}

function columnsOf<Key extends string, Column>(
  keys: readonly Key[],
  create: () => Column,
): Readonly<Record<Key, Column>> {
  return pick(keys, create);
}

function pick<Key extends string, T>(keys: readonly Key[], read: (key: Key) => T): Record<Key, T> {
  return Object.fromEntries(keys.map((key) => [key, read(key)])) as Record<Key, T>;
}

/** Returns an object whose properties read the values of the row at `index`. */
function viewOf<T extends object>(
  values: Readonly<Record<string, (index: number) => unknown>>,
  keys: readonly (keyof T & string)[],
): { readonly view: T; index: number } {
  const state = { index: 0 };
  const properties = keys.map((key): [string, PropertyDescriptor] => {
    const read = values[key];
    if (read === undefined) throw new TypeError(`no value ${key}`);
    return [key, { enumerable: true, get: () => read(state.index) }];
  });
  const view = Object.defineProperties({}, Object.fromEntries(properties)) as T;
  return Object.assign(state, { view });
}
