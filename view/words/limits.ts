import {
  type ConnectionRow,
  type EndingUnknown,
  type HowEnded,
  isMostlyIdle,
  type LimitedBy,
} from '../../analysis/index.js';
import { type Colour, formatShare } from '../chart/index.js';

/** Possible limits of a connection in display order, each with label and colour. */
export const LIMITS = [
  { name: 'cwnd', label: 'congestion window', colour: 'blue' },
  { name: 'loss', label: 'loss', colour: 'orange' },
  { name: 'rwnd', label: 'receiver window', colour: 'purple' },
  { name: 'sndbuf', label: 'send buffer', colour: 'amber' },
  { name: 'pacing', label: 'pacing', colour: 'sky' },
  { name: 'application', label: 'application', colour: 'green' },
  { name: 'peer', label: 'peer', colour: 'brown' },
  { name: 'idle', label: 'idle', colour: 'grey' },
] as const satisfies readonly { readonly name: LimitedBy; readonly label: string; readonly colour: Colour }[];
/** Name of one of {@link LIMITS}. */
export type LimitName = LimitedBy;

/** Returns the label of a limit, e.g. `receiver window`. */
export function limitLabel(name: LimitName): string {
  return LIMITS.find((each) => each.name === name)?.label ?? name;
}

/** Causes of a connection, as lists show them. */
export interface ListedCause extends Pick<ConnectionRow, 'limitedBy' | 'limitedByRunnerUp'> {
  /** Idle share of the known time; null when no time is known. */
  readonly idleShare: number | null;
}

/** Returns the label of a connection's cause and of a close second; empty when unknown. */
export function causeWords(listed: ListedCause): string {
  return joined(listed, limitLabel);
}

/** Returns causes by their SQL names, which are shorter. */
export function causeNames(listed: ListedCause): string {
  return joined(listed, (cause) => cause);
}

/** Joins causes, with the idle share first when the connection was idle nearly all the time. */
function joined({ limitedBy, limitedByRunnerUp, idleShare }: ListedCause, word: (cause: LimitedBy) => string): string {
  const causes = [limitedBy, limitedByRunnerUp].flatMap((cause) => (cause === null ? [] : [word(cause)])).join(' or ');
  return isMostlyIdle(idleShare) && limitedBy !== 'idle' ? `idle ${formatShare(idleShare)}, ${causes}` : causes;
}

/** Describes how a connection ended, why that is uncertain, and which end closed first. */
export function endedWords({
  howEnded,
  closedFirst,
  endingUnknownBecause,
}: Pick<ConnectionRow, 'howEnded' | 'closedFirst' | 'endingUnknownBecause'>): string {
  const why = endingUnknownBecause === null ? '' : ` (${UNKNOWN_WORDS[endingUnknownBecause]})`;
  const by = closedFirst === 'unknown' || NEVER_OPENED.includes(howEnded) ? '' : `, ${closedFirst} end first`;
  return `${ENDINGS[howEnded]}${by}${why}`;
}

/** Labels of connection endings. */
export const ENDINGS: Readonly<Record<HowEnded, string>> = {
  closed: 'closed in order',
  reset_local: 'reset by this end',
  reset_remote: 'reset by the other end',
  reset: 'reset',
  refused: 'refused',
  unanswered: 'never opened, no answer',
  failed: 'never opened',
  timeout: 'timed out',
  open: 'no end recorded',
  unknown: 'ended, not known how',
};

const NEVER_OPENED: readonly HowEnded[] = ['refused', 'unanswered', 'failed'];

const UNKNOWN_WORDS: Readonly<Record<EndingUnknown, string>> = {
  no_end_record: 'still open, or reset by either end while its program held on to it',
  reset_sender: 'the segments do not say by which end',
  opener: 'which end opened it is not known',
  old_kernel: 'the kernel lacks the counters',
};
