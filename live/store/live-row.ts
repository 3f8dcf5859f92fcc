import {
  type ClosedFirst,
  ConnectionBuilder,
  type ConnectionCounter,
  type ConnectionIdentity,
  type ConnectionRow,
  clockAgeUs,
  copyObservation,
  type HowEnded,
  type Limit,
  type LimitParts,
  newDerived,
  newObservation,
  type Observation,
  olderThan,
} from '../../analysis/index.js';
import type { Connection, EndCause, SlotValues } from '../../cache/index.js';
import { comparableAddress } from '../../inetdiag/index.js';
import { parseAddress } from '../../netlink/index.js';
import { TcpState } from '../../tcp/index.js';
import type { CgroupJson, FlowJson, NatJson, ProcessJson, ProcessUnknown } from '../wire/index.js';
import { type HistoryPlace, newHistoryPlace } from './history.js';
import { LastSecond } from './last-second.js';
import type { RowContext, RowSocket, RowStart } from './row-context.js';
import { RowSecond } from './row-second.js';
import type { SecondGrowth } from './second.js';
import type { NowValues, RowOwner, SettableOwner, StoreRow } from './store-row.js';

/** Row whose values a shared object holds, and the change up to which it holds them. */
interface ShownRow {
  row: LiveRow | undefined;
  version: number;
}

// One object serves all rows: a list reads one row after the other, and keeping one for each would take 1 kB a row.
const shownNow: ShownRow & NowValues & { observation: Observation; readonly derived: LastSecond } = {
  row: undefined,
  version: 0,
  observation: newObservation(),
  derived: new LastSecond(),
};
const shownConnection: ShownRow & { connection: ConnectionRow | undefined; timeUs: number } = {
  row: undefined,
  version: 0,
  timeUs: 0,
  connection: undefined,
};
const shownOwner: { socket: RowSocket | undefined; readonly owner: SettableOwner } = {
  socket: undefined,
  owner: { process: null, processUnknown: null, cgroup: null },
};
const NO_INTERVAL = newDerived();
/** Time since the last record from which on a connection stands still: two seconds have ended without one. */
const LEAST_STANDING_US = 1_500_000;
/** Counters of a connection that begins. The SYN of the connecting end counts as an acknowledged byte. */
const BEGINNING: Observation = {
  ...newObservation(),
  bytesSent: 0,
  bytesAcked: 1,
  bytesReceived: 0,
  bytesRetrans: 0,
  dataSegsOut: 0,
  totalRetrans: 0,
  busyTimeUs: 0,
  rwndLimitedUs: 0,
  sndbufLimitedUs: 0,
};

/** Row of a connection that the collector sees, or saw a while ago. */
export class LiveRow implements StoreRow {
  readonly key: string;
  readonly cookie: bigint;
  readonly identity: ConnectionIdentity;
  readonly startTime: string;
  readonly startUs: number;
  readonly alerts: readonly string[] = [];
  readonly history: HistoryPlace = newHistoryPlace();
  kept: string[] | null = null;
  socket: RowSocket;
  /** Connection with a record that was not looked at. */
  source: Connection | undefined;
  /** Slots of the connection, once it is closed. */
  slots: SlotValues | undefined;
  /** True while the row had a record, or limited time, in the current or the last second. */
  isActive = false;
  endCause: EndCause | null = null;
  closedUs: number | null = null;
  readonly #context: RowContext;
  readonly #readFlow: RowStart['readFlow'];
  readonly #observation = newObservation();
  #builder: ConnectionBuilder | undefined;
  readonly #second = new RowSecond();
  #looks = 0;
  /** Minimum age at the first record; 0 for a connection that was seen from its beginning. */
  #olderByUs = 0;
  /** True while all that the first tcp_info says counts as growth. */
  #isFromZero = false;
  #records = 1;
  /** Records before the current second. */
  #recordsBefore = 0;
  /** Grows with each change of the values. */
  #version = 0;
  /** Parts of the connection's time that the row does not know yet. */
  #parts: LimitParts | undefined;
  /** Owner at the end. */
  #owner: RowOwner | undefined;

  constructor({ key, cookie, identity, startTime, startUs, socket, readFlow }: RowStart, context: RowContext) {
    this.startTime = startTime;
    this.key = key;
    this.cookie = cookie;
    this.identity = identity;
    this.startUs = startUs;
    this.socket = socket;
    this.#context = context;
    this.#readFlow = readFlow;
  }

