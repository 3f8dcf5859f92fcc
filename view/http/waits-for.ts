import type { HostGroup } from '../../http/report/index.js';
import { formatQuantity, formatShare } from '../chart/index.js';

/** Part of an exchange's time that a client mostly waits for. */
export type Wait = 'server' | 'network' | 'body' | 'first byte' | 'both';

/** Share of the time from which one part is named alone. */
const MOST = 0.6;
/** Share of resent segments from which a long body is the network's fault. */
const LOSSY = 0.01;
/** Median or 95th percentile from which a host is slow, in microseconds. */
const SLOW_US = 100_000;
/** Ratio of the 95th percentile to the median from which a host is slow at times. */
const UNEVEN = 5;

/** Parts of the median exchange, in microseconds. */
interface Parts {
  /** Until the first byte, without the network if it is known. */
  readonly server: number;
  /** One round trip; null if it is not known. */
  readonly network: number | null;
  readonly body: number;
}

/** Answer to the question what clients of a host wait for. */
export interface Waiting extends Parts {
  readonly wait: Wait;
  /** Share of the time that this part takes. */
  readonly share: number;
}

/**
 * Returns what clients of a host wait for: the server until the first byte, the network for one round trip, or the
 * answer's bytes to pass; those belong to the network if segments are lost. Without a round trip, as in files, server and
 * network cannot be told apart: the first byte is waited for. Null without a complete exchange.
 */
export function waitsFor(host: HostGroup): Waiting | null {
  const network = host.rttUs.quantile(0.5);
  const server = (network === null ? null : host.serverUs.quantile(0.5)) ?? host.ttfbUs.quantile(0.5);
  if (server === null) return null;
  const body = host.responseUs.quantile(0.5) ?? 0;
  const isLossy = (host.retransmitRate ?? 0) >= LOSSY;
  const shares: readonly (readonly [wait: Wait, us: number])[] = [
    [network === null ? 'first byte' : 'server', server],
    ['network', (network ?? 0) + (isLossy ? body : 0)],
    ['body', isLossy ? 0 : body],
  ];
  const total = shares.reduce((sum, [, us]) => sum + us, 0);
  const [wait, most] = shares.reduce((largest, each) => (each[1] > largest[1] ? each : largest));
  const share = total === 0 ? 1 : most / total;
  return { server, network, body, wait: share >= MOST ? wait : 'both', share };
}

/** Words for what is waited for, as a cell: `server 98 %`. */
export function waitCell(host: HostGroup): string {
  const found = waitsFor(host);
  if (found === null) return '–';
  return found.wait === 'both' ? 'several' : `${found.wait} ${formatShare(found.share)}`;
}

/** Returns a sentence on a slow host: what its clients wait for, and the figures that say so. Undefined if it is quick. */
export function slowSentence(host: HostGroup): string | undefined {
  const found = waitsFor(host);
  const [p50, p95] = [host.durationUs.quantile(0.5), host.durationUs.quantile(0.95)];
  if (found === null || p50 === null || p95 === null || p95 < SLOW_US) return undefined;
  if (p50 < SLOW_US && p95 >= UNEVEN * p50) return `${host.host} ${unevenSentence(host, p50, p95)}`;
  return `${host.host} ${VERBS[found.wait]}: ${figures(host, found)}`;
}

const VERBS: Readonly<Record<Wait, string>> = {
  server: 'waits for its server',
  network: 'waits for the network',
  body: 'waits until the body of its answers has passed',
  'first byte': 'waits for the first byte',
  both: 'waits for more than one thing',
};

function figures(host: HostGroup, { server, network, body }: Waiting): string {
  const us = (value: number): string => formatQuantity(value, 'duration');
  const parts = [
    ...(network === null
      ? [`${us(server)} for server and network together`]
      : [`server ${us(server)}`, `round trip ${us(network)}`]),
    `body ${us(body)}`,
    ...(host.retransmitRate === null ? [] : [`${formatShare(host.retransmitRate)} of segments resent`]),
  ];
  return `${parts.join(', ')} (p50)`;
}

function unevenSentence(host: HostGroup, p50: number, p95: number): string {
  const us = (value: number): string => formatQuantity(value, 'duration');
  const isLossy = (host.retransmitRate ?? 0) >= LOSSY;
  const why = isLossy ? `the network loses segments, ${formatShare(host.retransmitRate)} resent` : serverShare(host);
  return `is slow at times: one of 20 takes ${us(p95)} or more, the median ${us(p50)}; ${why}`;
}

/** Returns which part of the slow exchanges is long. */
function serverShare({ serverUs, responseUs }: HostGroup): string {
  const [server, body] = [serverUs.quantile(0.95), responseUs.quantile(0.95)];
  const us = (value: number | null): string => formatQuantity(value, 'duration');
  return `p95: server ${us(server)}, body ${us(body)}`;
}
