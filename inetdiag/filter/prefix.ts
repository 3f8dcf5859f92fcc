import { AF_INET, AF_INET6, formatAddress, parseAddress } from '../../netlink/index.js';

/** What is before an IPv4 address in its IPv4-mapped IPv6 form: ten zero bytes and two of ones, 96 bits. */
const MAPPED_BITS = 96;

/**
 * The addresses that begin with the same bits. An IPv4 prefix has the IPv4-mapped form, `::ffff:a.b.c.d/96+n`. An IPv6
 * prefix holds no IPv4-mapped address, however short it is: those are IPv4 addresses.
 */
export interface Prefix {
  /** 16 bytes, 0 behind the prefix. */
  readonly bytes: Uint8Array;
  /** Bits that count, 0 to 128. */
  readonly length: number;
}

/** Every IPv4 address, IPv4-mapped or not. */
export const IPV4_PREFIX: Prefix = { bytes: mapped(Uint8Array.of(0, 0, 0, 0)), length: MAPPED_BITS };

/** The 16 bytes by which addresses are compared: those of an AF_INET address are its IPv4-mapped form. */
export function comparableAddress(bytes: Uint8Array, family: number): Uint8Array {
  return family === AF_INET ? mapped(bytes) : bytes;
}

/** Whether the prefix is of IPv4 addresses. */
export function isIpv4Prefix({ bytes, length }: Prefix): boolean {
  return length >= MAPPED_BITS && beginsWith(bytes, IPV4_PREFIX);
}

/** Whether the bits of an IPv6 prefix are those of IPv4-mapped addresses too, which it does not hold. */
export function overlapsIpv4(prefix: Prefix): boolean {
  return prefix.length < MAPPED_BITS && beginsWith(IPV4_PREFIX.bytes, prefix);
}

/** Whether an address, as {@link comparableAddress} gives it, begins with the prefix's bits. */
export function beginsWith(address: Uint8Array, { bytes, length }: Prefix): boolean {
  const whole = length >> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== bytes[i]) return false;
  const rest = length & 7;
  return rest === 0 || ((address[whole] ?? 0) ^ (bytes[whole] ?? 0)) >> (8 - rest) === 0;
}

/**
 * Reads `10.0.0.0/8`, `2001:db8::/32`, or an address alone. An IPv4-mapped prefix of 96 bits and more is the IPv4 prefix
 * in it. Undefined for anything else, and for an address with bits behind its prefix, which is a slip.
 */
export function parsePrefix(text: string): Prefix | undefined {
  const [, host = '', bits] = /^([^/]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const address = parseAddress(host);
  if (address === undefined) return undefined;
  const size = address.family === AF_INET ? 32 : 128;
  const given = bits === undefined ? size : Number(bits);
  if (given > size) return undefined;
  const bytes = comparableAddress(address.bytes, address.family);
  const length = 128 - size + given;
  return sameBytes(bytes, cut(bytes, length)) ? { bytes, length } : undefined;
}

/** The prefix as {@link parsePrefix} reads it, without a length for one address. */
export function formatPrefix(prefix: Prefix): string {
  const { bytes, length } = prefix;
  const address = formatAddress(bytes, AF_INET6);
  if (length === 128) return address;
  return isIpv4Prefix(prefix) ? `${address}/${length - MAPPED_BITS}` : `${address}/${length}`;
}

/** The first `length` bits of an address, and 0 behind them. */
export function cut(address: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const whole = length >> 3;
  bytes.set(address.subarray(0, whole));
  if (whole < 16) bytes[whole] = (address[whole] ?? 0) & (0xff00 >> (length & 7));
  return bytes;
}

/** Prefixes to look addresses up in: as many steps as there are different lengths, whatever their number. */
export class PrefixSet {
  /** By length, the last word of each. */
  readonly #ipv4 = new Map<number, Set<number>>();
  /** By length, the words of each. */
  readonly #ipv6 = new Map<number, Set<string>>();

  constructor(prefixes: readonly Prefix[] = []) {
    for (const prefix of prefixes) this.add(prefix);
  }

  add(prefix: Prefix): void {
    const { bytes, length } = prefix;
    if (isIpv4Prefix(prefix)) setOf(this.#ipv4, length).add(maskedWord(bytes, LAST_WORD, length));
    else setOf(this.#ipv6, length).add(maskedWords(bytes, length));
  }

  /** Whether a prefix holds this address, as {@link comparableAddress} gives it. */
  has(address: Uint8Array): boolean {
    if (beginsWith(address, IPV4_PREFIX)) {
      for (const [length, words] of this.#ipv4) if (words.has(maskedWord(address, LAST_WORD, length))) return true;
    } else {
      for (const [length, words] of this.#ipv6) if (words.has(maskedWords(address, length))) return true;
    }
    return false;
  }
}

/** Leaves out prefixes that are there twice, or within another; the order stays. */
export function withoutCovered(prefixes: readonly Prefix[]): Prefix[] {
  const kept = new Set<Prefix>();
  const set = new PrefixSet();
  for (const prefix of prefixes.toSorted((a, b) => a.length - b.length)) {
    if (set.has(prefix.bytes)) continue;
    set.add(prefix);
    kept.add(prefix);
  }
  return prefixes.filter((prefix) => kept.has(prefix));
}

function mapped(ipv4: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.fill(0xff, 10, 12);
  bytes.set(ipv4.subarray(0, 4), 12);
  return bytes;
}

const LAST_WORD = 3;

/** One of the four words of an address, and 0 behind its first `length` bits. */
function maskedWord(bytes: Uint8Array, word: number, length: number): number {
  const bits = length - 32 * word;
  if (bits <= 0) return 0;
  const at = 4 * word;
  const value =
    ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  return bits >= 32 ? value : value & ~(-1 >>> bits);
}

function maskedWords(bytes: Uint8Array, length: number): string {
  const word = (index: number): number => maskedWord(bytes, index, length);
  return `${word(0)} ${word(1)} ${word(2)} ${word(LAST_WORD)}`;
}

function setOf<T>(sets: Map<number, Set<T>>, length: number): Set<T> {
  const set = sets.get(length) ?? new Set<T>();
  sets.set(length, set);
  return set;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, i) => byte === b[i]);
}
