import { TcpState } from '../tcp/index.js';
import type { EndingMoment } from './ending-moment.js';
import { hasPeerFin } from './peer-fin.js';

/** One way to read the last counters: this end sent the SYN or not, and a FIN or not. */
export interface Reading {
  readonly isOpener: boolean;
  readonly finSent: boolean;
}

/** Directions in which the segments of an end leave room for a RST. */
export interface ResetRoom {
  /** A RST may have come from the peer. */
  readonly remote: boolean;
  /** This end may have sent one. */
  readonly local: boolean;
  /** More came than acknowledgements and a FIN can be. */
  readonly remoteForSure: boolean;
  /** More was sent than acknowledgements and a FIN can be. */
  readonly localForSure: boolean;
}

/** Segments that the kernel counts of a handshake: of who connected its SYN and ACK; of who accepted only what came. */
const HANDSHAKE = { opener: { in: 1, out: 2 }, acceptor: { in: 2, out: 0 } } as const;
const WRAP = 2 ** 32;

/** FINs of the peer that arrived since `before`, at least and at most. */
export function peerFins(before: EndingMoment | undefined, last: EndingMoment): readonly [least: number, most: number] {
  if (last.bytesReceived === null || (before !== undefined && hasPeerFin(before.state))) return [0, 0];
  const bytes = last.bytesReceived - (before?.bytesReceived ?? 0);
  if (bytes <= 0) return [0, 0];
  const dataSegments = growth(before?.dataSegsIn, last.dataSegsIn);
  if (dataSegments !== 0) return [0, 1];
  // No data came: the byte is the FIN's.
  return [1, 1];
}

/**
 * Counts the segments of the end that are neither data, retransmissions nor handshake, from the snapshot before it or from
 * the connection's beginning, and says who may have sent a RST among them. Each end sends at most one acknowledgement for a
 * segment of data or a FIN. Undefined on kernels without the counters (before 4.6).
 */
export function roomForReset(
  before: EndingMoment | undefined,
  last: EndingMoment,
  { isOpener, finSent }: Reading,
): ResetRoom | undefined {
  const dataIn = growth(before?.dataSegsIn, last.dataSegsIn);
  const dataOut = growth(before?.dataSegsOut, last.dataSegsOut);
  const segmentsIn = growth(before?.segsIn, last.segsIn);
  const segmentsOut = growth(before?.segsOut, last.segsOut);
  const again = growth(before?.totalRetrans, last.totalRetrans);
  if (dataIn === null || dataOut === null || segmentsIn === null || segmentsOut === null || again === null) {
    return undefined;
  }
  const handshake = before === undefined ? HANDSHAKE[isOpener ? 'opener' : 'acceptor'] : { in: 0, out: 0 };
  // Retransmitted data counts as data, too; a SYN or FIN that was sent again only here. Retransmissions of the SYN-ACK are
  // counted before the connection counts segments.
  const bareAgain = before === undefined && !isOpener ? 0 : Math.max(0, again - dataOut);
  const [leastPeerFins, mostPeerFins] = peerFins(before, last);
  const ownFins = finSent && (before === undefined || !hasOwnFin(before.state)) ? 1 : 0;
  // A FIN without data has a segment of its own.
  const incoming = segmentsIn - dataIn - handshake.in - (dataIn === 0 ? leastPeerFins : 0);
  const outgoing = segmentsOut - dataOut - bareAgain - handshake.out - (dataOut === 0 ? ownFins : 0);
  const acksIn = acknowledgementsIn(before, last, dataOut + (before?.unacked ?? 0) + ownFins);
  // One acknowledgement may have been put off until after the snapshot before.
  const acksOut = dataIn + mostPeerFins + (before === undefined ? 0 : 1);
  return {
    remote: incoming >= 1,
    local: outgoing >= 1,
    remoteForSure: incoming - acksIn - mostPeerFins >= 1,
    // Probes have segments of their own.
    localForSure: last.probes === 0 && outgoing - acksOut - ownFins >= 1,
  };
}

/**
 * Returns the acknowledgements that the peer may have sent since `before` for `segments` of this end. A peer that has closed
 * sends nothing else. As long as none of them acknowledges more than the one before, the first segment has not arrived, and
 * only those behind it have an acknowledgement each.
 */
function acknowledgementsIn(before: EndingMoment | undefined, last: EndingMoment, segments: number): number {
  if (before === undefined || !hasPeerFin(before.state)) return segments;
  const isFirstMissing = last.bytesAcked === before.bytesAcked && last.totalRetrans === before.totalRetrans;
  return isFirstMissing ? Math.max(0, segments - 1) : segments;
}

/** Returns true in a state in which this end's FIN is sent. */
export function hasOwnFin(state: number): boolean {
  switch (state) {
    case TcpState.FIN_WAIT1:
    case TcpState.FIN_WAIT2:
    case TcpState.CLOSING:
    case TcpState.LAST_ACK:
    case TcpState.TIME_WAIT:
      return true;
    default:
      return false;
  }
}

/** Growth of a counter of 32 bits, over its wrap; since 0 where nothing is known of before. */
function growth(before: number | null | undefined, now: number | null): number | null {
  if (now === null || before === null) return null;
  return (now - (before ?? 0) + WRAP) % WRAP;
}
