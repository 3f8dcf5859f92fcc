import {
  type ConnectionRow,
  connectionVerdict,
  LIMITED_BY,
  limitedShare,
  retransmitRate,
} from '../../analysis/index.js';
import { flowNat, formatFlowEndpoint, type Translation } from '../../conntrack/index.js';
import { tcpStateName } from '../../tcp/index.js';
import { formatQuantity, formatShare, formatThings } from '../chart/index.js';
import { clock, endedWords, endpoints, limitLabel, type Zone } from '../index.js';
import type { ShownArchive } from './connection-view.js';

/** Facts above a connection's timeline, in words. */
export interface ConnectionFacts {
  /** Endpoints as `LOCAL → REMOTE`. */
  readonly ends: string;
  readonly when: string;
  /** Process, unit, container and pod; undefined if the archive has none of them. */
  readonly process: string | undefined;
  /** Translated addresses; undefined if the archive has none. */
  readonly nat: string | undefined;
  readonly files: string;
  readonly sent: string;
  readonly received: string;
  readonly retransmitted: string;
  readonly rtt: string;
  readonly limitedBy: string;
  readonly ended: string;
  readonly congestion: string;
}

/** Describes a connection. `arrow` stands between the endpoints. */
export function connectionFacts(
  row: ConnectionRow,
  parts: readonly ShownArchive[],
  arrow: string,
  zone?: Zone,
): ConnectionFacts {
  const finding = connectionVerdict(row);
  const { bytesSent, bytesRetrans, bytesAcked, bytesReceived } = row;
  return {
    ends: endpoints(row, arrow),
    when:
      row.durationUs === 0
        ? clock(row.startTime, zone)
        : `${clock(row.startTime, zone)}, for ${duration(row.durationUs)}`,
    process: processWords(row),
    nat: natWords(row, arrow),
    files: describeParts(row, parts),
    sent: moved(row, {
      whole: bytesSent === null ? bytesAcked : Math.max(0, bytesSent - (bytesRetrans ?? 0)),
      recorded: finding.sentBytes,
      activeRate: finding.flow === 'sending' ? finding.sentBytesPerSec : null,
      hasRate: (row.sendThroughputBytesPerSec ?? row.goodputBytesPerSec) !== null,
    }),
    received: moved(row, {
      whole: bytesReceived === null ? null : Math.max(0, bytesReceived - (row.hasPeerFin ? 1 : 0)),
      recorded: finding.receivedBytes,
      activeRate: finding.flow === 'receiving' ? finding.receivedBytesPerSec : null,
      hasRate: row.receiveThroughputBytesPerSec !== null,
    }),
    retransmitted: retransmitted(row),
    rtt: [
      `min ${duration(row.minRttUs)}`,
      `median ${duration(row.medianRttUs)}`,
      `p95 ${duration(row.p95RttUs)}`,
      `max ${duration(row.maxRttUs)}`,
    ].join(', '),
    limitedBy: limits(row),
    ended: `${endedWords(row)}; last state ${tcpStateName(row.lastState)}`,
    congestion: row.congestionAlgorithm ?? 'not recorded',
  };
}

/** Letters of a container's id that are shown. */
const ID_LETTERS = 12;

function processWords({ process }: ConnectionRow): string | undefined {
  if (process === undefined) return undefined;
  const { pid, command, unit, container, pod } = process;
  const words = [
    command === undefined && pid === undefined
      ? undefined
      : [command, pid].filter((each) => each !== undefined).join(' '),
    unit,
    container === undefined ? undefined : `container ${container.slice(0, ID_LETTERS)}`,
    pod === undefined ? undefined : `pod ${pod}`,
  ].filter((each) => each !== undefined);
  return words.length === 0 ? undefined : words.join(', ');
}

/** Describes translated ends as BEFORE → AFTER, in the direction that opened the flow. */
function natWords({ conntrack, localAddress, localPort }: ConnectionRow, arrow: string): string | undefined {
  if (conntrack === undefined) return undefined;
  const { source, destination } = flowNat(conntrack);
  const { src, sport } = conntrack.orig;
  const between = ({ before, after }: Translation): string =>
    `${formatFlowEndpoint(before)} ${arrow} ${formatFlowEndpoint(after)}`;
  const hasOpened = src === localAddress && sport === localPort;
  const words = [
    ...(destination === undefined ? [] : [`destination ${between(destination)}`]),
    ...(source === undefined ? [] : [`source ${between(source)}${hasOpened ? ' (as the peer sees it)' : ''}`]),
  ];
  return words.length === 0 ? undefined : words.join(', ');
}

