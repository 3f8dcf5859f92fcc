import {
  isMostlyIdle,
  LIMITED_BY,
  type LimitedBy,
  type Summary,
  type SummaryVerdict,
  summaryVerdict,
} from '../../analysis/index.js';
import { formatCount, formatQuantity, formatShare } from '../chart/index.js';
import { endpoint, limitLabel, showCommand } from '../index.js';
import type { VerdictWords } from './words.js';

/** Answer about a set of connections. */
export interface SummaryAnswer extends VerdictWords {
  readonly finding: SummaryVerdict;
}

const NOTHING_FOUND =
  'Check that these are the right folders, and that --since, --until, --port, --peer, --filter or --where do not exclude everything.';

/** Explains what held connections back. `paths` are the paths read, for the command in the next step. */
export function summaryAnswer(summary: Summary, paths: readonly string[]): SummaryAnswer {
  const finding = summaryVerdict(summary);
  const command = showCommand(finding.worst?.uuid ?? null, paths);
  return {
    verdict: verdict(summary, finding, false),
    evidence: evidence(summary, finding),
    nextStep:
      summary.connections === 0
        ? NOTHING_FOUND
        : nextStep(finding, command === undefined ? undefined : `: \`${command}\``, SHOW_ONE),
    finding,
  };
}

const SHOW_ONE = 'Look at one of them: `tcp-info show FILE`';

/**
 * Explains what held the connections of a store back.
 * @param isLive true for connections of now: those without an end are open
 */
export function storeSummaryAnswer(summary: Summary, isLive: boolean): SummaryAnswer {
  const finding = summaryVerdict(summary);
  return {
    verdict: verdict(summary, finding, isLive),
    evidence: evidence(summary, finding),
    nextStep: summary.connections === 0 ? 'Change the filter.' : nextStep(finding, '.', 'Look at one of them.'),
    finding,
  };
}

/** Words for each cause, for many connections. */
const CAUSES: Readonly<Record<LimitedBy, string>> = {
  application: 'the programs at this end',
  cwnd: 'the congestion window, that is the paths',
  rwnd: 'the readers at the other ends',
  sndbuf: 'send buffers at this end',
  pacing: 'the rate that BBR measured on the paths',
  loss: 'losses on the paths',
  peer: 'waiting for the other ends',
  idle: 'nothing',
};

/** Returns the words for a cause; pacing may be BBR's or a rate set for the sockets. */
function causeOf(cause: LimitedBy, { maxPacingRateShare }: SummaryVerdict): string {
  return cause === 'pacing' && 2 * (maxPacingRateShare ?? 0) > 1 ? SET_RATE : CAUSES[cause];
}

const SET_RATE = 'the rate that was set for the sockets (SO_MAX_PACING_RATE)';

function verdict({ connections, limitedBy }: Summary, finding: SummaryVerdict, isLive: boolean): string {
  const { open, inOrder, idleShare, cause, share, also, alsoShare, failed, failedMost } = finding;
  if (connections === 0) return 'No connection was found.';
  const all = `${formatCount(connections)} ${connections === 1 ? 'connection' : 'connections'}`;
  const parts = [endings(all, open, inOrder, isLive)];
  if (cause === null) parts.push(limitedBy.idle.us > 0 ? 'nothing held them up' : 'what held them up is not known');
  else {
    const where = isMostlyIdle(idleShare)
      ? `${connections === 1 ? 'it was' : 'they were'} idle for ${formatShare(idleShare)} of the time; in the rest`
      : 'where they were held up';
    const most = `${where} it was mostly ${causeOf(cause, finding)} (${formatShare(share)} of the active time)`;
    parts.push(also === null ? most : `${most}, nearly as much ${causeOf(also, finding)} (${formatShare(alsoShare)})`);
  }
  if (failed > 0 && failedMost !== null) {
    const connects = failed === 1 ? '1 connect' : `${formatCount(failed)} connects`;
    const where = endpoint(failedMost.peer, failedMost.port);
    const most = failedMost.connections === failed ? where : `${where} most (${formatCount(failedMost.connections)})`;
    parts.push(`${connects} failed, to ${most}`);
  }
  return `${parts.join('; ')}.`;
}

function endings(all: string, open: number, inOrder: number | null, isLive: boolean): string {
  if (inOrder === null) return isLive ? `Of ${all} none has ended` : `None of ${all} had ended`;
  const ended = `${formatShare(inOrder)} ${open === 0 ? '' : 'of the others '}ended in order`;
  if (open === 0) return `Of ${all} ${ended}`;
  if (isLive) return `Of ${all} ${formatCount(open)} ${open === 1 ? 'is' : 'are'} open and ${ended}`;
  return `Of ${all} ${formatCount(open)} ${open === 1 ? 'has' : 'have'} no recorded end (still open, or reset) and ${ended}`;
}

function evidence(summary: Summary, { activeUs, idleShare }: SummaryVerdict): string {
  const { limitedBy, howEnded, bytesSent, bytesReceived, bytesRetrans, rttUs } = summary;
  const shares = LIMITED_BY.filter((cause) => cause !== 'idle' && limitedBy[cause].us > 0)
    .toSorted((a, b) => limitedBy[b].us - limitedBy[a].us)
    .slice(0, 3)
    .map((cause) => `${limitLabel(cause)} ${formatShare(limitedBy[cause].us / activeUs)}`);
  const endings = Object.entries(howEnded)
    .filter(([, count]) => count > 0)
    .map(([how, count]) => `${how} ${formatCount(count)}`);
  const again = bytesSent === 0 ? '' : `, ${formatShare(bytesRetrans / bytesSent)} of it again`;
  return [
    ...(endings.length === 0 ? [] : [endings.join(', ')]),
    ...(shares.length === 0 ? [] : [`${shares.join(', ')} of ${formatQuantity(activeUs, 'duration')} active`]),
    ...(idleShare === null || idleShare < 0.01 ? [] : [`idle ${formatShare(idleShare)} of all time`]),
    `${formatQuantity(bytesSent, 'bytes')} sent${again}, ${formatQuantity(bytesReceived, 'bytes')} received`,
    ...(rttUs.median === null ? [] : [`median RTT ${formatQuantity(rttUs.median, 'duration')}`]),
  ].join('; ');
}

/**
 * @param pointer end of the sentence, which leads to the worst connection; undefined if nothing does
 * @param otherwise sentence in case no connection is the worst
 */
function nextStep(
  { cause, worst, failedMost }: SummaryVerdict,
  pointer: string | undefined,
  otherwise: string,
): string {
  if (cause !== null && worst !== null && pointer !== undefined) {
    return `Look at the one that lost the most time to it (${formatQuantity(worst.us, 'duration')})${pointer}`;
  }
  if (failedMost !== null) return `Find out why nothing answers at ${endpoint(failedMost.peer, failedMost.port)}.`;
  return otherwise;
}
