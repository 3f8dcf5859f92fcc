import type { LimitedBy } from '../../../analysis/index.js';
import { formatCount, formatQuantity, formatShare } from '../../../chart/index.js';
import type { Scene } from './scene.js';

/** Words for a cause that held a connection up. */
interface CauseWords {
  /** Clause that can stand behind "because". */
  readonly clause: (scene: Scene) => string;
  /** Sentence that says where to look. */
  readonly nextStep: (scene: Scene) => string;
}

/** From this round-trip time on, the way itself is long, and small buffers and windows matter. */
const LONG_RTT_US = 10_000;

/** Words for each cause. */
export const CAUSES: Readonly<Record<LimitedBy, CauseWords>> = {
  cwnd: {
    clause: (scene) => {
      const { far, rtt, row, sendRate } = scene;
      if (sendRate === undefined)
        return `the congestion window towards ${far} held data back for ${scene.time('cwnd')}`;
      const queue = queueOf(scene);
      if (queue !== undefined) return `the path to ${far} carried only ${sendRate} and queued data for ${queue}`;
      const packets = row.maxCwnd === null ? 'one congestion window' : `${formatCount(row.maxCwnd)} packets at most`;
      return `the path to ${far} carried ${packets} per round trip of ${rtt}: ${sendRate}`;
    },
    nextStep: (scene) =>
      queueOf(scene) === undefined && isLong(scene)
        ? `Look at the path, not at the programs: a round trip takes ${scene.rtt}. Keep connections open, so that their window stays large, or bring the ends closer.`
        : bottleneck(scene),
  },
  loss: {
    clause: ({ far, row: { recorded } }) => {
      const { bytesRetrans, bytesSent, totalRetrans } = recorded;
      if (bytesRetrans !== null && bytesSent !== null && bytesSent > 0)
        return `the path to ${far} lost data: ${formatShare(Math.min(1, bytesRetrans / bytesSent))} of the bytes were sent again`;
      return `the path to ${far} lost data${totalRetrans === null ? '' : `: ${formatCount(totalRetrans)} packets were sent again`}`;
    },
    nextStep: ({ near, far }) =>
      `Look at the path between ${near} and ${far}: a shaper that drops, a full queue, or a bad link (ip -s link, ethtool -S).`,
  },
  rwnd: {
    clause: (scene) =>
      scene.sendRate === undefined
        ? `the reader at ${scene.far} kept its window closed for ${scene.time('rwnd')}`
        : `the reader at ${scene.far} took only ${scene.sendRate}`,
    nextStep: (scene) =>
      isLong(scene)
        ? `Look at the program at ${scene.farEnd}, not at the network: it reads slowly, or its receive buffer is too small for a round trip of ${scene.rtt} (SO_RCVBUF, net.ipv4.tcp_rmem).`
        : `Look at the program at ${scene.farEnd}, not at the network.`,
  },
  sndbuf: {
    clause: (scene) => {
      const size = `the send buffer at ${scene.near} was too small for a round trip of ${scene.rtt}`;
      return scene.sendRate === undefined
        ? `${size}: it held data back for ${scene.time('sndbuf')}`
        : `${size}: it allowed only ${scene.sendRate}`;
    },
    nextStep: ({ nearEnd, near }) =>
      `Let the program at ${nearEnd} set no SO_SNDBUF, or a larger one, or raise net.ipv4.tcp_wmem at ${near}.`,
  },
  pacing: {
    clause: (scene) => {
      const rate = scene.sendRate === undefined ? '' : `, ${scene.sendRate}`;
      return isBbr(scene)
        ? `BBR sent at the rate that it measured on the path to ${scene.far}${rate}`
        : `${scene.near} sent at the rate that was set for the socket${rate}`;
    },
    nextStep: (scene) =>
      isBbr(scene)
        ? bottleneck(scene)
        : `Find out who sets SO_MAX_PACING_RATE: the program at ${scene.nearEnd}, its library, or a BPF program.`,
  },
  application: {
    clause: (scene) =>
      doesNotRead(scene)
        ? `the program at ${scene.near} did not read what had arrived`
        : `the program at ${scene.near} had nothing to send for ${scene.time('application')}`,
    nextStep: (scene) =>
      doesNotRead(scene)
        ? `Look at the program at ${scene.nearEnd}, not at the network: it reads too slowly.`
        : `Look at the program at ${scene.nearEnd} and at what it waits for (disk, database, locks), not at the network.`,
  },
  peer: {
    clause: (scene) =>
      scene.receiveRate !== undefined
        ? `${scene.far} sent only ${scene.receiveRate}`
        : `${scene.near} waited for ${scene.far} for ${scene.time('peer')}`,
    nextStep: (scene) =>
      scene.finding.flow === 'receiving'
        ? `Look at the archive of the other end, ${scene.farEnd}: only the sender knows what held it back.`
        : `Look at the program at ${scene.farEnd}: it takes its time to answer.`,
  },
  idle: {
    clause: () => 'nothing waited to be sent',
    nextStep: () => 'Nothing waited for the network: if a user waited, look at the programs at both ends.',
  },
};

function bottleneck({ near, far, sendRate }: Scene): string {
  const about = sendRate === undefined ? '' : ` of about ${sendRate}`;
  return `Look for the bottleneck between ${near} and ${far}: a link or a shaper${about}.`;
}

/** Time that packets waited in queues; undefined when that is less than a round trip of the empty path. */
function queueOf({ row: { medianRttUs, minRttUs } }: Scene): string | undefined {
  if (medianRttUs === null || minRttUs === null || minRttUs === 0 || medianRttUs < 2 * minRttUs) return undefined;
  return formatQuantity(medianRttUs - minRttUs, 'duration');
}

function isLong({ row: { medianRttUs } }: Scene): boolean {
  return (medianRttUs ?? 0) >= LONG_RTT_US;
}

function isBbr({ row: { congestionAlgorithm } }: Scene): boolean {
  return congestionAlgorithm?.startsWith('bbr') === true;
}

/** Returns true when this end is the slow reader: data that had arrived was not read, which is known by arithmetic. */
function doesNotRead({ row: { limitedBy, limitedByEvidence } }: Scene): boolean {
  return limitedBy === 'application' && limitedByEvidence === 'window';
}
