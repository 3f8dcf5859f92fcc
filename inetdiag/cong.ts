/** INET_DIAG_CONG — a string of at most 16 bytes, TCP_CA_NAME_MAX of include/net/tcp.h. */

/**
 * Decodes one INET_DIAG_CONG payload: the name of the congestion control up to its NUL or the payload's end, e.g. `cubic`.
 * Empty for an empty payload. Does not throw.
 */
export function decodeCong(payload: Uint8Array): string {
  return decodeName(payload);
}

/** A NUL-terminated name of ASCII letters; other bytes become the character of the same number. */
export function decodeName(payload: Uint8Array): string {
  let name = '';
  for (const byte of payload) {
    if (byte === 0) break;
    name += String.fromCharCode(byte);
  }
  return name;
}
