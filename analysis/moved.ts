import { TcpState } from '../tcp/index.js';
import { counterIncrease, counterIncrease32 } from './counters.js';
import { type Observation, outstandingBytes } from './observation.js';
import { hasPeerFin } from './peer-fin.js';
import { hasWork } from './time-parts.js';

/** Payload that moved in an interval, by direction. */
export interface Moved {
  readonly out: boolean;
  readonly in: boolean;
  /** False if more than one congestion window was sent, which is not a single request. */
  readonly isBurst: boolean;
  /** Direction that moved last, if the kernel's clocks or acknowledgements show it. */
  readonly last: 'out' | 'in' | undefined;
  /**
   * Direction whose payload was acknowledged by a segment without payload, if only one was: it moved last, because an
   * acknowledgement would have come with later payload of the other end.
   */
  readonly acknowledged: 'out' | 'in' | undefined;
  /**
   * True if the peer sent before it had received everything that this end had sent: neither end waited for an answer.
   */
  readonly isCrossing: boolean;
  /**
   * True if payload arrived together with the acknowledgement of everything that this end had sent: it may be an
   * answer.
   */
  readonly isInTurn: boolean;
  /** True if payload moved one way only, in full segments: the rest may still follow. */
  readonly isPart: boolean;
  /** True if the interval is too short to contain a pause. */
  readonly isShort: boolean;
  /** Number of exchanges, a payload each way, that fit into the interval. */
  readonly exchanges: number;
  /**
   * True if payload waited at the beginning of the interval: the first payload sent is the rest of the previous
   * message.
   */
  readonly isRest: boolean;
}

/** Ratio of sent bytes below which both directions may be streams. */
const TWO_WAY = 10;
/** Interval below which there was no pause: usual scans are closer than this while data moves. */
const PAUSE_US = 20_000;

/**
 * Determines the payload that moved between two snapshots, without FINs. The outgoing direction uses acknowledgements
 * if nothing better is known.
 * @param intervalUs time between the snapshots
 */
export function movedBetween(before: Observation, now: Observation, intervalUs: number): Moved {
  const segmentsOut = counterIncrease32(before.dataSegsOut, now.dataSegsOut);
  const bytes = counterIncrease(before.bytesSent, now.bytesSent);
  const acked = counterIncrease(before.bytesAcked, now.bytesAcked);
  const sent = bytes ?? segmentsOut ?? acked;
  const received = counterIncrease(before.bytesReceived, now.bytesReceived) ?? 0;
  const fin = mayHavePeerFin(now.state) && !mayHavePeerFin(before.state) ? 1 : 0;
  // Segments after a lost one also arrive, but count as received only when the gap is closed.
  const segmentsIn = counterIncrease32(before.dataSegsIn, now.dataSegsIn) ?? 0;
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
    acknowledged: acknowledgedAlone(before, now),
    isRest: (before.notsentBytes ?? 0) > 0,
    in: isIn,
    isCrossing,
    isInTurn: isIn && !isCrossing && outstanding > 0 && acked !== null && acked >= outstanding,
    isPart: isOut ? !isIn && isFull(bytes, segmentsOut ?? 0, now) : isFull(received, segmentsIn, now),
    isShort: intervalUs < PAUSE_US,
    exchanges: roomForExchanges(Math.min(segmentsOut ?? 1, segmentsIn), now.minRttUs, intervalUs),
  };
}

/** Returns the direction whose receiver sent segments without payload; undefined if neither or both did. */
function acknowledgedAlone(before: Observation, now: Observation): 'out' | 'in' | undefined {
  const isReceived =
    (counterIncrease32(before.segsIn, now.segsIn) ?? 0) > (counterIncrease32(before.dataSegsIn, now.dataSegsIn) ?? 0);
  const isSent =
    (counterIncrease32(before.segsOut, now.segsOut) ?? 0) >
    (counterIncrease32(before.dataSegsOut, now.dataSegsOut) ?? 0);
  if (isReceived === isSent) return undefined;
  return isReceived ? 'out' : 'in';
}

/** Returns true if all segments had full length: more of the same message may follow. */
function isFull(bytes: number | null, segments: number, { sndMssBytes }: Observation): boolean {
  return bytes !== null && sndMssBytes !== null && segments > 0 && bytes >= segments * sndMssBytes;
}

/** Limits the segments that went both ways to the round trips that fit into the interval; at least 1. */
function roomForExchanges(segments: number, minRttUs: number | null, intervalUs: number): number {
  return Math.max(1, minRttUs === null ? 1 : Math.min(segments, Math.ceil(intervalUs / Math.max(1, minRttUs))));
}

/** Returns true if neither end has sent so much more than the other that one end only sends requests. */
function isTwoWay({ bytesSent, bytesReceived }: Observation): boolean {
  if (bytesSent === null || bytesReceived === null) return false;
  return TWO_WAY * Math.min(bytesSent, bytesReceived) >= Math.max(bytesSent, bytesReceived);
}

interface Sent {
  readonly isOut: boolean;
  readonly outstanding: number;
  readonly acked: number | null;
}

/**
 * Returns true if the peer sent its payload before everything from this end had arrived: it does not acknowledge all of
 * it.
 */
function isSentUnseen(before: Observation, now: Observation, { isOut, outstanding, acked }: Sent): boolean {
  if (outstanding > 0) return acked !== null && acked < outstanding && now.lost === 0 && before.lost === 0;
  const { lastDataSentMs: sent, lastDataRecvMs: received, lastAckRecvMs: ack } = now;
  if (!isOut || hasWork(now) || sent === null || received === null || ack === null) return false;
  // A pure acknowledgement came after the last payload, which itself came after this end's.
  return sent > received && ack < received;
}

/**
 * Returns the direction of the last segment with payload; undefined if unknown. Within one tick of the kernel's clock,
 * outstanding data was sent last: payload that arrived after it would have acknowledged it.
 */
function lastMoved(now: Observation): 'out' | 'in' | undefined {
  const { lastDataSentMs, lastDataRecvMs } = now;
  if (lastDataSentMs !== null && lastDataRecvMs !== null && lastDataSentMs !== lastDataRecvMs)
    return lastDataSentMs < lastDataRecvMs ? 'out' : 'in';
  return hasWork(now) && hasSending(now.state) ? 'out' : undefined;
}

/** Returns whether this end may still send payload in a state; in other states outstanding data may be only the FIN. */
function hasSending(state: number): boolean {
  return state === TcpState.ESTABLISHED || state === TcpState.CLOSE_WAIT;
}

/** Returns whether the peer's FIN may have arrived in a state. A finished connection may have received one, too. */
function mayHavePeerFin(state: number): boolean {
  return hasPeerFin(state) || state === TcpState.CLOSE;
}
