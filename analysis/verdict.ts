import { TcpState } from '../tcp/index.js';
import { type ConnectionRow, type HowEnded, limitedShare } from './connection-row.js';
import { LIMITED_BY, type LimitedBy } from './limited-by.js';

/**
 * Kinds of a verdict, in the order in which they are tried. `failed`: the connection never opened. `opening`: it was
 * not open at the end of the archive. `empty`: no payload moved. `short`: too few snapshots to name a cause. `unknown`:
 * the snapshots do not show a cause. `idle`: nothing moved for nearly all of its time. `limited`: a cause limited it.
 */
export const VERDICT_KINDS = ['failed', 'opening', 'empty', 'short', 'unknown', 'idle', 'limited'] as const;
/** One of {@link VERDICT_KINDS}. */
export type VerdictKind = (typeof VERDICT_KINDS)[number];

/** Direction of most bytes. `exchange`: both ends sent a substantial part each, in turns, or little in total. */
export const FLOWS = ['sending', 'receiving', 'exchange'] as const;
/** One of {@link FLOWS}. */
export type Flow = (typeof FLOWS)[number];

/** Finding about one connection: everything that a sentence about it needs and its row does not contain. */
export interface Verdict {
  readonly kind: VerdictKind;
  /** Cause with the most active time; null if unknown. `idle` if there was no active time. */
  readonly cause: LimitedBy | null;
  /** Share of the active time that `cause` took; null without a cause or without active time. */
  readonly share: number | null;
  /** Second cause within 10 points of `cause`; else null. */
  readonly also: LimitedBy | null;
  /** Share of the active time that `also` took; null without a second cause. */
  readonly alsoShare: number | null;
  /** Time with a known cause. */
  readonly knownUs: number;
  /** Time with a known cause other than `idle`. */
  readonly activeUs: number;
  /** Share of the known time that was idle; null if no time is known. */
  readonly idleShare: number | null;
  readonly flow: Flow;
  /** Payload sent while recorded, each byte once; null if unknown. */
  readonly sentBytes: number | null;
  /** Payload received while recorded; null if unknown. */
  readonly receivedBytes: number | null;
  /**
   * `sentBytes` divided by the active time; null if either is unknown or 0, or the active time is too short for a rate.
   */
  readonly sentBytesPerSec: number | null;
  /**
   * `receivedBytes` divided by the active time; null if either is unknown or 0, or the active time is too short for a
   * rate.
   */
  readonly receivedBytesPerSec: number | null;
  /** Number of exchanges seen, if their round trips alone explain half of the time of `peer` or more; else null. */
  readonly exchanges: number | null;
}

/** Ratio of sent bytes from which a flow has a direction. */
const ONE_WAY = 10;
/** Minimum bytes of a flow with a direction: more than a first window or two. */
const LEAST_TRANSFER_BYTES = 65_536;
/** Maximum number of data segments of one end per data segment of the other for ends that take turns. */
const SEGMENTS_A_TURN = 20;
/** Minimum number of turns for ends that take turns. */
const LEAST_TURNS = 3;
/** Share of idle time from which a connection, or a set of them, is called idle. */
const IDLE_SHARE = 0.9;
/** Minimum active time for a rate, unless it is most of all time. */
const LEAST_RATE_US = 100_000;
/** Minimum number of exchanges for a chatty connection. */
const LEAST_EXCHANGES = 5;
/** Number of snapshots below which a connection shorter than {@link SHORT_US} has no meaningful intervals. */
const SHORT_SNAPSHOTS = 5;
const SHORT_US = 100_000;

/** Decides on the finding about a connection. */
export function connectionVerdict(row: ConnectionRow): Verdict {
  const { limitedUs, limitedBy } = row;
  const knownUs = LIMITED_BY.reduce((sum, cause) => sum + limitedUs[cause], 0);
  const activeUs = knownUs - limitedUs.idle;
  const shareOf = (cause: LimitedBy | null): number | null =>
    cause === null || cause === 'idle' || activeUs === 0 ? null : limitedUs[cause] / activeUs;
  const sentBytes = payloadSent(row);
  const receivedBytes = payloadReceived(row);
  const hasRate = activeUs >= LEAST_RATE_US || 2 * activeUs > knownUs;
  const perSecond = (bytes: number | null): number | null =>
    bytes === null || bytes === 0 || !hasRate ? null : (bytes * 1e6) / activeUs;
  const idleShare = limitedShare(row, 'idle');
  return {
    kind: kindOf(row, {
      idleShare,
      moved: sentBytes === null && receivedBytes === null ? null : (sentBytes ?? 0) + (receivedBytes ?? 0),
    }),
    cause: limitedBy,
    share: shareOf(limitedBy),
    also: row.limitedByRunnerUp,
    alsoShare: shareOf(row.limitedByRunnerUp),
    knownUs,
    activeUs,
    idleShare,
    flow: flowOf(row, sentBytes ?? 0, receivedBytes ?? 0),
    sentBytes,
    receivedBytes,
    sentBytesPerSec: perSecond(sentBytes),
    receivedBytesPerSec: perSecond(receivedBytes),
    exchanges: explainsWaiting(row) ? row.exchanges : null,
  };
}

