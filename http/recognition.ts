/** First bytes of what is no HTTP/1. */

/** Type of a TLS record (RFC 8446 §5.1): a handshake, as connections begin; and data. */
export const TLS_HANDSHAKE = 0x16;
export const TLS_DATA = 0x17;

/** Returns whether a segment begins with a TLS record of a type. */
export function isTls(bytes: Uint8Array, at: number, end: number, type: number): boolean {
  return bytes[at] === type && (at + 1 >= end || bytes[at + 1] === 0x03);
}

/** Returns whether the bytes begin with the preface of HTTP/2 (RFC 9113 §3.4). */
export function isHttp2Preface(bytes: Uint8Array, start: number, end: number): boolean {
  const preface = 'PRI * HTTP/2';
  if (end - start < preface.length) return false;
  for (let i = 0; i < preface.length; i++) if (bytes[start + i] !== preface.charCodeAt(i)) return false;
  return true;
}
