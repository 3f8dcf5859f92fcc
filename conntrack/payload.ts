/**
 * Payloads of attributes, from `start` to `end` of a message. All readers throw a `DecodeError` `ERR_ATTRIBUTE_LENGTH`
 * for a payload that is too short.
 */
import { AF_INET6, DecodeError, formatAddress } from '../netlink/index.js';

const BE16_BYTES = 2;
const BE32_BYTES = 4;
const BE64_BYTES = 8;
const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
const WORD = 2 ** 32;

/** Texts of bytes: faster than a conversion of each. */
const OCTETS: readonly string[] = Array.from({ length: 256 }, (_, octet) => String(octet));

/** Reads an IPv4 address as a text. */
export function ipv4(bytes: Uint8Array, start: number, end: number): string {
  if (end - start !== IPV4_BYTES) throw wrongLength('IPv4 address', start, end);
  const [a, b] = [OCTETS[bytes[start] ?? 0], OCTETS[bytes[start + 1] ?? 0]];
  return `${a}.${b}.${OCTETS[bytes[start + 2] ?? 0]}.${OCTETS[bytes[start + 3] ?? 0]}`;
}

/** Reads an IPv6 address as a text. */
export function ipv6(bytes: Uint8Array, start: number, end: number): string {
  if (end - start !== IPV6_BYTES) throw wrongLength('IPv6 address', start, end);
  return formatAddress(bytes.subarray(start, end), AF_INET6);
}

/** Reads a byte. */
export function u8(bytes: Uint8Array, start: number, end: number): number {
  const value = start < end ? bytes[start] : undefined;
  if (value === undefined) throw wrongLength('u8', start, end);
  return value;
}

/** Reads a big-endian u16. */
export function be16(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < BE16_BYTES) throw wrongLength('be16', start, end);
  return ((bytes[start] ?? 0) << 8) | (bytes[start + 1] ?? 0);
}

/** Reads a big-endian u32. */
export function be32(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < BE32_BYTES) throw wrongLength('be32', start, end);
  const high = ((bytes[start] ?? 0) << 24) | ((bytes[start + 1] ?? 0) << 16);
  return (high | ((bytes[start + 2] ?? 0) << 8) | (bytes[start + 3] ?? 0)) >>> 0;
}

/** Reads a big-endian u64. */
export function be64(bytes: Uint8Array, start: number, end: number): bigint {
  if (end - start < BE64_BYTES) throw wrongLength('be64', start, end);
  scratchBytes.setUint32(0, be32(bytes, start, end));
  scratchBytes.setUint32(BE32_BYTES, be32(bytes, start + BE32_BYTES, end));
  return scratchBytes.getBigUint64(0);
}

const scratchBytes = new DataView(new ArrayBuffer(BE64_BYTES));

/** Reads a counter, exactly 8 bytes; -1 if a number cannot hold it. */
export function counter(bytes: Uint8Array, start: number, end: number): number {
  if (end - start !== BE64_BYTES) throw wrongLength('counter', start, end);
  const value = be32(bytes, start, end) * WORD + be32(bytes, start + BE32_BYTES, end);
  return value <= Number.MAX_SAFE_INTEGER ? value : -1;
}

/** Reads a name up to its NUL or its end; other bytes than ASCII become the character with that code. */
export function nameOf(bytes: Uint8Array, start: number, end: number): string {
  let name = '';
  for (let at = start; at < end && bytes[at] !== 0; at++) name += String.fromCharCode(bytes[at] ?? 0);
  return name;
}

/** Returns the error about an attribute of an impossible length. */
export function wrongLength(what: string, start: number, end: number): DecodeError {
  return new DecodeError(`${what}: ${end - start} bytes`, { code: 'ERR_ATTRIBUTE_LENGTH', at: start });
}
