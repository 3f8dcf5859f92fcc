/** A timestamp for people: `2026-11-21 13:08:00.123 UTC`. What is none stays as it is. */
export function clock(timestamp: string): string {
  const ms = Date.parse(timestamp);
  return Number.isNaN(ms) ? timestamp : `${new Date(ms).toISOString().slice(0, -1).replace('T', ' ')} UTC`;
}

/** An address and a port, as URLs have them. */
export function endpoint(address: string | null, port: number | null): string {
  if (address === null) return 'unknown';
  return `${address.includes(':') ? `[${address}]` : address}:${port ?? '?'}`;
}
