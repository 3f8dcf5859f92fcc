import type { HostGroup } from '../../http/report/index.js';
import { formatQuantity, formatShare } from '../chart/index.js';

/** Part of an exchange's time that a client mostly waits for. */
export type Wait = 'server' | 'network' | 'body' | 'both';

/** Share of the time from which one part is named alone. */
const MOST = 0.6;
/** Share of resent segments from which a long body is the network's fault. */
const LOSSY = 0.01;
/** Median or 95th percentile from which a host is slow, in microseconds. */
const SLOW_US = 100_000;
/** How many times longer than the median the 95th percentile of an uneven host is. */
const UNEVEN = 5;

/** Parts of the median exchange, in microseconds. */
interface Parts {
  readonly server: number;
  readonly network: number;
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
 * answer's bytes to pass; those belong to the network if segments are lost. Null without a complete exchange.
 */
export function waitsFor(host: HostGroup): Waiting | null {
  const server = host.serverUs.quantile(0.5) ?? host.ttfbUs.quantile(0.5);
  if (server === null) return null;
  const network = host.rttUs.quantile(0.5) ?? 0;
  const body = host.responseUs.quantile(0.5) ?? 0;
  const parts = { server, network, body };
  const isLossy = (host.retransmitRate ?? 0) >= LOSSY;
  const weights = isLossy ? { server, network: network + body, body: 0 } : parts;
  const total = server + network + body;
  const [first] = (Object.entries(weights) as [keyof Parts, number][]).sort(([, a], [, b]) => b - a);
  const [name, most] = first ?? ['server', 0];
  const share = total === 0 ? 1 : most / total;
  return { ...parts, wait: share >= MOST ? name : 'both', share };
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
  both: 'waits for more than one thing',
};

function figures(host: HostGroup, { server, network, body }: Waiting): string {
  const us = (value: number): string => formatQuantity(value, 'duration');
  const isJoined = host.rttUs.count > 0;
  const parts = [
    `server ${us(server)}`,
    isJoined ? `round trip ${us(network)}` : 'round trip unknown',
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
