import {
  type ClosedFirst,
  type ConnectionIdentity,
  type ConnectionRow,
  type HowEnded,
  newObservation,
  type Observation,
} from '../../analysis/index.js';
import type { Connection, EndCause, SlotValues } from '../../cache/index.js';
import { comparableAddress } from '../../inetdiag/index.js';
import { parseAddress } from '../../netlink/index.js';
import { TcpState } from '../../tcp/index.js';
import { type MptcpConnection, type SubflowState, tokenText } from '../mptcp/index.js';
import { type PairCounters, type PairEnds, pairAgrees } from '../pairs/index.js';
import type {
  CgroupJson,
  FlowJson,
  MptcpJson,
  NatJson,
  PairJson,
  ProcessJson,
  ProcessUnknown,
  RowWatchJson,
} from '../wire/index.js';
import { cookieText } from './cookie-text.js';
import { type HistoryPlace, newHistoryPlace } from './history.js';
import { LastSecond } from './last-second.js';
import { RecordedRow } from './recorded-row.js';
import type { RelatedRow, RowContext, RowSocket, RowStart } from './row-context.js';
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
/** One list for all rows without an alert. */
const NO_ALERTS: readonly string[] = [];

/** Row of a connection that the collector sees, or saw a while ago. */
export class LiveRow extends RecordedRow implements StoreRow, RelatedRow {
  readonly key: string;
  readonly cookie: bigint;
  readonly identity: ConnectionIdentity;
  readonly startTime: string;
  readonly startUs: number;
  /** Names of alerts that fire. */
  alerts: readonly string[] = NO_ALERTS;
  readonly history: HistoryPlace = newHistoryPlace();
  watch: RowWatchJson | null = null;
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
  readonly ends: PairEnds | undefined;
  /** MPTCP state in the newest record that had one. */
  subflow: SubflowState | undefined;
  readonly #readFlow: RowStart['readFlow'];
  /** Owner at the end. */
  #owner: RowOwner | undefined;

  constructor({ key, cookie, identity, startTime, startUs, socket, readFlow, ends }: RowStart, context: RowContext) {
    super(context);
    this.startTime = startTime;
    this.key = key;
    this.cookie = cookie;
    this.identity = identity;
    this.startUs = startUs;
    this.socket = socket;
    this.#readFlow = readFlow;
    this.ends = ends;
  }

  get isOpen(): boolean {
    return this.closedUs === null;
  }

  get endUs(): number {
    return this.observation.timeUs;
  }

  get state(): number {
    return this.observation.state;
  }

