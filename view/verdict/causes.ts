import type { LimitedBy } from '../../analysis/index.js';
import { formatCount, formatQuantity, formatShare } from '../chart/index.js';
import type { Scene } from './scene.js';

/** Words for a cause that held back a connection. */
interface CauseWords {
  /** Clause for use after "because". */
  readonly clause: (scene: Scene) => string;
  /** Sentence with the next step. */
  readonly nextStep: (scene: Scene) => string;
}

/** Round-trip time of a long path, where small buffers and windows matter. */
const LONG_RTT_US = 10_000;

/** Words for each cause. */
export const CAUSES: Readonly<Record<LimitedBy, CauseWords>> = {
  cwnd: {
    clause: (scene) => {
      const { far, rtt, row, sendRate, only } = scene;
      if (sendRate === undefined)
        return `the congestion window towards ${far} held data back for ${scene.time('cwnd')}`;
      const queue = queueOf(scene);
      if (queue !== undefined) return `the path to ${far} carried ${only}${sendRate} and queued data for ${queue}`;
      const packets = row.maxCwnd === null ? 'one congestion window' : `${formatCount(row.maxCwnd)} packets at most`;
      return `the path to ${far} carried ${packets} per round trip of ${rtt}: ${sendRate}`;
    },
    nextStep: (scene) =>
      queueOf(scene) === undefined && isLong(scene)
        ? `Look at the path, not at the programs: a round trip takes ${scene.wayRtt}. Keep connections open, so that their window stays large, or bring the ends closer.`
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
        : `the reader at ${scene.far} took ${scene.only}${scene.sendRate}`,
    nextStep: (scene) =>
      isLong(scene)
        ? `Look at the program at ${scene.farEnd}, not at the network: it reads slowly, or its receive buffer is too small for a round trip of ${scene.wayRtt} (SO_RCVBUF, net.ipv4.tcp_rmem).`
        : `Look at the program at ${scene.farEnd}, not at the network.`,
  },
  sndbuf: {
    clause: (scene) => {
      const size = `the send buffer at ${scene.near} was too small for a round trip of ${scene.rtt}`;
      return scene.sendRate === undefined
        ? `${size}: it held data back for ${scene.time('sndbuf')}`
        : `${size}: it allowed ${scene.only}${scene.sendRate}`;
    },
    nextStep: ({ nearEnd, near }) =>
      `Let the program at ${nearEnd} set no SO_SNDBUF, or a larger one, or raise net.ipv4.tcp_wmem at ${near}.`,
  },
  pacing: {
    clause: (scene) => {
      const rate = scene.sendRate === undefined ? '' : `, ${scene.sendRate}`;
      return isOwnRate(scene)
        ? `BBR sent at the rate that it measured on the path to ${scene.far}${rate}`
        : `${scene.near} sent at the rate that was set for the socket${rate}`;
    },
    nextStep: (scene) =>
      isOwnRate(scene)
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
    clause: (scene) => {
      const { near, far, finding, receiveRate, only } = scene;
      if (receiveRate !== undefined) return `${far} sent ${only}${receiveRate}`;
      if (finding.flow === 'exchange' && finding.exchanges !== null)
        return `${near} and ${far} took turns ${formatCount(finding.exchanges)} times, which cost a round trip of ${scene.wayRtt} each`;
      if (finding.receivedBytes === 0) return `${near} had no answer from ${far} for ${scene.time('peer')}`;
      return `${near} waited for ${far} for ${scene.time('peer')}`;
    },
    nextStep: ({ near, far, farEnd, finding, listener }) => {
      if (finding.flow === 'receiving')
        return `Look at the archive of the other end, ${farEnd}: only the sender knows what held it back.`;
      if (finding.flow === 'exchange' && finding.exchanges !== null) {
        const asker =
          listener === undefined ? 'the program that asks' : `the program at ${listener === 'near' ? far : near}`;
        return `Let ${asker} send several requests before it waits for an answer (batch, pipeline, several connections), or bring the ends closer.`;
      }
      if (finding.receivedBytes === 0)
        return `Find out whether the program at ${farEnd} should have answered: it sent nothing.`;
      return `Look at the program at ${farEnd}: it takes its time to answer.`;
    },
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

/** Returns how long packets waited in queues; undefined for less than a round trip of the empty path. */
function queueOf({ row: { medianRttUs, minRttUs } }: Scene): string | undefined {
  if (medianRttUs === null || minRttUs === null || minRttUs === 0 || medianRttUs < 2 * minRttUs) return undefined;
  return formatQuantity(medianRttUs - minRttUs, 'duration');
}

/** True for a long path. Uses the smallest round trip, which has no delay of programs and queues. */
function isLong({ row: { minRttUs } }: Scene): boolean {
  return (minRttUs ?? 0) >= LONG_RTT_US;
}

/** True when BBR sent at its measured rate rather than at a rate set for the socket. */
function isOwnRate({ row: { congestionAlgorithm, limitedUs, maxPacingRateUs } }: Scene): boolean {
  return congestionAlgorithm?.startsWith('bbr') === true && 2 * maxPacingRateUs <= limitedUs.pacing;
}

/** True when the program at this end reads slowly: window arithmetic shows unread data. */
function doesNotRead({ row: { limitedBy, limitedByEvidence } }: Scene): boolean {
  return limitedBy === 'application' && limitedByEvidence === 'window';
}
