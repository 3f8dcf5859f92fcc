import { RCV_SHUTDOWN, SEND_SHUTDOWN } from '../inetdiag/index.js';
import { TcpState } from '../tcp/index.js';
import type { ClosedFirst, EndingUnknown, HowEnded } from './connection-row.js';
import { copyMoment, type EndingMoment, emptyMoment } from './ending-moment.js';
import { hasOwnFin, peerFins, type Reading, type ResetRoom, roomForReset } from './ending-segments.js';

/**
 * Consecutive timeouts or probes that alone mean that the connection ended by a timeout. The kernel gives up after 6
 * SYNs, 8 retransmissions without an owner, 9 keepalive probes or 15 retransmissions.
 */
const GIVEN_UP = 6;

const NOTHING = emptyMoment();
/** States of a connection that is opening, as a bit set. */
const OPENING = setOf([TcpState.SYN_SENT, TcpState.SYN_RECV]);
const SYN_SENT = setOf([TcpState.SYN_SENT]);
/** States that only an acknowledged FIN leads to, as a bit set. */
const FIN_ACKED = setOf([TcpState.FIN_WAIT2, TcpState.TIME_WAIT]);
/** States in which this end's FIN was sent, as a bit set. */
const CLOSING = setOf(Object.values(TcpState).filter(hasOwnFin));
/** States in which both FINs were sent, as a bit set. */
const BOTH_CLOSED = setOf([TcpState.CLOSING, TcpState.LAST_ACK]);
/** States of a connection that has opened, as a bit set. */
const OPENED = CLOSING | setOf([TcpState.ESTABLISHED, TcpState.CLOSE_WAIT]);

/** Ending of a connection, and the reason if it is not known better. */
export interface EndingVerdict {
  readonly how: HowEnded;
  readonly unknown: EndingUnknown | null;
}

/**
 * Ending of a connection and the end that closed first, determined from its snapshots. docs/analysis.md has the rules.
 */
export class Ending {
  #states = 0;
  #first: ClosedFirst = 'unknown';
  #decided = false;
  /** Acknowledged bytes beyond the payload while nothing was outstanding: 1 for the end that sent the SYN, else 0. */
  #synAcked: number | null = null;
  /** Copies of the last two snapshots with tcp_info; the one before the last does not exist before it is needed. */
  #last = emptyMoment();
  #before: EndingMoment | undefined;
  #moments = 0;
  #lastState = 0;
  /** True if the last record is from a disconnected socket: its tcp_info is older than its end. */
  #isDisconnected = false;

