import { type ConnectionRow, connectionVerdict, type Verdict, type VerdictKind } from '../../analysis/index.js';
import { TcpState } from '../../tcp/index.js';
import { formatCount, formatQuantity, formatShare } from '../chart/index.js';
import { CAUSES } from './causes.js';
import { connectByHand, ENDING_WORDS } from './endings.js';
import { evidenceWords } from './evidence.js';
import { type Scene, sceneOf } from './scene.js';
import type { VerdictWords } from './words.js';

/** Answer about one connection: the finding, with a sentence, a line of figures and a next step. */
export interface ConnectionAnswer extends VerdictWords {
  readonly finding: Verdict;
}

/** Explains why a connection was as fast as it was, and where to look next. */
export function connectionAnswer(row: ConnectionRow): ConnectionAnswer {
  const finding = connectionVerdict(row);
  const scene = sceneOf(row, finding);
  const ending = ENDING_WORDS[row.howEnded];
  const sentence = SENTENCES[finding.kind](scene);
  const nextStep = NEXT_STEPS[finding.kind](scene);
  return {
    verdict: `${ending === undefined ? sentence : joined(ending.sentence(scene), finding.kind, sentence)}.`,
    evidence: evidenceWords(scene),
    nextStep: ending?.nextStep?.(scene) ?? nextStep,
    finding,
  };
}

/** Active time from which on it matters for a mostly idle connection. */
const TELLING_US = 1_000_000;

/** Puts the sentence about an ending before the sentence about the time until then. */
function joined(ending: string, kind: VerdictKind, sentence: string): string {
  if (kind === 'failed') return ending;
  return `${ending}; until then ${sentence.slice(0, 1).toLowerCase()}${sentence.slice(1)}`;
}

const SENTENCES: Readonly<Record<VerdictKind, (scene: Scene) => string>> = {
  failed: ({ nearEnd, farEnd }) => `Never opened: ${nearEnd} to ${farEnd}`,
  opening: ({ farEnd, row }) => {
    const after = row.durationUs === null ? '' : `, after ${formatQuantity(row.durationUs, 'duration')}`;
    const why = isIncoming(row) ? `${farEnd} has not finished the handshake` : `${farEnd} has not answered`;
    return `Not open yet when the archive ends${after}: ${why}`;
  },
  empty: ({ row }) =>
    `Nothing was sent either way${row.olderByUs === null ? '' : ' while it was recorded'}${row.durationUs === null || row.durationUs === 0 ? '' : `, for ${formatQuantity(row.durationUs, 'duration')}`}`,
  short: ({ row }) =>
    `Too short to say what held it back: ${formatCount(row.snapshots)} ${row.snapshots === 1 ? 'snapshot' : `snapshots in ${formatQuantity(row.durationUs, 'duration')}`}`,
  unknown: () => 'Not known what held it back: the kernel did not say enough',
  idle: (scene) => {
    const { finding } = scene;
    const idle = `Not slow: idle ${formatShare(finding.idleShare)} of ${formatQuantity(finding.knownUs, 'duration')}`;
    return finding.cause === null || finding.cause === 'idle' ? idle : `${idle}; while active, ${clauses(scene)}`;
  },
  limited: (scene) => `${scene.isFast ? 'Not faster' : 'Slow'} because ${clauses(scene)}`,
};

const NEXT_STEPS: Readonly<Record<VerdictKind, (scene: Scene) => string>> = {
  failed: connectByHand,
  opening: ({ far, farEnd, row }) =>
    isIncoming(row)
      ? `Find out whether packets reach ${far}: a firewall, a wrong route back, or a scan that never meant to finish.`
      : `Find out whether a program listens at ${farEnd}, and whether a firewall drops packets.`,
  empty: ({ nearEnd, farEnd, row }) =>
    leaked(row, nearEnd) ??
    `Find out what the programs at ${nearEnd} and ${farEnd} opened it for: a health check, a pool, or a client that gave up.`,
  short: ({ near, far, nearEnd, farEnd, listener }) => {
    const look = 'Look at many like it with tcp-info summary';
    if (listener === 'far') return `${look}: where connections to ${farEnd} are this short, reuse them.`;
    if (listener === 'near')
      return `${look}: where connections from ${far} to ${nearEnd} are this short, let the program at ${far} reuse them.`;
    return `${look}: where connections between ${near} and ${far} are this short, reuse them.`;
  },
  unknown: () => 'Record with a kernel of 4.10 or later, and while the connection is open.',
  idle: (scene) => {
    const { cause, activeUs } = scene.finding;
    const isTelling = cause !== null && cause !== 'application' && activeUs >= TELLING_US;
    return leaked(scene.row, scene.nearEnd) ?? CAUSES[isTelling ? cause : 'idle'].nextStep(scene);
  },
  limited: (scene) => CAUSES[scene.finding.cause ?? 'idle'].nextStep(scene),
};

/** True when the other end began a handshake that is not finished. */
function isIncoming({ lastState }: ConnectionRow): boolean {
  return lastState === TcpState.SYN_RECV;
}

/** Returns advice when the other end has closed a connection and this end has not; else undefined. */
function leaked({ howEnded, lastState }: ConnectionRow, nearEnd: string): string | undefined {
  if (howEnded !== 'open' || lastState !== TcpState.CLOSE_WAIT) return undefined;
  return `The other end has closed it: find out why the program at ${nearEnd} has not.`;
}

function clauses(scene: Scene): string {
  const { cause, also } = scene.finding;
  const first = CAUSES[cause ?? 'idle'].clause(scene);
  return also === null ? first : `${first}, and nearly as much because ${CAUSES[also].clause(scene)}`;
}
