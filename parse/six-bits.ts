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
