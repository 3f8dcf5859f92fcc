import { RCV_SHUTDOWN, SEND_SHUTDOWN } from '../inetdiag/index.js';
import { TcpState } from '../tcp/index.js';
import type { ClosedFirst, EndingUnknown, HowEnded } from './connection-row.js';
import { copyMoment, type EndingMoment, emptyMoment } from './ending-moment.js';
import { hasOwnFin, peerFins, type Reading, type ResetRoom, roomForReset } from './ending-segments.js';

/**
 * Timeouts or probes in a row that are the end of a connection by themselves. The kernel gives up after 6 SYNs, 8
 * retransmissions without an owner, 9 keepalive probes or 15 retransmissions.
 */
const GIVEN_UP = 6;

const NOTHING = emptyMoment();
/** States in which a connection opens, as a set of bits. */
const OPENING = setOf([TcpState.SYN_SENT, TcpState.SYN_RECV]);
const SYN_SENT = setOf([TcpState.SYN_SENT]);
/** States that only an acknowledged FIN leads to. */
const FIN_ACKED = setOf([TcpState.FIN_WAIT2, TcpState.TIME_WAIT]);
/** States in which our FIN is sent, or both are. */
const CLOSING = setOf(Object.values(TcpState).filter(hasOwnFin));
/** States in which both FINs are sent. */
const BOTH_CLOSED = setOf([TcpState.CLOSING, TcpState.LAST_ACK]);
/** States of a connection that has opened. */
const OPENED = CLOSING | setOf([TcpState.ESTABLISHED, TcpState.CLOSE_WAIT]);

/** Ending of a connection, and the reason for which it is not known better. */
export interface EndingVerdict {
  readonly how: HowEnded;
  readonly unknown: EndingUnknown | null;
}

/** Finds out how a connection ends, and who closed it first, from its snapshots. docs/analysis.md has the rules. */
export class Ending {
  #states = 0;
  #first: ClosedFirst = 'unknown';
  #decided = false;
  /** Acknowledged bytes beyond payload while nothing was outstanding: 1 of the end that sent the SYN, else 0. */
  #synAcked: number | null = null;
  /** The last two snapshots with tcp_info, by copy. */
  #last = emptyMoment();
  #before = emptyMoment();
  #moments = 0;
  #lastState = 0;
  /** Whether the last record is of a socket that was disconnected: its tcp_info is older than its end. */
  #isDisconnected = false;

