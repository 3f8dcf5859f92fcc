import type {
  ClosedFirst,
  ConnectionCounter,
  ConnectionIdentity,
  ConnectionRow,
  HowEnded,
  LimitedBy,
} from '../../analysis/index.js';
import { socketNat } from '../../conntrack/index.js';
import type { StoreRow } from '../../live/store/index.js';
import type { CgroupJson, FlowJson, NatJson, ProcessJson, ProcessUnknown } from '../../live/wire/index.js';
import { archivedCgroup, archivedProcess } from './archived-owner.js';
import type { ConnectionTable } from './connection-table.js';

/** Values of all rows of a store. */
export interface RowSource {
  readonly table: ConnectionTable;
  keyOf(index: number): string;
}

/** Row of a store over archives: an index in a table. */
export class ArchiveRow implements StoreRow {
  readonly #source: RowSource;

  constructor(
    source: RowSource,
    readonly index: number,
  ) {
    this.#source = source;
  }

  get key(): string {
    return this.#source.keyOf(this.index);
  }

  get cookie(): bigint | null {
    return this.#source.table.uuids.cookie(this.index);
  }

  get identity(): ConnectionIdentity {
    return this.#source.table.identity(this.index);
  }

  get localBytes(): Uint8Array {
    return this.#source.table.localAddresses.bytes(this.index);
  }

  get remoteBytes(): Uint8Array {
    return this.#source.table.remoteAddresses.bytes(this.index);
  }

  get startUs(): number {
    return this.#source.table.startTimes.us(this.index);
  }

  get endUs(): number {
    return this.#source.table.endTimes.us(this.index);
  }

  get state(): number {
    return this.#source.table.number('lastState', this.index) ?? 0;
  }

  get isOpen(): boolean {
    return this.#source.table.text('howEnded', this.index) === 'open';
  }

  get endCause(): null {
    return null;
  }

  get closedUs(): number | null {
    return this.isOpen ? null : this.endUs;
  }

  /** Time from the first record to the last; 0 if the clock was set back in between. */
  get ageUs(): number {
    return this.#source.table.number('durationUs', this.index) ?? Math.max(0, this.endUs - this.startUs);
  }

  get startTime(): string {
    return this.connection.startTime;
  }

  get durationUs(): number | null {
    return this.#source.table.number('durationUs', this.index);
  }

  get howEnded(): HowEnded {
    return this.connection.howEnded;
  }

  get closedFirst(): ClosedFirst {
    return this.connection.closedFirst;
  }

  total(counter: ConnectionCounter): number | null {
    return this.#source.table.number(counter, this.index);
  }

  /** Returns the time that a cause limited the connection, microseconds, without making a row. */
  limitedUs(cause: LimitedBy): number {
    return this.#source.table.limitedUs(cause, this.index);
  }

  /** Returns bytes of the recorded time, without making a row; 0 if they are unknown. */
  recordedBytes(key: 'bytesSent' | 'bytesReceived' | 'bytesRetrans'): number {
    return this.#source.table.recorded(key, this.index) ?? 0;
  }

  get connection(): ConnectionRow {
    return this.#source.table.row(this.index);
  }

  get now(): null {
    return null;
  }

  get watch(): null {
    return null;
  }

  get alerts(): readonly string[] {
    return NONE;
  }

  get process(): ProcessJson | null {
    return archivedProcess(this.#source.table.process(this.index));
  }

  get processUnknown(): ProcessUnknown | null {
    if (this.process !== null) return null;
    return this.#source.table.process(this.index) === undefined ? 'off' : 'gone';
  }

  get flow(): FlowJson | null {
    return this.#source.table.flow(this.index) ?? null;
  }

  // Of live rows only: archives are read one connection after the other.
  readonly pair = null;
  readonly pairAmbiguous = false;
  readonly mptcp = null;

  get nat(): NatJson | null {
    const { flow } = this;
    if (flow === null) return null;
    const { localAddress: address, localPort: port } = this.identity;
    const { kind, destination = null, source = null } = socketNat(flow, { address, port });
    return kind === 'none' ? null : { kind, destination, source };
  }

  get cgroup(): CgroupJson | null {
    return archivedCgroup(this.#source.table.process(this.index));
  }
}

const NONE: readonly string[] = [];