function duration(us: number | null): string {
  return formatQuantity(us, 'duration');
}

/** Payload of one direction, with each byte counted once. */
interface Moved {
  /** Bytes since the connection began. */
  readonly whole: number | null;
  /** Bytes in the recorded time. */
  readonly recorded: number | null;
  /** Rate named by the verdict, or null. */
  readonly activeRate: number | null;
  /** True when the recorded time has a mean rate. */
  readonly hasRate: boolean;
}

/** Describes the payload of a direction: with two totals and times if the connection is older than its recording. */
function moved(row: ConnectionRow, { whole, recorded, activeRate, hasRate }: Moved): string {
  if (whole === null) return 'not recorded';
  const mean = hasRate && recorded !== null && row.durationUs !== null ? (recorded * 1e6) / row.durationUs : null;
  const rate =
    activeRate !== null
      ? `, ${formatQuantity(activeRate, 'rate')} while active`
      : mean === null
        ? ''
        : `, ${formatQuantity(mean, 'rate')} on average`;
  if (row.olderByUs === null) return `${formatQuantity(recorded, 'bytes')}${rate}`;
  const first = `${formatQuantity(recorded, 'bytes')} in the ${duration(row.durationUs)} recorded${rate}`;
  return `${first}; ${formatQuantity(whole, 'bytes')} since it began at least ${duration(leastAgeUs(row))} ago`;
}

/** Returns the known minimum age of a connection at its last snapshot; null when its duration is unknown. */
export function leastAgeUs({ olderByUs, durationUs }: ConnectionRow): number | null {
  return durationUs === null ? null : (olderByUs ?? 0) + durationUs;
}

/** Describes retransmitted packets, including SYN and FIN, and the share of retransmitted data. */
function retransmitted(row: ConnectionRow): string {
  const { totalRetrans, bytesRetrans, bytesSent, dataSegsOut } = row.recorded;
  if (totalRetrans === null) return 'not recorded';
  const packets = formatThings(totalRetrans, 'packet');
  if (totalRetrans > 0 && (bytesRetrans === 0 || dataSegsOut === 0)) return `${packets} (SYN or FIN), no data`;
  const rate = retransmitRate(row.recorded);
  if (rate === null) return packets;
  const isOfBytes = bytesRetrans !== null && bytesSent !== null && bytesSent > 0;
  return `${packets}, ${formatShare(rate)} of the ${isOfBytes ? 'bytes sent' : 'packets with data'}`;
}

/** Describes causes by share of time, the largest first. */
function limits(row: ConnectionRow): string {
  const shares = LIMITED_BY.flatMap((name) => {
    const share = limitedShare(row, name) ?? 0;
    return share > 0 ? [{ name, share }] : [];
  }).sort((a, b) => b.share - a.share);
  if (shares.length === 0) return 'not known';
  return shares.map(({ name, share }) => `${limitLabel(name)} ${formatShare(share)}`).join(', ');
}

function describeParts({ snapshots, olderByUs }: ConnectionRow, parts: readonly ShownArchive[]): string {
  const files = parts.length === 0 ? 'memory' : formatThings(parts.length, 'archive');
  const sequences = parts.flatMap(({ sequence }) => (sequence === undefined ? [] : [sequence]));
  const [first] = sequences;
  const notes = [`${formatThings(snapshots, 'snapshot')} in ${files}`];
  if (olderByUs !== null) notes.push(`at least ${duration(olderByUs)} old when its recording began`);
  if (first !== undefined && first > 0) notes.push(`the first is part ${first}: earlier parts are missing`);
  const gap = sequences.findIndex((each, i) => i > 0 && each > (sequences[i - 1] ?? 0) + 1);
  if (gap > 0) notes.push(`parts between ${sequences[gap - 1]} and ${sequences[gap]} are missing`);
  return notes.join('; ');
}
