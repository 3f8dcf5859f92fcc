/**
 * Formats a connection's UUID: `<prefix>_<cookie>`, with the cookie as 16 upper-case hexadecimal digits. It is unique
 * if the prefix is unique to one boot of one machine.
 */
export function formatUuid(prefix: string, cookie: bigint): string {
  // Joined, because V8 keeps the parts of a long concatenation.
  return [prefix, cookie.toString(16).toUpperCase().padStart(16, '0')].join('_');
}
