import { formatPortRange, mergePortRanges, type PortRange, parsePortRange } from '../../inetdiag/index.js';
import { AF_INET6, formatAddress, parseAddress } from '../../netlink/index.js';

/** Result of {@link parseListenHost}. */
export type ListenHost = { readonly host: string | undefined };

/**
 * Parses the address of a listener: `127.0.0.1`, `::1` or `[::1]`, `*`. The host is undefined for all addresses of both
 * families: `*`, `[::]` or no text. `0.0.0.0` is all addresses of IPv4. Undefined for anything else.
 */
export function parseListenHost(text: string): ListenHost | undefined {
  const bare = withoutBrackets(text);
  if (bare === undefined) return undefined;
  if (bare === '' || bare === '*') return { host: undefined };
  const address = parseAddress(bare);
  if (address === undefined) return undefined;
  const host = formatAddress(address.bytes, address.family);
  return { host: host === '::' ? undefined : host };
}

/** Name of a host as in RFC 1123, with underscores, which service discovery uses. */
const HOST_NAME =
  /^(?=.{1,253}$)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?$/;

/** Parses a backend: an address, in brackets or not, or a name. Undefined for anything else. */
export function parseBackendHost(text: string): string | undefined {
  const bare = withoutBrackets(text);
  if (bare === undefined || bare === '') return undefined;
  const address = parseAddress(bare);
  if (address !== undefined) return formatAddress(address.bytes, address.family);
  // 10.0.0.256 is a mistake, not a name: no top-level domain is a number.
  const isNumeric = /(?:^|\.)\d+\.?$/.test(bare);
  return bare === text && !isNumeric && HOST_NAME.test(bare) ? bare : undefined;
}

/** Parses ports such as `443`, `443,8000-8010`, each from 1 to 65535. Undefined for anything else. */
export function parsePorts(text: string): PortRange[] | undefined {
  const ranges: PortRange[] = [];
  for (const part of text.split(',')) {
    const range = parsePortRange(part.trim());
    if (range === undefined || range.first === 0) return undefined;
    ranges.push(range);
  }
  return mergePortRanges(ranges);
}

/** Returns the only port of some ranges; undefined if there are more. */
export function onlyPort(ranges: readonly PortRange[]): number | undefined {
  const [range, ...more] = ranges;
  return range !== undefined && more.length === 0 && range.first === range.last ? range.first : undefined;
}

/** Formats the id of a service, `10.0.0.1:5432`, `[::1]:443,8000-8010`, `*:80`. */
export function formatSid(host: string | undefined, ports: readonly PortRange[]): string {
  return `${formatHost(host ?? '*')}:${ports.map(formatPortRange).join(',')}`;
}

/** Puts an IPv6 address in brackets. */
export function formatHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** Removes the brackets of an IPv6 address. Undefined for brackets around anything else. */
function withoutBrackets(text: string): string | undefined {
  const [, inner] = /^\[(.*)\]$/s.exec(text) ?? [];
  if (inner === undefined) return /[[\]]/.test(text) ? undefined : text;
  return parseAddress(inner)?.family === AF_INET6 ? inner : undefined;
}
