/** Encodes standard base64 with padding, RFC 4648 section 4. */

const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const PAD = 0x3d;

/** Returns the number of base64 characters for a number of bytes. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/**
 * Writes bytes as base64 to `target` from `at` on, which must have room. Returns the end offset. For bytes as short as
 * netlink attributes, this is several times as fast as an intermediate string.
 */
export function writeBase64(bytes: Uint8Array, target: Uint8Array, at: number): number {
  const { length } = bytes;
  const whole = length - (length % 3);
  let to = at;
  for (let i = 0; i < whole; i += 3) {
    const word = (byte(bytes, i) << 16) | (byte(bytes, i + 1) << 8) | byte(bytes, i + 2);
    target[to] = byte(ALPHABET, word >> 18);
    target[to + 1] = byte(ALPHABET, (word >> 12) & 63);
    target[to + 2] = byte(ALPHABET, (word >> 6) & 63);
    target[to + 3] = byte(ALPHABET, word & 63);
    to += 4;
  }
  return whole === length ? to : writeRest(bytes, whole, target, to);
}

/** Writes the last one or two bytes, padded. Returns the end offset. */
function writeRest(bytes: Uint8Array, from: number, target: Uint8Array, at: number): number {
  const hasTwo = from + 1 < bytes.length;
  const word = (byte(bytes, from) << 16) | (hasTwo ? byte(bytes, from + 1) << 8 : 0);
  target[at] = byte(ALPHABET, word >> 18);
  target[at + 1] = byte(ALPHABET, (word >> 12) & 63);
  target[at + 2] = hasTwo ? byte(ALPHABET, (word >> 6) & 63) : PAD;
  target[at + 3] = PAD;
  return at + 4;
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
