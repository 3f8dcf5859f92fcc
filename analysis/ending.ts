import { RCV_SHUTDOWN, SEND_SHUTDOWN } from '../inetdiag/index.js';
import { TcpState } from '../tcp/index.js';
import type { ClosedFirst, HowEnded } from './connection-row.js';
import type { Observation } from './observation.js';

/**
 * So many timeouts or probes in a row without an answer are the end of a connection: the kernel gives up after 6 SYNs, 8
 * retransmissions without an owner, 9 keepalive probes or 15 retransmissions.
 */
const GIVEN_UP = 6;

/** States in which our FIN is sent, or both are. */
const CLOSING_STATES: readonly number[] = [
  TcpState.FIN_WAIT1,
  TcpState.FIN_WAIT2,
  TcpState.TIME_WAIT,
  TcpState.LAST_ACK,
  TcpState.CLOSING,
];
/** States that only an acknowledged FIN leads to. */
const FIN_ACKED_STATES: readonly number[] = [TcpState.FIN_WAIT2, TcpState.TIME_WAIT];

/** Finds out how a connection ends, and who closed it first, from its snapshots. docs/analysis.md has the rules. */
export class Ending {
  #states = 0;
  #last = 0;
  #first: ClosedFirst = 'unknown';
  #decided = false;
  #retransmits = 0;
  #probes = 0;
  /** What acknowledged bytes had over bytes sent while nothing was outstanding: 1 for who sent the SYN, else 0. */
  #synAcked: number | null = null;
  #ackedBeyond: number | null = null;

  /** Takes the next snapshot. */
  add(o: Observation): void {
    if (!this.#decided) this.#decide(o);
    this.#states |= 1 << o.state;
    this.#last = o.state;
    if (!o.hasInfo) return;
    this.#retransmits = o.retransmits ?? 0;
    this.#probes = o.probes ?? 0;
    if (o.bytesAcked === null || o.bytesSent === null || o.bytesRetrans === null) return;
    const beyond = o.bytesAcked - (o.bytesSent - o.bytesRetrans);
    this.#ackedBeyond = beyond;
    const quiet = o.state === TcpState.ESTABLISHED && o.unacked === 0 && o.notsentBytes === 0;
    if (quiet && (beyond === 0 || beyond === 1)) this.#synAcked = beyond;
  }

  #decide({ state, shutdown }: Observation): void {
    const first = firstByState(state) ?? firstByShutdown(state, shutdown);
    if (first === undefined) return;
    this.#first = first;
    this.#decided = true;
  }

  /** Who closed first. */
  get closedFirst(): ClosedFirst {
    return this.#first;
  }

  /** How it ended, when no more snapshots come. */
  get howEnded(): HowEnded {
    const opened = this.#saw(TcpState.ESTABLISHED, TcpState.CLOSE_WAIT, ...CLOSING_STATES);
    if (!opened && this.#saw(TcpState.SYN_SENT, TcpState.SYN_RECV)) {
      return this.#last === TcpState.CLOSE ? 'failed' : 'open';
    }
    // Without a record of the end, a connection that was closing has closed for all that is known.
    if (this.#last !== TcpState.CLOSE) return CLOSING_STATES.includes(this.#last) ? 'closed' : 'open';
    switch (this.#finAcked()) {
      case true:
        return 'closed';
      case false:
        return this.#retransmits >= GIVEN_UP || this.#probes >= GIVEN_UP ? 'timeout' : 'reset';
      default:
        return this.#saw(...CLOSING_STATES) ? 'closed' : 'unknown';
    }
  }

  /** Forgets everything, for the next connection. */
  reset(): void {
    this.#states = 0;
    this.#last = 0;
    this.#first = 'unknown';
    this.#decided = false;
    this.#retransmits = 0;
    this.#probes = 0;
    this.#synAcked = null;
    this.#ackedBeyond = null;
  }

  #saw(...states: readonly number[]): boolean {
    return states.some((state) => (this.#states & (1 << state)) !== 0);
  }

  /** Whether the peer acknowledged our FIN, which counts one byte behind all payload; undefined when unknown. */
  #finAcked(): boolean | undefined {
    if (this.#saw(...FIN_ACKED_STATES)) return true;
    if (this.#ackedBeyond === null) return undefined;
    const syn = this.#saw(TcpState.SYN_SENT) ? 1 : this.#synAcked;
    if (syn !== null) return this.#ackedBeyond > syn;
    if (this.#ackedBeyond >= 2) return true;
    return this.#ackedBeyond <= 0 ? false : undefined;
  }
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
