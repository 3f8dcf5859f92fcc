import { createHmac } from 'node:crypto';
import { AF_INET } from '../../netlink/index.js';

/** Range of addresses that stay recognisable: their first bits are kept, the others replaced. */
interface Range {
  /** First bits of the range's addresses. */
  readonly prefix: readonly number[];
  /** Number of bits that make an address one of the range. */
  readonly bits: number;
  /** Number of bits that are kept. */
  readonly kept: number;
}

const V4_BITS = 32;
const V6_BITS = 128;

/** RFC 6890: unspecified, loopback, link-local, private, multicast and reserved addresses. */
const V4_RANGES: readonly Range[] = [
  { prefix: [0], bits: 8, kept: V4_BITS },
  { prefix: [127], bits: 8, kept: V4_BITS },
  { prefix: [169, 254], bits: 16, kept: 16 },
  { prefix: [10], bits: 8, kept: 8 },
  { prefix: [172, 16], bits: 12, kept: 12 },
  { prefix: [192, 168], bits: 16, kept: 16 },
  { prefix: [224], bits: 3, kept: 4 },
];
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
/** NAT64, RFC 6052. */
const NAT64 = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];
const V6_RANGES: readonly Range[] = [
  // Unspecified, loopback, and compatible addresses.
  { prefix: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], bits: 96, kept: V6_BITS },
  { prefix: [0xfe, 0x80], bits: 10, kept: 64 },
  { prefix: [0xfc], bits: 7, kept: 8 },
  { prefix: [0xff], bits: 8, kept: 16 },
];
/** Bits of other addresses that are kept: 2000::/3 stays global. */
const V6_KEPT = 3;

/**
 * Replaces addresses, each by the same one always, and addresses with a common prefix by such with a common prefix of the
 * same length (Crypto-PAn's construction, with HMAC-SHA256). Private, link-local and multicast addresses stay such;
 * loopback and unspecified ones stay as they are. An IPv4-mapped address is replaced as its IPv4 address.
 */
export class AddressMap {
  readonly #key: Uint8Array;
  readonly #known = new Map<string, Uint8Array>();

  /** @param key secret; without it no one can find the addresses */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Replaces an address in place: 4 bytes of AF_INET at the start of `bytes`, or 16 bytes. */
  replace(bytes: Uint8Array, family: number): void {
    const address = bytes.subarray(0, family === AF_INET ? 4 : 16);
    const at = family !== AF_INET && (startsWith(address, MAPPED, 96) || startsWith(address, NAT64, 96)) ? 12 : 0;
    const part = address.subarray(at);
    part.set(this.#replacement(part));
  }

  #replacement(address: Uint8Array): Uint8Array {
    const text = Buffer.from(address).toString('latin1');
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const ranges = address.length === 4 ? V4_RANGES : V6_RANGES;
    const range = rangeOf(address, ranges);
    const kept = range?.kept ?? (address.length === 4 ? 0 : V6_KEPT);
    let replaced = this.#permute(address, kept);
    // Not into another range: walking on leads to another address, and only one address leads there.
    while (rangeOf(replaced, ranges) !== range) replaced = this.#permute(replaced, kept);
    this.#known.set(text, replaced);
    return replaced;
  }

  /** Flips each bit behind the kept ones, or not, by the bits before it. */
  #permute(address: Uint8Array, kept: number): Uint8Array {
    const replaced = Uint8Array.from(address);
    for (let bit = kept; bit < address.length * 8; bit++) {
      if (this.#flips(address, bit)) replaced[bit >> 3] = (replaced[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
    }
    return replaced;
  }

  #flips(address: Uint8Array, bit: number): boolean {
    const before = Uint8Array.from(address.subarray(0, (bit >> 3) + 1));
    before[bit >> 3] = (before[bit >> 3] ?? 0) & ~(0xff >> (bit & 7));
    const hash = createHmac('sha256', this.#key).update(Uint8Array.of(address.length, bit)).update(before).digest();
    return ((hash[0] ?? 0) & 1) === 1;
  }
}

function rangeOf(address: Uint8Array, ranges: readonly Range[]): Range | undefined {
  return ranges.find(({ prefix, bits }) => startsWith(address, prefix, bits));
}

function startsWith(address: Uint8Array, prefix: readonly number[], bits: number): boolean {
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = bits - bit >= 8 ? 0xff : 0xff & ~(0xff >> (bits - bit));
    if ((((address[bit >> 3] ?? 0) ^ (prefix[bit >> 3] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}