  /** Takes the next snapshot. */
  add(o: EndingMoment): void {
    if (!this.#decided) this.#decide(o);
    this.#states |= 1 << o.state;
    this.#lastState = o.state;
    if (!o.hasInfo) return;
    this.#isDisconnected = isDisconnected(this.#moments === 0 ? undefined : this.#last, o);
    const oldest = this.#before;
    this.#before = this.#last;
    this.#last = copyMoment(o, oldest);
    this.#moments++;
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

  /** Ending, when no more snapshots come. */
  get verdict(): EndingVerdict {
    if (this.#isDisconnected) return this.verdictOfDisconnected;
    if (this.#neverOpened) {
      if (this.#lastState !== TcpState.CLOSE) return { how: 'open', unknown: 'no_end_record' };
      return known(failure(this.#last));
    }
    if (this.#lastState !== TcpState.CLOSE) {
      // Without a record of the end, a connection that was closing has closed for all that is known.
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

  /** Finds the ending where the socket lost its peer and its counters before its end was reported. */
  get verdictOfDisconnected(): EndingVerdict {
    // With both FINs sent there was nothing left to reset.
    if (this.#saw(BOTH_CLOSED)) return known('closed');
    if (!this.#neverOpened) return known('reset_local');
    return known((this.#last.retransmits ?? 0) > 0 ? 'unanswered' : 'refused');
  }

  /** Forgets everything, for the next connection. */
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

  /** Returns true when a snapshot was in one of these states, a set of bits. */
  #saw(states: number): boolean {
    return (this.#states & states) !== 0;
  }

  get #neverOpened(): boolean {
    if (this.#saw(OPENED)) return false;
    const wasOpening = this.#saw(OPENING);
    if (this.#lastState !== TcpState.CLOSE || this.#moments === 0) return wasOpening;
    const { delivered, rttUs, bytesAcked, bytesReceived, sndWndBytes } = this.#last;
    // What a scan saw last may be older than the handshake. The peer's window is as the end left it.
    if (this.#isDisconnected && sndWndBytes !== null && sndWndBytes > 0) return false;
    // Both ends count their SYN or SYN-ACK once it has arrived. Before 4.18 the first round trip tells.
    if (delivered !== null) return delivered === 0;
    return rttUs === null && !bytesAcked && !bytesReceived;
  }

  /** The snapshot before the end, of an open connection; undefined where there is none. */
  #beforeEnd(): EndingMoment | undefined {
    if (this.#moments < 2) return undefined;
    const { state } = this.#before;
    return state === TcpState.SYN_SENT || state === TcpState.SYN_RECV || state === TcpState.CLOSE
      ? undefined
      : this.#before;
  }

  /** Ways to read the last counters; none where they fit none. */
  #readings(): readonly Reading[] {
    const beyond = ackedBeyondPayload(this.#last);
    if (beyond === null) return [];
    // Acknowledged or outstanding, and no payload: the SYN of the end that connected, and a FIN.
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

  /** Returns true when the peer acknowledged our FIN, which counts one byte behind all payload; undefined when unknown. */
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

  /** Ending that was not in order: by a RST, or because nothing came any more. */
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
 * Returns true when the counters of a whole life leave a reading possible. It matters where one byte beyond the payload is either
 * the SYN of the end that connected or the FIN of the end that accepted.
 */
function canBe({ isOpener, finSent }: Reading, last: EndingMoment): boolean {
  const { delivered, dataSegsOut, dataSegsIn, segsOut, bytesRetrans, totalRetrans } = last;
  if (dataSegsOut === null || dataSegsIn === null || segsOut === null) return true;
  // SYN, acknowledgements, FIN and RST: who connected has sent a SYN and its acknowledgement, who accepted neither.
  const bare = segsOut - dataSegsOut;
  if (isOpener && bare < 2) return false;
  if (delivered === null || bytesRetrans !== 0) return true;
  // What arrived beside data: SYN or SYN-ACK, and a FIN unless data carried it.
  const deliveredBare = delivered - dataSegsOut;
  if (!finSent) return deliveredBare < 2;
  if (isOpener || deliveredBare >= 2) return true;
  const finAndRst = (outstandingOf(last) ?? 0) > 0 ? 2 : 0;
  return bare <= dataSegsIn + 1 + finAndRst + (totalRetrans ?? 0);
}

/** Finds the ending of a connection that never opened, by its last counters. */
function failure({ segsIn, retransmits, totalRetrans }: EndingMoment): HowEnded {
  if (segsIn !== null && segsIn > 0) return 'refused';
  return (retransmits ?? 0) > 0 || (totalRetrans ?? 0) > 0 ? 'unanswered' : 'failed';
}

/** Counters by which a record is held against the one before it: a change of any is worth a record. */
const COUNTED = ['segsIn', 'segsOut', 'bytesAcked', 'bytesReceived'] as const;

/**
 * Returns whether a record is the last one of a disconnected socket: its tcp_info is that of the snapshot before, whose
 * state it keeps; or it is wiped, since no connection ends without a segment.
 */
function isDisconnected(before: EndingMoment | undefined, now: EndingMoment): boolean {
  if (now.state !== TcpState.CLOSE || now.infoState === null) return false;
  if (now.infoState === TcpState.CLOSE) return COUNTED.every((name) => now[name] === 0);
  return before === undefined || COUNTED.every((name) => now[name] === before[name]);
}

/** Acknowledged bytes that are no payload that was sent: of SYN and FIN; negative by what is outstanding. Null before 4.19. */
function ackedBeyondPayload({ bytesAcked, bytesSent, bytesRetrans }: EndingMoment): number | null {
  if (bytesAcked === null || bytesSent === null || bytesRetrans === null) return null;
  return bytesAcked - (bytesSent - bytesRetrans);
}

/** Bytes that were sent and not acknowledged, a FIN among them. */
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
    // Both FINs were on their way at once.
    case TcpState.CLOSING:
      return 'unknown';
    default:
      return undefined;
  }
}

/** A socket that is closed has both directions shut down, whoever began; one direction alone tells. */
function firstByShutdown(state: number, shutdown: number | null): ClosedFirst | undefined {
  if (state === TcpState.CLOSE) return undefined;
  if (shutdown === RCV_SHUTDOWN) return undefined; // also shutdown(SHUT_RD), which sends nothing
  return shutdown === SEND_SHUTDOWN ? 'local' : undefined;
}
