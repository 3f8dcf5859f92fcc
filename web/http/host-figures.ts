import type { HttpCaptureJson, HttpHostJson, HttpJson } from '../../live/wire/index.js';
import { formatCount, formatThings } from '../../view/chart/index.js';

/** Classes of status codes, by their first digit. */
export const CODE_CLASSES = ['2', '3', '4', '5'] as const;

/** Returns the number of answers whose code begins with a digit; null without any. */
export function answersOf({ status }: Pick<HttpHostJson, 'status'>, first: string): number | null {
  const counts = Object.entries(status).flatMap(([code, count]) => (code.startsWith(first) ? [count] : []));
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

/** Returns codes with their counts, `404 × 30`, the most frequent first. */
export function codesText({ status }: Pick<HttpHostJson, 'status'>): string {
  return Object.entries(status)
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => `${code} × ${formatCount(count)}`)
    .join(', ');
}

/** Typical times of the server and of the network. */
export interface TimeSplit {
  readonly serverUs: number;
  /** Round trip. */
  readonly networkUs: number;
  /** Share of the server in both together, 0 to 1. */
  readonly serverShare: number;
}

/** Returns the median times of the server and of a round trip; undefined if one of them is unknown. */
export function splitOf({ serverUs, rttUs }: Pick<HttpHostJson, 'serverUs' | 'rttUs'>): TimeSplit | undefined {
  const [server, network] = [serverUs.p50, rttUs.p50];
  if (server === null || network === null) return undefined;
  const all = server + network;
  return { serverUs: server, networkUs: network, serverShare: all === 0 ? 0 : server / all };
}

/** Returns the words about an answer: ports, rate, hosts. */
export function aboutText({ ports, from, to, requests, hostCount, hosts }: HttpJson): string {
  const seconds = Math.max(1e-3, (Date.parse(to) - Date.parse(from)) / 1000);
  const rest = hostCount - hosts.filter((host) => host.rest !== true).length;
  return [
    `ports ${ports.join(', ')}`,
    `${formatCount(Math.round(requests / seconds))} requests/s in ${Math.round(seconds)} s`,
    `${formatThings(hostCount, 'host')}${rest > 0 ? `, ${formatCount(rest)} not shown` : ''}`,
  ].join(' · ');
}

/** Returns the words about what was missed since the start; with `isBad` if packets were dropped. */
export function missedText({ dropped, gaps, unpaired, notHttp }: HttpCaptureJson): {
  readonly text: string;
  readonly isBad: boolean;
} {
  const incomplete = Object.values(unpaired).reduce((sum, count) => sum + count, 0);
  const other = Object.entries(notHttp).flatMap(([kind, count]) =>
    count > 0 ? [`${kind} ${formatCount(count)}`] : [],
  );
  const text =
    `missed since the start: packets ${formatCount(dropped)}, gaps ${formatCount(gaps)}, incomplete ${formatCount(incomplete)}` +
    (other.length === 0 ? '' : `; not HTTP/1: ${other.join(', ')}`);
  return { text, isBad: dropped > 0 };
}