  get isOpen(): boolean {
    return this.closedUs === null;
  }

  get endUs(): number {
    return this.#observation.timeUs;
  }

  get state(): number {
    return this.#observation.state;
  }

  get ageUs(): number {
    return Math.max(0, (this.closedUs ?? this.#context.timeUs) - this.startUs) + this.#olderByUs;
  }

  get localBytes(): Uint8Array {
    return bytesOf(this.identity.localAddress);
  }

  get remoteBytes(): Uint8Array {
    return bytesOf(this.identity.remoteAddress);
  }

  get process(): ProcessJson | null {
    return this.owner.process;
  }

  get processUnknown(): ProcessUnknown | null {
    return this.owner.processUnknown;
  }

  get cgroup(): CgroupJson | null {
    return this.owner.cgroup;
  }

  get nat(): NatJson | null {
    return this.#readFlow?.()?.nat ?? null;
  }

  get flow(): FlowJson | null {
    return this.#readFlow?.()?.flow ?? null;
  }

  /** Owner of the socket until the next row is asked; for a closed row the one at its end. */
  get owner(): RowOwner {
    if (this.#owner !== undefined) return this.#owner;
    if (shownOwner.socket !== this.socket) {
      // It is looked up once in a turn: a list reads ten values of it from each row.
      if (shownOwner.socket === undefined) queueMicrotask(forgetOwner);
      this.#context.setOwner(shownOwner.owner, this.socket);
      shownOwner.socket = this.socket;
    }
    return shownOwner.owner;
  }

  get now(): NowValues {
    if (shownNow.row !== this || shownNow.version !== this.#version) {
      shownNow.row = this;
      shownNow.version = this.#version;
      shownNow.observation = this.#observation;
      this.#second.show(shownNow.derived, this.#observation);
    }
    return shownNow;
  }

  get durationUs(): number | null {
    return this.#builder === undefined ? 0 : this.#builder.durationUs;
  }

  get howEnded(): HowEnded {
    return this.#isPlainlyOpen ? 'open' : this.#described.howEnded;
  }

  get closedFirst(): ClosedFirst {
    return this.#isPlainlyOpen ? 'unknown' : this.#described.closedFirst;
  }

  /** True while no end has closed, so that nothing needs to be found out about the ending. */
  get #isPlainlyOpen(): boolean {
    const { state, shutdown } = this.#observation;
    return this.isOpen && state === TcpState.ESTABLISHED && (shutdown ?? 0) === 0;
  }

  total(counter: ConnectionCounter): number | null {
    if (this.#builder !== undefined) return this.#builder.total(counter);
    const o = this.#observation;
    // By name: long lists read these of each row.
    switch (counter) {
      case 'bytesSent':
        return o.bytesSent;
      case 'bytesAcked':
        return o.bytesAcked;
      case 'bytesReceived':
        return o.bytesReceived;
      default:
        return o[counter];
    }
  }

  get connection(): ConnectionRow {
    this.settle();
    if (
      shownConnection.row !== this ||
      shownConnection.version !== this.#version ||
      shownConnection.timeUs !== this.#context.timeUs ||
      shownConnection.connection === undefined
    ) {
      shownConnection.row = this;
      shownConnection.version = this.#version;
      shownConnection.timeUs = this.#context.timeUs;
      shownConnection.connection = { ...this.#finished(), snapshots: this.#records };
    }
    return shownConnection.connection;
  }

  #finished(): ConnectionRow {
    const builder = this.#described;
    const standing = this.isOpen ? this.#second.limit : null;
    const standingUs = standing === null ? 0 : Math.max(0, this.#context.timeUs - this.endUs);
    if (standing === null || standingUs < LEAST_STANDING_US) return builder.finish(this.identity);
    // The time since the last record counts with the next one. Until then it is as the last second was.
    builder.addLimited(standing.cause, standing.evidence, standingUs, this.#observation);
    const row = builder.finish(this.identity);
    builder.addLimited(standing.cause, standing.evidence, -standingUs, this.#observation);
    return row;
  }

  /** Builder of this row, or the shared one with its only record. */
  get #described(): ConnectionBuilder {
    this.settle();
    return this.#builder ?? this.#singleRecord();
  }

  #singleRecord(): ConnectionBuilder {
    const { singleRecord } = this.#context;
    singleRecord.reset();
    if (this.#looks > 0) singleRecord.add(this.#observation, NO_INTERVAL);
    return singleRecord;
  }

  /** Counts records. What they say is looked at later, or never but for the last one. */
  count(records: number): void {
    this.#records += records;
  }

  /**
   * Looks at the newest record.
   * @param fromZero true if the connection began while it was watched: all it moved so far counts as growth
   */
  look(o: Observation, fromZero: boolean): void {
    this.#version++;
    if (this.#looks === 0 && o.hasInfo) this.#olderByUs = olderThan(clockAgeUs(o) ?? 0, this.#context.scanUs) ?? 0;
    const growth = this.#second.begun();
    growth.records++;
    // The first records of a connection that opens may be without tcp_info.
    if (this.#observation.hasInfo) growth.add(this.#observation, o);
    else if (fromZero || this.#isFromZero) growth.add(BEGINNING, o);
    this.#isFromZero = (fromZero || this.#isFromZero) && !o.hasInfo;
    // A first record waits in the observation: most rows have no other, and then need no builder.
    if (this.#looks > 0 || this.#builder !== undefined) this.#built().add(o, NO_INTERVAL);
    this.#looks++;
    // What is left of a closing connection has no tcp_info: the gauges stay.
    if (!o.hasInfo && this.#observation.hasInfo) copyHeader(o, this.#observation);
    else copyObservation(o, this.#observation);
  }

  /** Takes the parts of the connection's time from now on, in {@link LiveRow.settle}. */
  limited(parts: LimitParts): void {
    if (this.#parts === parts) return;
    this.settle();
    this.#parts = parts;
  }

  /** Takes the parts of the connection's time that came since the last call. */
  settle(): void {
    const exchanges = this.#parts?.take((limit, us) => this.#addLimited(limit, us));
    if (exchanges === undefined) return;
    this.#second.begun().exchanges += exchanges;
    this.#built().addExchanges(exchanges);
    this.#version++;
  }

  #addLimited(limit: Limit, us: number): void {
    this.#second.begun().limits.add(limit, us);
    this.#built().addLimited(limit.cause, limit.evidence, us, this.#observation);
  }

  /** Number of records in the current second. */
  get newRecords(): number {
    return this.#records - this.#recordsBefore;
  }

  /** Growth of the current second; undefined if nothing happened in it. */
  get growth(): SecondGrowth | undefined {
    return this.#second.growth;
  }

  /** Values of the last record. */
  get observation(): Observation {
    return this.#observation;
  }

  /** Ends the current second: its growth becomes the rates. Returns whether anything happened in it. */
  finishSecond(elapsedUs: number): boolean {
    this.settle();
    this.#version++;
    this.#recordsBefore = this.#records;
    return this.#second.finish(this.#observation, elapsedUs, this.isOpen);
  }

  /** Ends the row. */
  close(cause: EndCause, closedUs: number, slots: SlotValues): void {
    this.slots = slots;
    const { process, processUnknown, cgroup } = this.owner;
    // The search ends with the socket.
    this.#owner = { process, processUnknown: processUnknown === 'pending' ? 'gone' : processUnknown, cgroup };
    this.endCause = cause;
    this.closedUs = closedUs;
    this.#version++;
  }

  /** Opens the row again: the connection was missing from scans, and is there after all. */
  reopen(): void {
    this.slots = undefined;
    this.#owner = undefined;
    this.endCause = null;
    this.closedUs = null;
    this.#version++;
  }

  /** Returns the row's own builder, which begins with the first record. */
  #built(): ConnectionBuilder {
    if (this.#builder === undefined) {
      this.#builder = new ConnectionBuilder({ quantiles: false, scanUs: this.#context.scanUs });
      if (this.#looks > 0) this.#builder.add(this.#observation, NO_INTERVAL);
    }
    return this.#builder;
  }
}

/** Copies what a record without tcp_info says. */
function copyHeader(from: Observation, to: Observation): void {
  to.timestamp = from.timestamp;
  to.timeUs = from.timeUs;
  to.state = from.state;
  to.wqueueBytes = from.wqueueBytes;
  to.rqueueBytes = from.rqueueBytes;
}

function forgetOwner(): void {
  shownOwner.socket = undefined;
}

function bytesOf(text: string): Uint8Array {
  const address = parseAddress(text);
  return address === undefined ? new Uint8Array(16) : comparableAddress(address.bytes, address.family);
}