  /** Adds the next snapshot. */
  add(o: EndingMoment): void {
    if (!this.#decided) this.#decide(o);
    this.#states |= 1 << o.state;
    this.#lastState = o.state;
    if (!o.hasInfo) return;
    this.#isDisconnected = isDisconnected(this.#moments === 0 ? undefined : this.#last, o);
    if (this.#moments++ > 0) {
      const oldest = this.#before ?? emptyMoment();
      this.#before = this.#last;
      this.#last = oldest;
    }
    copyMoment(o, this.#last);
    const { state, unacked, notsentBytes } = o;
    if (state !== TcpState.ESTABLISHED || unacked !== 0 || notsentBytes !== 0) return;
    const beyond = ackedBeyondPayload(o);
    if (beyond === 0 || beyond === 1) this.#synAcked = beyond;
  }

  #decide({ state, shutdown }: EndingMoment): void {
    const first = firstByState(state) ?? firstByShutdown(state, shutdown);
    if (first === undefined) return;
    this.#first = first;
    this.#decided = true;
  }

  /** End that closed first. */
  get closedFirst(): ClosedFirst {
    const hasFinalCounters = this.#lastState === TcpState.CLOSE && !this.#isDisconnected;
    if (this.#decided || !hasFinalCounters || this.#neverOpened) return this.#first;
    const before = this.#beforeEnd();
    const readings = this.#readings();
    const [least, most] = peerFins(before, this.#last);
    if (most === 0 && readings.length > 0 && readings.every(({ finSent }) => finSent)) return 'local';
    if (least === 1 && readings.length > 0 && readings.every(({ finSent }) => !finSent)) return 'remote';
    return 'unknown';
  }

  /** Ending, once all snapshots were added. */
  get verdict(): EndingVerdict {
    if (this.#isDisconnected) return this.verdictOfDisconnected;
    if (this.#neverOpened) {
      if (this.#lastState !== TcpState.CLOSE) return { how: 'open', unknown: 'no_end_record' };
      return known(failure(this.#last));
    }
    if (this.#lastState !== TcpState.CLOSE) {
      // Without a record of the end, a connection that was closing counts as closed.
      if ((CLOSING & (1 << this.#lastState)) !== 0) return known('closed');
      return { how: 'open', unknown: 'no_end_record' };
    }
    switch (this.#finAcked()) {
      case true:
        return known('closed');
      case false:
        return this.#broken();
      default:
        if (this.#saw(CLOSING)) return known('closed');
        return { how: 'unknown', unknown: ackedBeyondPayload(this.#last) === null ? 'old_kernel' : 'opener' };
    }
  }

  /** Ending of a socket that lost its peer and its counters before its end was reported. */
  get verdictOfDisconnected(): EndingVerdict {
    // Both FINs were sent, so a reset had nothing left to abort.
    if (this.#saw(BOTH_CLOSED)) return known('closed');
    if (!this.#neverOpened) return known('reset_local');
    return known((this.#last.retransmits ?? 0) > 0 ? 'unanswered' : 'refused');
  }

  /** Resets everything for the next connection. */
  reset(): void {
    this.#states = 0;
    this.#lastState = 0;
    this.#isDisconnected = false;
    this.#first = 'unknown';
    this.#decided = false;
    this.#synAcked = null;
    this.#moments = 0;
    copyMoment(NOTHING, this.#last);
  }

  /** Returns whether a snapshot was in one of these states, a bit set. */
  #saw(states: number): boolean {
    return (this.#states & states) !== 0;
  }

  get #neverOpened(): boolean {
    if (this.#saw(OPENED)) return false;
    const wasOpening = this.#saw(OPENING);
    if (this.#lastState !== TcpState.CLOSE || this.#moments === 0) return wasOpening;
    const { delivered, rttUs, bytesAcked, bytesReceived, sndWndBytes } = this.#last;
    // The last scan may be older than the handshake. The peer's window is still that of the end.
    if (this.#isDisconnected && sndWndBytes !== null && sndWndBytes > 0) return false;
    // Both ends count their SYN or SYN-ACK when it has arrived. Before 4.18 only the first round trip shows it.
    if (delivered !== null) return delivered === 0;
    return rttUs === null && !bytesAcked && !bytesReceived;
  }

  /** Returns the snapshot before the end, of an open connection; undefined without one. */
  #beforeEnd(): EndingMoment | undefined {
    if (this.#moments < 2 || this.#before === undefined) return undefined;
    const { state } = this.#before;
    return state === TcpState.SYN_SENT || state === TcpState.SYN_RECV || state === TcpState.CLOSE
      ? undefined
      : this.#before;
  }

  /** Returns the possible interpretations of the last counters; empty if none fits. */
  #readings(): readonly Reading[] {
    const beyond = ackedBeyondPayload(this.#last);
    if (beyond === null) return [];
    // Bytes acknowledged or outstanding beyond the payload: the SYN of the connecting end, and a FIN.
    const extra = beyond + (outstandingOf(this.#last) ?? 0);
    const opener = this.#saw(SYN_SENT) ? 1 : this.#synAcked;
    const hasFin = this.#saw(CLOSING);
    const readings: Reading[] = [];
    for (const syn of [1, 0]) {
      const fins = extra - syn;
      if ((opener !== null && syn !== opener) || (fins !== 1 && (fins !== 0 || hasFin))) continue;
      const reading = { isOpener: syn === 1, finSent: fins === 1 };
      if (opener !== null || canBe(reading, this.#last)) readings.push(reading);
    }
    return readings;
  }

  /** Returns whether the peer acknowledged our FIN, which counts one byte after the payload; undefined if unknown. */
  #finAcked(): boolean | undefined {
    if (this.#saw(FIN_ACKED)) return true;
    const beyond = ackedBeyondPayload(this.#last);
    if (beyond === null) return undefined;
    const outstanding = outstandingOf(this.#last);
    if (outstanding !== null && outstanding > 0) return false;
    const readings = this.#readings();
    if (readings.length === 0) return beyond >= 2 ? true : beyond <= 0 ? false : undefined;
    if (readings.every(({ finSent }) => finSent)) return true;
    return readings.some(({ finSent }) => finSent) ? undefined : false;
  }

  /** Determines an ending out of order: by a RST, or because the peer was no longer heard. */
  #broken(): EndingVerdict {
    const last = this.#last;
    const before = this.#beforeEnd();
    const [retransmits, probes] = [last.retransmits ?? 0, last.probes ?? 0];
    const rooms = this.#readings().map((reading) => roomForReset(before, last, reading));
    const all = (test: (room: ResetRoom) => boolean): boolean =>
      rooms.length > 0 && rooms.every((room) => room !== undefined && test(room));
    if (retransmits > 0 && all(({ remote, local }) => !remote && !local)) return known('timeout');
    // Keepalive sends a RST when it gives up.
    if (probes > 0 && all(({ remote }) => !remote)) return known('timeout');
    if (all(({ remote, local, remoteForSure }) => remoteForSure || (remote && !local))) return known('reset_remote');
    if (retransmits >= GIVEN_UP || probes >= GIVEN_UP) return known('timeout');
    if (all(({ remote, local, localForSure }) => localForSure || (local && !remote))) return known('reset_local');
    return { how: 'reset', unknown: 'reset_sender' };
  }
}

function setOf(states: readonly number[]): number {
  return states.reduce((set, state) => set | (1 << state), 0);
}

function known(how: HowEnded): EndingVerdict {
  return { how, unknown: null };
}

/**
 * Returns whether an interpretation fits the counters of the whole connection. This matters if one byte beyond the
 * payload is either the SYN of the connecting end or the FIN of the accepting end.
 */
function canBe({ isOpener, finSent }: Reading, last: EndingMoment): boolean {
  const { delivered, dataSegsOut, dataSegsIn, segsOut, bytesRetrans, totalRetrans } = last;
  if (dataSegsOut === null || dataSegsIn === null || segsOut === null) return true;
  // Bare segments: SYN, acknowledgements, FIN and RST. The connecting end sent a SYN and its acknowledgement, the
  // accepting end neither.
  const bare = segsOut - dataSegsOut;
  if (isOpener && bare < 2) return false;
  if (delivered === null || bytesRetrans !== 0) return true;
  // Deliveries other than data: SYN or SYN-ACK, and a FIN that data did not carry.
  const deliveredBare = delivered - dataSegsOut;
  if (!finSent) return deliveredBare < 2;
  if (isOpener || deliveredBare >= 2) return true;
  const finAndRst = (outstandingOf(last) ?? 0) > 0 ? 2 : 0;
  return bare <= dataSegsIn + 1 + finAndRst + (totalRetrans ?? 0);
}

/** Determines the ending of a connection that never opened, by its last counters. */
function failure({ segsIn, retransmits, totalRetrans }: EndingMoment): HowEnded {
  if (segsIn !== null && segsIn > 0) return 'refused';
  return (retransmits ?? 0) > 0 || (totalRetrans ?? 0) > 0 ? 'unanswered' : 'failed';
}

/** Counters for comparing a record with the previous one: a change of any of them causes a record. */
const COUNTED = ['segsIn', 'segsOut', 'bytesAcked', 'bytesReceived'] as const;

/**
 * Returns whether a record is the last one of a disconnected socket. Its tcp_info is that of the previous snapshot,
 * with the state then, or it is wiped: no connection ends without a segment.
 */
function isDisconnected(before: EndingMoment | undefined, now: EndingMoment): boolean {
  if (now.state !== TcpState.CLOSE || now.infoState === null) return false;
  if (now.infoState === TcpState.CLOSE) return COUNTED.every((name) => now[name] === 0);
  return before === undefined || COUNTED.every((name) => now[name] === before[name]);
}

/**
 * Returns the acknowledged bytes beyond the sent payload: SYN and FIN, minus the outstanding bytes. Null before 4.19.
 */
function ackedBeyondPayload({ bytesAcked, bytesSent, bytesRetrans }: EndingMoment): number | null {
  if (bytesAcked === null || bytesSent === null || bytesRetrans === null) return null;
  return bytesAcked - (bytesSent - bytesRetrans);
}

/** Returns the bytes sent and not acknowledged, including a FIN. */
function outstandingOf({ wqueueBytes, notsentBytes }: EndingMoment): number | null {
  return wqueueBytes === null || notsentBytes === null ? null : Math.max(0, wqueueBytes - notsentBytes);
}

function firstByState(state: number): ClosedFirst | undefined {
  switch (state) {
    case TcpState.FIN_WAIT1:
    case TcpState.FIN_WAIT2:
    case TcpState.TIME_WAIT:
      return 'local';
    case TcpState.CLOSE_WAIT:
    case TcpState.LAST_ACK:
      return 'remote';
    // Both FINs were in flight at once.
    case TcpState.CLOSING:
      return 'unknown';
    default:
      return undefined;
  }
}

/** Finds the end that closed first if only one direction is shut down. A closed socket has both shut down. */
function firstByShutdown(state: number, shutdown: number | null): ClosedFirst | undefined {
  if (state === TcpState.CLOSE) return undefined;
  if (shutdown === RCV_SHUTDOWN) return undefined; // also shutdown(SHUT_RD), which sends nothing
  return shutdown === SEND_SHUTDOWN ? 'local' : undefined;
}
