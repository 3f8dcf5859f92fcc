/** Text written into bytes. Every function returns the offset behind what it wrote; there must be room for it. */

/** Length up to which a loop copies faster than a call does. */
const SHORT = 10;
const ZERO = 0x30;
const DOT = 0x2e;
const WORD = 2 ** 32;

/** Texts of octets: three digits and their number for each. */
const OCTETS = new Uint8Array(4 * 256);
for (let octet = 0; octet < 256; octet++) {
  const text = String(octet);
  OCTETS.set(asciiBytes(text), 4 * octet);
  OCTETS[4 * octet + 3] = text.length;
}

/** Returns the bytes of a text of ASCII. */
export function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Writes bytes. */
export function putBytes(out: Uint8Array, at: number, bytes: Uint8Array): number {
  const { length } = bytes;
  if (length > SHORT) out.set(bytes, at);
  else for (let i = 0; i < length; i++) out[at + i] = bytes[i] ?? 0;
  return at + length;
}

/** Writes a u32. */
export function putDecimal(out: Uint8Array, at: number, value: number): number {
  let end = at + 1;
  for (let limit = 10; value >= limit; limit *= 10) end++;
  return putDigits(out, at, end, value);
}

/** Writes the last digits of a u32 from `at` to `end`. */
export function putDigits(out: Uint8Array, at: number, end: number, value: number): number {
  let rest = value;
  for (let place = end - 1; place >= at; place--) {
    const tenth = (rest / 10) >>> 0;
    out[place] = ZERO + rest - 10 * tenth;
    rest = tenth;
  }
  return end;
}

/** Writes an integer of two words that a number can hold. */
export function putInteger(out: Uint8Array, at: number, high: number, low: number): number {
  if (high === 0) return putDecimal(out, at, low);
  return putBytes(out, at, asciiBytes(String(high * WORD + low)));
}

/** Writes the IPv4 address in the four bytes at `from`. */
export function putIpv4(out: Uint8Array, at: number, bytes: Uint8Array, from: number): number {
  let place = putOctet(out, at, bytes[from] ?? 0);
  for (let i = 1; i < 4; i++) {
    out[place] = DOT;
    place = putOctet(out, place + 1, bytes[from + i] ?? 0);
  }
  return place;
}

/** Writes three bytes. Those behind the digits are written over later. */
function putOctet(out: Uint8Array, at: number, octet: number): number {
  const text = 4 * octet;
  out[at] = OCTETS[text] ?? 0;
  out[at + 1] = OCTETS[text + 1] ?? 0;
  out[at + 2] = OCTETS[text + 2] ?? 0;
  return at + (OCTETS[text + 3] ?? 0);
}
