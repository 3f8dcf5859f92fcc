import { LIMITED_BY, type LimitedBy } from './limited-by.js';
import type { FailedConnects, MostLimited, Summary } from './summary.js';

/** Finding about a set of connections. Shares are null if there is nothing to divide by. */
export interface SummaryVerdict {
  /** Number of connections that had not ended. */
  readonly open: number;
  /** Share of the ended connections that ended in order. */
  readonly inOrder: number | null;
  /** Share of the known time of all connections that was idle; null if no time is known. */
  readonly idleShare: number | null;
  /** Time of all connections with a known cause other than `idle`. */
  readonly activeUs: number;
  /** Cause with the most active time; null without any. */
  readonly cause: LimitedBy | null;
  /** Share of the active time that `cause` took. */
  readonly share: number | null;
  /** Second cause within 10 points of `cause`; else null. */
  readonly also: LimitedBy | null;
  /** Share of the active time that `also` took. */
  readonly alsoShare: number | null;
  /** Share of the time of `pacing` in which SO_MAX_PACING_RATE was the pacing rate; null without any. */
  readonly maxPacingRateShare: number | null;
  /** Connection that `cause` limited for longer than any other. */
  readonly worst: MostLimited | null;
  /** Number of connects that never opened. */
  readonly failed: number;
  /** Destination with the most of them; null without any. */
  readonly failedMost: FailedConnects | null;
}

/** Largest difference of two causes' shares of the time for which both are named. */
const CLOSE_SHARE = 0.1;

/** Decides on the findings about a set of connections. */
export function summaryVerdict(summary: Summary): SummaryVerdict {
  const { connections, howEnded, limitedBy, neverOpened, failedConnects, mostLimited } = summary;
  const active = LIMITED_BY.filter((cause) => cause !== 'idle' && limitedBy[cause].us > 0);
  const activeUs = active.reduce((sum, cause) => sum + limitedBy[cause].us, 0);
  const [cause = null, next = null] = active.toSorted((a, b) => limitedBy[b].us - limitedBy[a].us);
  const shareOf = (each: LimitedBy | null): number | null => (each === null ? null : limitedBy[each].us / activeUs);
  const isClose = (shareOf(cause) ?? 0) - (shareOf(next) ?? 0) < CLOSE_SHARE;
  const also = isClose ? next : null;
  const ended = connections - howEnded.open;
  return {
    open: howEnded.open,
    inOrder: ended === 0 ? null : howEnded.closed / ended,
    idleShare: activeUs + limitedBy.idle.us === 0 ? null : limitedBy.idle.us / (activeUs + limitedBy.idle.us),
    activeUs,
    cause,
    share: shareOf(cause),
    also,
    alsoShare: shareOf(also),
    maxPacingRateShare: limitedBy.pacing.us === 0 ? null : summary.maxPacingRateUs / limitedBy.pacing.us,
    worst: cause === null ? null : mostLimited[cause],
    failed: neverOpened,
    failedMost: failedConnects[0] ?? null,
  };
}
