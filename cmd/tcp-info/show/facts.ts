import { type ConnectionRow, LIMITED_BY, limitedShare } from '../../../analysis/index.js';
import { formatCount, formatQuantity, formatShare } from '../../../chart/index.js';
import { tcpStateName } from '../../../tcp/index.js';
import { clock, endpoint } from '../../reading/clock.js';
import { endedWords, limitLabel } from '../../reading/limits.js';
import type { Zone } from '../../reading/moment.js';
import type { Part } from './shown.js';

/** What is to be said of a connection before its timeline, in words. */
export interface ConnectionFacts {
  /** `LOCAL → REMOTE`. */
  readonly ends: string;
  readonly when: string;
  readonly files: string;
  readonly sent: string;
  readonly received: string;
  readonly retransmitted: string;
  readonly rtt: string;
  readonly limitedBy: string;
  readonly ended: string;
  readonly congestion: string;
}

/** Puts a connection's row into words. `arrow` stands between its ends. */
export function connectionFacts(
  row: ConnectionRow,
  parts: readonly Part[],
  arrow: string,
  zone?: Zone,
): ConnectionFacts {
  return {
    ends: `${endpoint(row.localAddress, row.localPort)} ${arrow} ${endpoint(row.remoteAddress, row.remotePort)}`,
    when: `${clock(row.startTime, zone)}, for ${duration(row.durationUs)}`,
    files: describeParts(row, parts),
    sent: withRate(row.bytesSent ?? row.bytesAcked, row.sendThroughputBytesPerSec ?? row.goodputBytesPerSec),
    received: withRate(row.bytesReceived, row.receiveThroughputBytesPerSec),
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

function duration(us: number | null): string {
  return formatQuantity(us, 'duration');
}

function withRate(bytes: number | null, bytesPerSec: number | null): string {
  if (bytes === null) return 'not recorded';
  const mean = bytesPerSec === null ? '' : `, ${formatQuantity(bytesPerSec, 'rate')} on average`;
  return `${formatQuantity(bytes, 'bytes')}${mean}`;
}

function retransmitted({ totalRetrans, bytesRetrans, bytesSent, dataSegsOut }: ConnectionRow): string {
  if (totalRetrans === null) return 'not recorded';
  const packets = `${formatCount(totalRetrans)} ${totalRetrans === 1 ? 'packet' : 'packets'}`;
  if (bytesRetrans !== null && bytesSent !== null && bytesSent > 0) {
    return `${packets}, ${formatShare(bytesRetrans / bytesSent)} of the bytes sent`;
  }
  if (dataSegsOut === null || dataSegsOut === 0) return packets;
  return `${packets}, ${formatShare(totalRetrans / dataSegsOut)} of those with data`;
}

/** The causes by their share of time, the greatest first. */
function limits(row: ConnectionRow): string {
  const shares = LIMITED_BY.flatMap((name) => {
    const share = limitedShare(row, name) ?? 0;
    return share > 0 ? [{ name, share }] : [];
  }).sort((a, b) => b.share - a.share);
  if (shares.length === 0) return 'not known';
  return shares.map(({ name, share }) => `${limitLabel(name)} ${formatShare(share)}`).join(', ');
}

function describeParts({ snapshots }: ConnectionRow, parts: readonly Part[]): string {
  const files = parts.length === 1 ? '1 archive' : `${parts.length} archives`;
  const sequences = parts.flatMap(({ sequence }) => (sequence === undefined ? [] : [sequence]));
  const [first] = sequences;
  const notes = [`${formatCount(snapshots)} snapshots in ${files}`];
  if (first !== undefined && first > 0) notes.push(`the first is part ${first}: what was before is not here`);
  const gap = sequences.findIndex((each, i) => i > 0 && each > (sequences[i - 1] ?? 0) + 1);
  if (gap > 0) notes.push(`parts between ${sequences[gap - 1]} and ${sequences[gap]} are not here`);
  return notes.join('; ');
}