  get ageUs(): number {
    return Math.max(0, (this.closedUs ?? this.context.timeUs) - this.startUs) + this.olderByUs;
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

  get hasFinalCounters(): boolean {
    return this.endCause === 'event';
  }

  pairCounters(): PairCounters {
    const { deliveryRateBytesPerSec, sndWndBytes } = this.observation;
    // Rows look at their records once a second: so long may one be behind the other.
    const windowBytes = LEAST_WINDOW + (sndWndBytes ?? 0) + (deliveryRateBytesPerSec ?? 0);
    return { bytesAcked: this.total('bytesAcked'), bytesReceived: this.total('bytesReceived'), windowBytes };
  }

  get pair(): PairJson | null {
    const { other } = this.context.pairs.otherEnd(this);
    if (other === undefined) return null;
    const { uuid, netnsName } = other.identity;
    return { key: other.key, uuid: uuid ?? null, netnsName: netnsName ?? null, agrees: pairAgrees(this, other) };
  }

  get pairAmbiguous(): boolean {
    return this.context.pairs.otherEnd(this).isAmbiguous;
  }

  get mptcp(): MptcpJson | null {
    if (this.subflow === undefined) return null;
    const { token, ...rest } = this.subflow;
    const subflows = this.context.subflows.of(this.socket.netnsInode, token).map(({ identity }) => identity.uuid ?? '');
    const own = this.context.subflows.connection(this.socket.netnsInode, token);
    return { ...rest, token: tokenText(token), subflows, ...mptcpConnectionJson(own) };
  }

  /** Owner of the socket until the next row is asked; for a closed row the one at its end. */
  get owner(): RowOwner {
    if (this.#owner !== undefined) return this.#owner;
    if (shownOwner.socket !== this.socket) {
      // It is looked up once in a turn: a list reads ten values of it from each row.
      if (shownOwner.socket === undefined) queueMicrotask(forgetOwner);
      this.context.setOwner(shownOwner.owner, this.socket);
      shownOwner.socket = this.socket;
    }
    return shownOwner.owner;
  }

  get now(): NowValues {
    if (shownNow.row !== this || shownNow.version !== this.version) {
      shownNow.row = this;
      shownNow.version = this.version;
      shownNow.observation = this.observation;
      this.second.show(shownNow.derived, this.observation);
    }
    return shownNow;
  }

  get howEnded(): HowEnded {
    return this.#isPlainlyOpen ? 'open' : this.described.howEnded;
  }

  get closedFirst(): ClosedFirst {
    return this.#isPlainlyOpen ? 'unknown' : this.described.closedFirst;
  }

  /** True while no end has closed, so that nothing needs to be found out about the ending. */
  get #isPlainlyOpen(): boolean {
    const { state, shutdown } = this.observation;
    return this.isOpen && state === TcpState.ESTABLISHED && (shutdown ?? 0) === 0;
  }

  get connection(): ConnectionRow {
    this.settle();
    if (
      shownConnection.row !== this ||
      shownConnection.version !== this.version ||
      shownConnection.timeUs !== this.context.timeUs ||
      shownConnection.connection === undefined
    ) {
      shownConnection.row = this;
      shownConnection.version = this.version;
      shownConnection.timeUs = this.context.timeUs;
      shownConnection.connection = this.summarize();
    }
    return shownConnection.connection;
  }

  /** Ends the row. */
  close(cause: EndCause, closedUs: number, slots: SlotValues): void {
    this.slots = slots;
    const { process, processUnknown, cgroup } = this.owner;
    // The search ends with the socket.
    this.#owner = { process, processUnknown: processUnknown === 'pending' ? 'gone' : processUnknown, cgroup };
    this.endCause = cause;
    this.closedUs = closedUs;
    this.version++;
  }

  /** Shows by how the row is watched; null: not. */
  showWatch(watch: RowWatchJson | null): void {
    this.watch = watch;
    this.version++;
  }

  /** Opens the row again: the connection was missing from scans, and is there after all. */
  reopen(): void {
    this.slots = undefined;
    this.#owner = undefined;
    this.endCause = null;
    this.closedUs = null;
    this.version++;
  }
}

/** Bytes that may be under way at any rate: a window of the smallest buffers. */
const LEAST_WINDOW = 65_536;

function forgetOwner(): void {
  shownOwner.socket = undefined;
}

function bytesOf(text: string): Uint8Array {
  const address = parseAddress(text);
  return address === undefined ? new Uint8Array(16) : comparableAddress(address.bytes, address.family);
}

/** Returns what an MPTCP connection's own socket says, as rows of its subflows show it. */
function mptcpConnectionJson(
  own: MptcpConnection | undefined,
): Omit<MptcpJson, 'token' | 'subflows' | 'backup' | 'joined' | 'idLoc' | 'idRem'> {
  if (own === undefined) return UNKNOWN_CONNECTION;
  const { token: _, cookie, ...rest } = own;
  return { ...rest, cookie: cookieText(cookie) };
}

const UNKNOWN_CONNECTION = {
  cookie: null,
  fellBack: null,
  bytesSent: null,
  bytesAcked: null,
  bytesReceived: null,
  bytesRetrans: null,
  retransmits: null,
} as const;
