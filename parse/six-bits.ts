/** Six bits by character code; -1 for characters that are not base64. */
const SIX_BITS = new Int8Array(256).fill(-1);
for (const [value, char] of [
  ...Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'),
].entries()) {
  SIX_BITS[char] = value;
}

/** Returns the six bits of a base64 character; -1 for any other byte. */
export function sixBits(bytes: Uint8Array, at: number): number {
  return SIX_BITS[bytes[at] ?? 0] ?? -1;
}

/** Returns the 24 bits of four base64 characters; negative if one of them is not base64. */
export function quadBits(bytes: Uint8Array, at: number): number {
  return (
    (sixBits(bytes, at) << 18) | (sixBits(bytes, at + 1) << 12) | (sixBits(bytes, at + 2) << 6) | sixBits(bytes, at + 3)
  );
}

/** Value in a table of {@link pairsOfCharacters} for two characters that are not both base64. */
const NO_BITS = 0xffff;

/** Returns twelve bits by two character codes, the first in the low byte: a table of 128 KiB for one reader. */
export function pairsOfCharacters(): Uint16Array {
  const pairs = new Uint16Array(0x1_0000).fill(NO_BITS);
  const characters = [...SIX_BITS.keys()].filter((char) => (SIX_BITS[char] ?? -1) >= 0);
  for (const first of characters) {
    for (const second of characters) {
      pairs[first | (second << 8)] = ((SIX_BITS[first] ?? 0) << 6) | (SIX_BITS[second] ?? 0);
    }
  }
  return pairs;
}

/** Returns the 24 bits of four base64 characters as {@link quadBits} does, with half as many look-ups. */
export function groupBits(pairs: Uint16Array, text: DataView, at: number): number {
  const high = pairs[text.getUint16(at, true)] ?? NO_BITS;
  const low = pairs[text.getUint16(at + 2, true)] ?? NO_BITS;
  return high === NO_BITS || low === NO_BITS ? -1 : (high << 12) | low;
}
