import { AF_INET, AF_INET6 } from './constants.js';
import { DecodeError } from './decode-error.js';

/** An address as `struct inet_diag_sockid` holds it. */
export interface InetAddress {
  /** 16 bytes; AF_INET uses the first 4, the others are 0. */
  readonly bytes: Uint8Array;
  /** AF_INET or AF_INET6. */
  readonly family: number;
}

/**
 * Formats an address as Go's net.IP.String() does: dotted quad for IPv4 and IPv4-mapped IPv6, else RFC 5952 (lower
 * case; the longest run of two or more zero groups becomes `::`, the first run if several are equally long).
 */
export function formatAddress(bytes: Uint8Array, family: number): string {
  const v4 = v4Offset(bytes, family);
  return v4 === undefined ? formatV6(bytes) : formatV4(bytes, v4);
}

/**
 * Returns a key to compare addresses by: an IPv4 address and its IPv4-mapped IPv6 form have one key, the address's
 * text.
 */
export function addressKey(bytes: Uint8Array, family: number): string {
  return formatAddress(bytes, family);
}

/**
 * Returns whether an address never leaves the link: loopback, link-local unicast, multicast or unspecified. The rules
 * of IPv4 also apply to IPv4-mapped IPv6.
 */
export function isLocal(bytes: Uint8Array, family: number): boolean {
  const v4 = v4Offset(bytes, family);
  if (v4 !== undefined) {
    const first = bytes[v4] ?? 0;
    const linkLocal = first === 169 && bytes[v4 + 1] === 254;
    return first === 127 || linkLocal || (first & 0xf0) === 0xe0 || allZero(bytes, v4, v4 + 4);
  }
  const first = bytes[0] ?? 0;
  const linkLocal = first === 0xfe && ((bytes[1] ?? 0) & 0xc0) === 0x80;
  // :: and ::1
  const tiny = allZero(bytes, 0, 15) && (bytes[15] ?? 0) <= 1;
  return first === 0xff || linkLocal || tiny;
}

/**
 * Clears the host bits of an address, in place: IPv4 and IPv4-mapped keep a /24, IPv6 keeps a /48. 6to4 (RFC 3056) has
 * its IPv4 address within these 48 bits, so only a /24 of that address is kept. All other forms have the IPv4 address,
 * or half of it, after the /48: NAT64 (64:ff9b::/96, and RFC 6052 with /32 and /40), Teredo, ISATAP, IPv4-compatible.
 * @throws DecodeError `ERR_FAMILY` for another family, so that no unknown address is taken as anonymous.
 */
export function anonymizeAddress(bytes: Uint8Array, family: number): void {
  if (family !== AF_INET && family !== AF_INET6) {
    throw new DecodeError(`address: family ${family} is neither AF_INET nor AF_INET6`, { code: 'ERR_FAMILY', at: 0 });
  }
  const v4 = v4Offset(bytes, family);
  if (v4 !== undefined) {
    bytes[v4 + 3] = 0;
    return;
  }
  bytes.fill(0, bytes[0] === 0x20 && bytes[1] === 0x02 ? 5 : 6, 16);
}

/**
 * Parses an address: a dotted quad without leading zeros, or RFC 4291 IPv6, whose last 32 bits may be a dotted quad.
 * Undefined for anything else, such as a zone, a prefix length or a space.
 */
export function parseAddress(text: string): InetAddress | undefined {
  const bytes = new Uint8Array(16);
  if (!text.includes(':')) return parseV4(text, bytes, 0) ? { bytes, family: AF_INET } : undefined;
  return parseV6(text, bytes) ? { bytes, family: AF_INET6 } : undefined;
}

/** Returns the offset of the 4 bytes of an IPv4 or IPv4-mapped address; undefined for any other IPv6 address. */
export function v4Offset(bytes: Uint8Array, family: number): number | undefined {
  if (family === AF_INET) return 0;
  return allZero(bytes, 0, 10) && bytes[10] === 0xff && bytes[11] === 0xff ? 12 : undefined;
}

/** Returns the 16 bytes of an IPv6 address, or those of the IPv4-mapped form of an IPv4 address. */
export function mappedAddress({ bytes, family }: InetAddress): Uint8Array {
  if (family !== AF_INET) return bytes.slice(0, 16);
  return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...bytes.subarray(0, 4));
}

function allZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}

function formatV4(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

function formatV6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  let runStart = 0;
  let runLength = 1; // a single zero group is not shortened
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > runLength) {
      runStart = i;
      runLength = end - i;
    }
    if (end > i) i = end;
  }
  const hex = groups.map((group) => group.toString(16));
  if (runLength < 2) return hex.join(':');
  return `${hex.slice(0, runStart).join(':')}::${hex.slice(runStart + runLength).join(':')}`;
}

const DOT = 0x2e;
const ZERO = 0x30;

/** Parses a dotted quad. Lists sort by address and filter by it, so it runs once a row: a regular expression is slow. */
function parseV4(text: string, bytes: Uint8Array, at: number): boolean {
  let octets = 0;
  let value = 0;
  let digits = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? DOT : text.charCodeAt(i);
    if (code === DOT) {
      if (digits === 0 || octets === 4) return false;
      bytes[at + octets++] = value;
      value = 0;
      digits = 0;
    } else {
      const digit = code - ZERO;
      if (digit < 0 || digit > 9 || (digits > 0 && value === 0)) return false;
      value = 10 * value + digit;
      digits++;
      if (value > 255) return false;
    }
  }
  return octets === 4;
}

function parseV6(text: string, bytes: Uint8Array): boolean {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return false;
  const left = parseGroups(head, tail === undefined);
  const right = parseGroups(tail ?? '', true);
  if (left === undefined || right === undefined) return false;
  const given = left.length + right.length;
  // "::" stands for at least one group, that is two bytes.
  if (tail === undefined ? given !== 16 : given > 14) return false;
  bytes.set(left, 0);
  bytes.set(right, 16 - right.length);
  return true;
}

/** Parses colon-separated groups to bytes; the last group of an address may be a dotted quad. */
function parseGroups(text: string, endsAddress: boolean): number[] | undefined {
  if (text === '') return [];
  const out: number[] = [];
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    if (endsAddress && i === groups.length - 1 && group.includes('.')) {
      const quad = new Uint8Array(4);
      if (!parseV4(group, quad, 0)) return undefined;
      out.push(...quad);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      out.push(value >> 8, value & 0xff);
    } else {
      return undefined;
    }
  }
  return out;
}
