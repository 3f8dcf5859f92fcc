/**
 * A connection's name: `<prefix>_<cookie>`, the cookie as 16 upper-case hexadecimal digits. Unique as long as the
 * prefix is unique to one boot of one machine.
 */
export function formatUuid(prefix: string, cookie: bigint): string {
  return `${prefix}_${cookie.toString(16).toUpperCase().padStart(16, '0')}`;
}
