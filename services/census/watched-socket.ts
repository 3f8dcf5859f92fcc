import type { Observation } from '../../analysis/index.js';
import { comparableAddress, type InetDiagMsg } from '../../inetdiag/index.js';
import { TcpState } from '../../tcp/index.js';
import { Attribution, type OpenerFields } from '../attribution/index.js';
import type { ClientPrefix } from '../config/index.js';
import { clientOf } from '../limits/index.js';
import { type LimitedTimes, type OpenFigures, PayloadCounter } from '../statistics/index.js';
import type { SocketRecord } from './socket-reader.js';

const HALF_CLOSED: ReadonlySet<number> = new Set([
  TcpState.FIN_WAIT1,
  TcpState.FIN_WAIT2,
  TcpState.CLOSE_WAIT,
  TcpState.LAST_ACK,
  TcpState.CLOSING,
]);
const HAS_SENT_FIN: ReadonlySet<number> = new Set([
  TcpState.FIN_WAIT1,
  TcpState.FIN_WAIT2,
  TcpState.LAST_ACK,
  TcpState.CLOSING,
]);

/** Connection of a listener, as records of its socket show it. It knows the kernel's counters, and no clock. */
export class WatchedSocket<S> implements OpenFigures {
  /** The kernel's cookie. */
  readonly cookie: bigint;
  /** Address of the client, 16 bytes; IPv4 is IPv4-mapped. */
  readonly clientAddress: Uint8Array;
  readonly clientKey: string;
  readonly acceptedMs: number;
  readonly attribution: Attribution<S>;
  readonly #payload = new PayloadCounter();
  readonly #firstMs: number;
  readonly #firstClocks: Clocks;
  #latestMs: number;
  #latestClocks: Clocks;
  #lastReadMs: number;
  #lastWriteMs: number;
  #unackedSinceMs: number | undefined;
  #bytesAcked: number | null = null;
  #rttUs: number | null = null;
  #state = 0;
  #isOrphan = false;

  /**
   * @param service service of the local end
   * @param nowMs time of the record, by a clock that never goes back
   * @param isNew true if the connection was opened since the last look, so that its counters began then
   */
  constructor(
    { socket, observation }: SocketRecord,
    service: S | undefined,
    prefix: ClientPrefix,
    nowMs: number,
    isNew: boolean,
  ) {
    const client = clientOf(socket.id.dst, socket.family, prefix);
    this.cookie = socket.id.cookie;
    this.clientAddress = comparableAddress(socket.id.dst, socket.family).slice();
    this.clientKey = client.key;
    this.attribution = new Attribution(service);
    this.#lastReadMs = nowMs - (observation.lastDataRecvMs ?? 0);
    this.#lastWriteMs = nowMs - (observation.lastDataSentMs ?? 0);
    // Without data both count from the handshake; with data this is the latest time that it can have been.
    this.acceptedMs = Math.min(this.#lastReadMs, this.#lastWriteMs);
    this.#firstMs = isNew ? this.acceptedMs : nowMs;
    this.#firstClocks = isNew ? ZERO_CLOCKS : clocksOf(observation);
    this.#latestMs = nowMs;
    this.#latestClocks = this.#firstClocks;
    this.add({ socket, observation }, nowMs);
  }

  /** Takes the next record of the socket. */
  add({ socket, observation }: Pick<SocketRecord, 'socket' | 'observation'>, nowMs: number): void {
    this.#state = socket.state;
    this.#isOrphan = socket.inode === 0 && HAS_SENT_FIN.has(socket.state);
    this.#payload.add(observation);
    if (!observation.hasInfo) return;
    this.attribution.add(openerFields(socket, observation));
    const { lastDataRecvMs, lastDataSentMs, rttUs } = observation;
    if (lastDataRecvMs !== null) this.#lastReadMs = Math.max(this.#lastReadMs, nowMs - lastDataRecvMs);
    if (lastDataSentMs !== null) this.#lastWriteMs = Math.max(this.#lastWriteMs, nowMs - lastDataSentMs);
    this.#noteUnacknowledged(observation, nowMs);
    this.#rttUs = rttUs ?? this.#rttUs;
    this.#latestMs = nowMs;
    this.#latestClocks = clocksOf(observation);
  }

  get lastReadMs(): number {
    return this.#lastReadMs;
  }

  get lastWriteMs(): number {
    return this.#lastWriteMs;
  }

  get unackedSinceMs(): number | undefined {
    return this.#unackedSinceMs;
  }

  get isHalfClosed(): boolean {
    return HALF_CLOSED.has(this.#state);
  }

  /** `idiag_state` of the last record. */
  get state(): number {
    return this.#state;
  }

  /** True once no program holds the socket any longer: it only waits for the peer's last packets. */
  get isOrphan(): boolean {
    return this.#isOrphan;
  }

  get upBytes(): number {
    return this.#payload.upBytes;
  }

  get downBytes(): number {
    return this.#payload.downBytes;
  }

  get bytesSent(): number | null {
    return this.#payload.bytesSent;
  }

  get bytesRetrans(): number | null {
    return this.#payload.bytesRetrans;
  }

  get rttUs(): number | null {
    return this.#rttUs;
  }

  get limited(): LimitedTimes {
    const [from, to] = [this.#firstClocks, this.#latestClocks];
    return {
      observedUs: Math.max(0, this.#latestMs - this.#firstMs) * 1_000,
      busyUs: Math.max(0, to.busyUs - from.busyUs),
      rwndLimitedUs: Math.max(0, to.rwndLimitedUs - from.rwndLimitedUs),
      sndbufLimitedUs: Math.max(0, to.sndbufLimitedUs - from.sndbufLimitedUs),
    };
  }

  /** The kernel's `last_ack_recv` may be long ago when data begins to wait, so the wait is observed. */
  #noteUnacknowledged({ unacked, notsentBytes, bytesAcked }: Observation, nowMs: number): void {
    const isWaiting = (unacked ?? 0) > 0 || (notsentBytes ?? 0) > 0;
    if (!isWaiting) this.#unackedSinceMs = undefined;
    else if (this.#unackedSinceMs === undefined || bytesAcked !== this.#bytesAcked) this.#unackedSinceMs = nowMs;
    this.#bytesAcked = bytesAcked;
  }
}

/** Clocks of `tcp_info` on what limits sending. */
type Clocks = Omit<LimitedTimes, 'observedUs'>;

const ZERO_CLOCKS: Clocks = { busyUs: 0, rwndLimitedUs: 0, sndbufLimitedUs: 0 };

function clocksOf({ busyTimeUs, rwndLimitedUs, sndbufLimitedUs }: Observation): Clocks {
  return { busyUs: busyTimeUs ?? 0, rwndLimitedUs: rwndLimitedUs ?? 0, sndbufLimitedUs: sndbufLimitedUs ?? 0 };
}

/** Returns the fields that show who opened a connection. */
export function openerFields({ state }: Pick<InetDiagMsg, 'state'>, observation: Observation): OpenerFields {
  const { unacked, bytesAcked, bytesSent, bytesRetrans, bytesReceived } = observation;
  return { state, unacked, bytesAcked, bytesSent, bytesRetrans, bytesReceived };
}
