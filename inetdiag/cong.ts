/** INET_DIAG_CONG — a string of at most 16 bytes, TCP_CA_NAME_MAX of include/net/tcp.h. */

/**
 * Decodes one INET_DIAG_CONG payload: name of the congestion control up to its NUL or the payload's end, e.g. `cubic`.
 * Returns '' for an empty payload. Does not throw.
 */
export function decodeCong(payload: Uint8Array): string {
  return decodeName(payload);
}

/** Decodes a NUL-terminated ASCII name; other bytes become the character with that code. */
export function decodeName(payload: Uint8Array): string {
  let name = '';
  for (const byte of payload) {
    if (byte === 0) break;
    name += String.fromCharCode(byte);
  }
  return name;
}
