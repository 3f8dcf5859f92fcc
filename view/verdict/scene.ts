import { type ConnectionRow, type LimitedBy, listeningEnd, type Verdict } from '../../analysis/index.js';
import { formatQuantity, formatShare } from '../chart/index.js';
import { endpoint } from '../index.js';

/** Figures of a connection in words, for the sentences about it. */
export interface Scene {
  readonly row: ConnectionRow;
  readonly finding: Verdict;
  /** Address of this end. */
  readonly near: string;
  /** Address of the other end. */
  readonly far: string;
  /** Address and port of this end. */
  readonly nearEnd: string;
  /** Address and port of the other end. */
  readonly farEnd: string;
  /** Listening end, as far as the ports show it. */
  readonly listener: 'near' | 'far' | undefined;
  /** Median round-trip time, or `–`. */
  readonly rtt: string;
  /** Smallest round-trip time, which is that of the empty path, or `–`. */
  readonly wayRtt: string;
  /** True for a rate that is not called slow. */
  readonly isFast: boolean;
  /** `only ` before a slow rate, else empty. */
  readonly only: string;
  /** Send rate while active; undefined when unknown, or when this end did not mainly send. */
  readonly sendRate: string | undefined;
  /** Receive rate while active; undefined when unknown, or when this end did not mainly receive. */
  readonly receiveRate: string | undefined;
  /** Returns the time of a cause that the finding names, e.g. `92 % of 4.1 s`. */
  readonly time: (cause: LimitedBy) => string;
}

/** Lowest rate that is not called slow, bytes per second: 100 Mbit/s. */
const FAST_BYTES_PER_SEC = 100e6 / 8;

/** Puts the figures of a connection into words. */
export function sceneOf(row: ConnectionRow, finding: Verdict): Scene {
  const { flow, activeUs } = finding;
  const rate = (bytesPerSec: number | null): string | undefined =>
    bytesPerSec === null ? undefined : formatQuantity(bytesPerSec, 'rate');
  const listening = listeningEnd(row);
  const isFast = Math.max(finding.sentBytesPerSec ?? 0, finding.receivedBytesPerSec ?? 0) >= FAST_BYTES_PER_SEC;
  return {
    row,
    finding,
    near: row.localAddress,
    far: row.remoteAddress,
    nearEnd: endpoint(row.localAddress, row.localPort),
    farEnd: endpoint(row.remoteAddress, row.remotePort),
    listener: listening === null ? undefined : listening === 'local' ? 'near' : 'far',
    rtt: formatQuantity(row.medianRttUs, 'duration'),
    wayRtt: formatQuantity(row.minRttUs, 'duration'),
    isFast,
    only: isFast ? '' : 'only ',
    sendRate: flow === 'sending' ? rate(finding.sentBytesPerSec) : undefined,
    receiveRate: flow === 'receiving' ? rate(finding.receivedBytesPerSec) : undefined,
    time: (cause) => {
      const share = cause === finding.also ? finding.alsoShare : finding.share;
      const active = formatQuantity(activeUs, 'duration');
      return share === 1 ? `all of ${active}` : `${formatShare(share)} of ${active}`;
    },
  };
}