/** Returns true if nearly all of the time was idle, so that a cause of the rest means little. */
export function isMostlyIdle(idleShare: number | null): boolean {
  return idleShare !== null && idleShare >= IDLE_SHARE;
}

/**
 * Returns true if exchanges waited for little more than their round trips. The smallest one excludes waiting for a
 * program.
 */
function explainsWaiting({ exchanges, minRttUs, limitedUs }: ConnectionRow): boolean {
  return exchanges >= LEAST_EXCHANGES && minRttUs !== null && 2 * exchanges * minRttUs >= limitedUs.peer;
}

/** Endings of a connection that never opened, as far as this end knows. */
const NEVER_OPENED: ReadonlySet<string> = new Set(['failed', 'refused', 'unanswered']);

/** Returns true if a connection never opened. */
export function neverOpened({ howEnded }: { readonly howEnded: HowEnded }): boolean {
  return NEVER_OPENED.has(howEnded);
}

interface Known {
  readonly idleShare: number | null;
  /** Payload in both directions; null if unknown. */
  readonly moved: number | null;
}

function kindOf(row: ConnectionRow, { idleShare, moved }: Known): VerdictKind {
  if (neverOpened(row)) return 'failed';
  if (row.howEnded === 'open' && (row.lastState === TcpState.SYN_SENT || row.lastState === TcpState.SYN_RECV))
    return 'opening';
  if (moved === 0) return isHeldUp(row) && !isMostlyIdle(idleShare) ? 'limited' : 'empty';
  if (row.snapshots < SHORT_SNAPSHOTS && row.durationUs !== null && row.durationUs < SHORT_US) return 'short';
  if (row.limitedBy === null || idleShare === null) return 'unknown';
  return row.limitedBy === 'idle' || isMostlyIdle(idleShare) ? 'idle' : 'limited';
}

/** Causes that hold up data which is there. */
const HOLDING: readonly LimitedBy[] = ['cwnd', 'rwnd', 'sndbuf', 'pacing', 'loss'];

/** Returns true if data waited all the time without moving: it was there before the recording. */
function isHeldUp({ limitedBy, limitedByEvidence, olderByUs }: ConnectionRow): boolean {
  if (limitedBy === null || olderByUs === null) return false;
  // The program at this end did not read what had arrived before.
  return HOLDING.includes(limitedBy) || (limitedBy === 'application' && limitedByEvidence === 'window');
}

function flowOf({ recorded: { dataSegsOut, dataSegsIn } }: ConnectionRow, sent: number, received: number): Flow {
  if (received === 0 && sent > 0) return 'sending';
  if (sent === 0 && received > 0) return 'receiving';
  if (takeTurns(dataSegsOut ?? 0, dataSegsIn ?? 0)) return 'exchange';
  if (sent >= LEAST_TRANSFER_BYTES && sent >= ONE_WAY * received) return 'sending';
  if (received >= LEAST_TRANSFER_BYTES && received >= ONE_WAY * sent) return 'receiving';
  return 'exchange';
}

/** Returns true if data segments in both directions look like requests and answers. */
function takeTurns(segmentsOut: number, segmentsIn: number): boolean {
  const least = Math.min(segmentsOut, segmentsIn);
  return least >= LEAST_TURNS && SEGMENTS_A_TURN * least >= Math.max(segmentsOut, segmentsIn);
}

/** Returns the payload sent. Before 4.19 it is derived from acknowledged bytes, where SYN and FIN count one each. */
function payloadSent({ recorded: { bytesSent, bytesRetrans, bytesAcked, dataSegsOut } }: ConnectionRow): number | null {
  if (bytesSent !== null) return Math.max(0, bytesSent - (bytesRetrans ?? 0));
  return bytesAcked === null ? null : withoutSigns(bytesAcked, 2, dataSegsOut);
}

/** Returns the payload received, without the peer's FIN, which counts one byte. */
function payloadReceived({ recorded: { bytesReceived, dataSegsIn }, hasPeerFin }: ConnectionRow): number | null {
  if (bytesReceived === null) return null;
  return hasPeerFin ? Math.max(0, bytesReceived - 1) : withoutSigns(bytesReceived, 1, dataSegsIn);
}

/**
 * Returns a byte count without SYN and FIN. So few bytes are nothing else, unless a segment had data (known since 4.6).
 */
function withoutSigns(bytes: number, signs: number, dataSegments: number | null): number {
  return bytes <= signs && (dataSegments ?? 0) === 0 ? 0 : bytes;
}
