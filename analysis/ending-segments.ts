import { TcpState } from '../tcp/index.js';
import { increaseSinceStart32 } from './counters.js';
import type { EndingMoment } from './ending-moment.js';
import { hasPeerFin } from './peer-fin.js';

/** One interpretation of the last counters: this end sent the SYN or not, and a FIN or not. */
export interface Reading {
  readonly isOpener: boolean;
  readonly finSent: boolean;
}

/** Directions in which a RST may be among the segments of a connection's end. */
export interface ResetRoom {
  /** True if the peer may have sent a RST. */
  readonly remote: boolean;
  /** True if this end may have sent a RST. */
  readonly local: boolean;
  /** True if more segments arrived than acknowledgements and a FIN. */
  readonly remoteForSure: boolean;
  /** True if more segments were sent than acknowledgements and a FIN. */
  readonly localForSure: boolean;
}

/**
 * Handshake segments in the kernel's counters: the SYN and ACK of the connecting end; only the received segments of the
 * accepting end.
 */
const HANDSHAKE = { opener: { in: 1, out: 2 }, acceptor: { in: 2, out: 0 } } as const;

/** Returns the minimum and maximum number of the peer's FINs since `before`. */
export function peerFins(before: EndingMoment | undefined, last: EndingMoment): readonly [least: number, most: number] {
  if (last.bytesReceived === null || (before !== undefined && hasPeerFin(before.state))) return [0, 0];
  const bytes = last.bytesReceived - (before?.bytesReceived ?? 0);
  if (bytes <= 0) return [0, 0];
  const dataSegments = increaseSinceStart32(before?.dataSegsIn, last.dataSegsIn);
  if (dataSegments !== 0) return [0, 1];
  // No data arrived, so the byte is the FIN.
  return [1, 1];
}

/**
 * Counts the segments between the previous snapshot (or the beginning of the connection) and its end that are neither
 * data, retransmissions nor handshake, and returns which end may have sent a RST among them. Each end sends at most one
 * acknowledgement for a data segment or a FIN. Returns undefined on kernels without the counters (before 4.6).
 */
export function roomForReset(
  before: EndingMoment | undefined,
  last: EndingMoment,
  { isOpener, finSent }: Reading,
): ResetRoom | undefined {
  const dataIn = increaseSinceStart32(before?.dataSegsIn, last.dataSegsIn);
  const dataOut = increaseSinceStart32(before?.dataSegsOut, last.dataSegsOut);
  const segmentsIn = increaseSinceStart32(before?.segsIn, last.segsIn);
  const segmentsOut = increaseSinceStart32(before?.segsOut, last.segsOut);
  const again = increaseSinceStart32(before?.totalRetrans, last.totalRetrans);
  if (dataIn === null || dataOut === null || segmentsIn === null || segmentsOut === null || again === null) {
    return undefined;
  }
  const handshake = before === undefined ? HANDSHAKE[isOpener ? 'opener' : 'acceptor'] : { in: 0, out: 0 };
  // Retransmitted data also counts as data; a retransmitted SYN or FIN counts only here. SYN-ACK retransmissions are
  // counted before the connection counts segments.
  const bareAgain = before === undefined && !isOpener ? 0 : Math.max(0, again - dataOut);
  const [leastPeerFins, mostPeerFins] = peerFins(before, last);
  const ownFins = finSent && (before === undefined || !hasOwnFin(before.state)) ? 1 : 0;
  // A FIN without data is a separate segment.
  const incoming = segmentsIn - dataIn - handshake.in - (dataIn === 0 ? leastPeerFins : 0);
  const outgoing = segmentsOut - dataOut - bareAgain - handshake.out - (dataOut === 0 ? ownFins : 0);
  const acksIn = acknowledgementsIn(before, last, dataOut + (before?.unacked ?? 0) + ownFins);
  // One acknowledgement may have been delayed until after the previous snapshot.
  const acksOut = dataIn + mostPeerFins + (before === undefined ? 0 : 1);
  return {
    remote: incoming >= 1,
    local: outgoing >= 1,
    remoteForSure: incoming - acksIn - mostPeerFins >= 1,
    // Probes are separate segments.
    localForSure: last.probes === 0 && outgoing - acksOut - ownFins >= 1,
  };
}

/**
 * Returns the number of acknowledgements that the peer may have sent since `before` for `segments` of this end. A peer
 * that has closed sends nothing else. As long as no acknowledgement covers more than the one before, the first segment
 * has not arrived, and only each segment after it has an acknowledgement.
 */
function acknowledgementsIn(before: EndingMoment | undefined, last: EndingMoment, segments: number): number {
  if (before === undefined || !hasPeerFin(before.state)) return segments;
  const isFirstMissing = last.bytesAcked === before.bytesAcked && last.totalRetrans === before.totalRetrans;
  return isFirstMissing ? Math.max(0, segments - 1) : segments;
}

/** Returns whether this end has sent its FIN in a state. */
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
