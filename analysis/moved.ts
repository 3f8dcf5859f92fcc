import { TcpState } from '../tcp/index.js';
import { growth, growth32 } from './counters.js';
import { type Observation, outstandingBytes } from './observation.js';
import { hasPeerFin } from './peer-fin.js';
import { hasWork } from './time-parts.js';

/** Payload that moved in an interval, by direction. */
export interface Moved {
  readonly out: boolean;
  readonly in: boolean;
  /** False when more was sent than one congestion window: that is no single request. */
  readonly isBurst: boolean;
  /** The direction that moved last, where the kernel's clocks or acknowledgements tell them apart. */
  readonly last: 'out' | 'in' | undefined;
  /** True when the peer sent something before it had received all that this end had sent: neither end waited for an answer. */
  readonly isCrossing: boolean;
  /** True when payload arrived together with the acknowledgement of all that this end had sent: it may be an answer. */
  readonly isInTurn: boolean;
  /** True when it went one way only, in full segments: the rest may still come. */
  readonly isPart: boolean;
  /** True when no pause was in it. */
  readonly isShort: boolean;
  /** Exchanges, a payload each way, that the interval has room for. */
  readonly exchanges: number;
  /** True when payload waited at the beginning of the interval: what went out first is the rest of what was sent before. */
  readonly isRest: boolean;
}

/** Ends that have sent less than so many times as much as the other may both be streams. */
const TWO_WAY = 10;
/** Two snapshots of usual scans are closer than this while something moves. */
const PAUSE_US = 20_000;

/**
 * Finds the payload that moved between two snapshots; a FIN is none. Out by acknowledgements where nothing better is known.
 * @param intervalUs time between them
 */
export function movedBetween(before: Observation, now: Observation, intervalUs: number): Moved {
  const segmentsOut = growth32(before.dataSegsOut, now.dataSegsOut);
  const bytes = growth(before.bytesSent, now.bytesSent);
  const acked = growth(before.bytesAcked, now.bytesAcked);
  const sent = bytes ?? segmentsOut ?? acked;
  const received = growth(before.bytesReceived, now.bytesReceived) ?? 0;
  const fin = mayHavePeerFin(now.state) && !mayHavePeerFin(before.state) ? 1 : 0;
  // Segments behind a lost one arrive, too, but count as received only when the gap is closed.
  const segmentsIn = growth32(before.dataSegsIn, now.dataSegsIn) ?? 0;
  const isIn = received > fin || segmentsIn > 0;
  // The counter may be older than the queue.
  const isOut = (sent ?? 0) > 0 || (!hasWork(before) && hasWork(now) && hasSending(now.state));
  const { sndCwnd, sndMssBytes } = now;
  const outstanding = outstandingBytes(before) ?? 0;
  const isCrossing = isIn && isTwoWay(now) && isSentUnseen(before, now, { isOut, outstanding, acked });
  return {
    out: isOut,
    isBurst: bytes === null || sndCwnd === null || bytes <= sndCwnd * (sndMssBytes ?? 1),
    last: lastMoved(now),
    isRest: (before.notsentBytes ?? 0) > 0,
    in: isIn,
    isCrossing,
    isInTurn: isIn && !isCrossing && outstanding > 0 && acked !== null && acked >= outstanding,
    isPart: isOut ? !isIn && isFull(bytes, segmentsOut ?? 0, now) : isFull(received, segmentsIn, now),
    isShort: intervalUs < PAUSE_US,
    exchanges: roomForExchanges(Math.min(segmentsOut ?? 1, segmentsIn), now.minRttUs, intervalUs),
  };
}

/** Returns true when all segments were as long as they can be: more of the same may follow. */
function isFull(bytes: number | null, segments: number, { sndMssBytes }: Observation): boolean {
  return bytes !== null && sndMssBytes !== null && segments > 0 && bytes >= segments * sndMssBytes;
}

/** Limits a count of segments that went both ways to the round trips that the interval has room for; 1 at least. */
function roomForExchanges(segments: number, minRttUs: number | null, intervalUs: number): number {
  return Math.max(1, minRttUs === null ? 1 : Math.min(segments, Math.ceil(intervalUs / Math.max(1, minRttUs))));
}

/** Returns true when neither end has sent so many times as much as the other that one only asks. */
function isTwoWay({ bytesSent, bytesReceived }: Observation): boolean {
  if (bytesSent === null || bytesReceived === null) return false;
  return TWO_WAY * Math.min(bytesSent, bytesReceived) >= Math.max(bytesSent, bytesReceived);
}

interface Sent {
  readonly isOut: boolean;
  readonly outstanding: number;
  readonly acked: number | null;
}

/** Returns true when what came in was sent before all of this end's payload had arrived: it does not acknowledge all of it. */
function isSentUnseen(before: Observation, now: Observation, { isOut, outstanding, acked }: Sent): boolean {
  if (outstanding > 0) return acked !== null && acked < outstanding && now.lost === 0 && before.lost === 0;
  const { lastDataSentMs: sent, lastDataRecvMs: received, lastAckRecvMs: ack } = now;
  if (!isOut || hasWork(now) || sent === null || received === null || ack === null) return false;
  // A pure acknowledgement came after the last payload, which itself came after this end's.
  return sent > received && ack < received;
}

/**
 * Direction of the last segment with payload; undefined where it is unknown. Within one tick of the kernel's clock,
 * what is outstanding was sent last: what came in after it would have acknowledged it.
 */
function lastMoved(now: Observation): 'out' | 'in' | undefined {
  const { lastDataSentMs, lastDataRecvMs } = now;
  if (lastDataSentMs !== null && lastDataRecvMs !== null && lastDataSentMs !== lastDataRecvMs)
    return lastDataSentMs < lastDataRecvMs ? 'out' : 'in';
  return hasWork(now) && hasSending(now.state) ? 'out' : undefined;
}

/** States in which this end may still send payload; in others what is outstanding may be the FIN alone. */
function hasSending(state: number): boolean {
  return state === TcpState.ESTABLISHED || state === TcpState.CLOSE_WAIT;
}

/** Returns true where the peer's FIN may have arrived. A connection that is over may have received one, too. */
function mayHavePeerFin(state: number): boolean {
  return hasPeerFin(state) || state === TcpState.CLOSE;
}
