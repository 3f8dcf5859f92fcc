import type { ListenAddress } from '../../live/http/index.js';
import { addressKey, parseAddress } from '../../netlink/index.js';

/** Parsers of flag values. Each returns undefined for text that it does not accept; the caller names the flag. */

export { formatDuration, parseDurationNs, parseLongDurationNs, parseSize } from '../../words/index.js';

/** Parses a whole number of at least 0. */
export function parseCount(text: string): number | undefined {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Parses a percentage such as `20%` or `0.5%` to a share, 0.2 or 0.005. Rejects a bare number as ambiguous. */
export function parsePercent(text: string): number | undefined {
  const [, amount] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) / 100;
}

/** Parses a file's mode, three or four octal digits, such as `0640`. */
export function parseMode(text: string): number | undefined {
  return /^0?[0-7]{3}$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

/** Parses a port, 0 to 65535. */
export function parsePort(text: string): number | undefined {
  const port = parseCount(text);
  return port !== undefined && port <= 65_535 ? port : undefined;
}

/** Parses a port, or a range such as `5000-5010` that includes both ports. */
export function parsePortRange(text: string): { readonly first: number; readonly last: number } | undefined {
  const [from = '', to = from, ...more] = text.split('-');
  const [first, last] = [parsePort(from), parsePort(to)];
  if (first === undefined || last === undefined || more.length > 0 || first > last) return undefined;
  return { first, last };
}

/** Parses an IP address to its canonical key, equal for an IPv4 address and its IPv4-mapped IPv6 form. */
export function parseAddressKey(text: string): string | undefined {
  const address = parseAddress(text);
  return address === undefined ? undefined : addressKey(address.bytes, address.family);
}

/** IPv6 zone: name or number of a Linux interface. */
const ZONE = /^[^\s/:%[\]]{1,15}$/;

/** Parses `7070`, `:7070`, `127.0.0.1:7070`, `[::1]:7070`, `[fe80::1%eth0]:7070` or `localhost:7070`. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:(?:\[([^\]]*)\]|([^:[\]]*)):)?(\d+)$/.exec(text);
  if (match === null) return undefined;
  const port = parsePort(match[3] ?? '');
  if (port === undefined) return undefined;
  const [, bracketed, bare] = match;
  const host = bracketed ?? bare ?? '';
  if (bracketed !== undefined && !isZonedAddress(bracketed)) return undefined;
  if (host === '') return bracketed === undefined ? { port } : undefined;
  const looksNumeric = /^[\d.]+$/.test(host);
  if (looksNumeric && parseAddress(host) === undefined) return undefined;
  if (bracketed === undefined && !/^[A-Za-z0-9.-]+$/.test(host)) return undefined;
  return { host, port };
}

/** True for an address; an IPv6 address may have a zone, because each interface has link-local addresses. */
function isZonedAddress(text: string): boolean {
  const [address = '', zone, ...more] = text.split('%');
  if (parseAddress(address) === undefined || more.length > 0) return false;
  return zone === undefined || (address.includes(':') && ZONE.test(zone));
}
