import type { HowEnded } from '../../analysis/index.js';
import { formatQuantity } from '../chart/index.js';
import type { Scene } from './scene.js';

/** Words for an ending that is an answer by itself. */
interface EndingWords {
  /** Sentence without full stop. */
  readonly sentence: (scene: Scene) => string;
  /** Next step; absent when that of the cause before the ending is better. */
  readonly nextStep?: (scene: Scene) => string;
}

const after = ({ row: { durationUs } }: Scene): string =>
  durationUs === null || durationUs === 0 ? '' : ` after ${formatQuantity(durationUs, 'duration')}`;

/** Advises to connect by hand when a connection never opened, with the listening end as target. */
export function connectByHand({ nearEnd, farEnd, far, listener }: Scene): string {
  const [from, to] = listener === 'near' ? [` from ${far}`, nearEnd] : ['', farEnd];
  return `Try to connect to ${to}${from}: "refused" means that nothing listens there, silence means a firewall or a dead host.`;
}

const ROWS = {
  closed: undefined,
  open: undefined,
  unknown: undefined,
  refused: {
    sentence: ({ farEnd }) => `Refused: nothing listens at ${farEnd}`,
    nextStep: ({ farEnd }) => `Start the program that should listen at ${farEnd}, or correct the address and the port.`,
  },
  unanswered: {
    sentence: (scene) => `No answer from ${scene.farEnd}${after(scene)}`,
    nextStep: ({ far }) => `Look for a firewall that drops packets to ${far}, or find out why that host is down.`,
  },
  failed: {
    sentence: ({ nearEnd, farEnd }) => `Never opened: the handshake between ${nearEnd} and ${farEnd} did not finish`,
    nextStep: connectByHand,
  },
  timeout: {
    sentence: (scene) => `Timed out${after(scene)}: ${scene.far} no longer answered`,
    nextStep: ({ far }) =>
      `Find out whether ${far} is up, and whether a firewall or a NAT on the path forgot the connection.`,
  },
  reset: {
    sentence: (scene) => `Cut off by a reset${after(scene)}`,
    nextStep: ({ nearEnd, farEnd }) =>
      `Look at the logs of the programs at ${nearEnd} and ${farEnd}: one crashed, was killed, or closed with data unread.`,
  },
  reset_remote: {
    sentence: (scene) => `Cut off by a reset from ${scene.far}${after(scene)}`,
    nextStep: ({ farEnd }) =>
      `Look at the log of the program at ${farEnd}: it crashed, was killed, or closed with data unread.`,
  },
  reset_local: {
    sentence: (scene) => `Reset by its own end (${scene.near})${after(scene)}`,
  },
} as const satisfies Readonly<Record<string, EndingWords | undefined>>;

/** Words for each ending that is an answer by itself; undefined for the others. */
export const ENDING_WORDS: Readonly<Record<HowEnded, EndingWords | undefined>> = ROWS;
