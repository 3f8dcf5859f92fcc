/**
 * Paths of archives below the output folder. Uploaders rely on both parts: the date folder, then the UUID. Archives of
 * HTTP exchanges are in a folder of their own, and have names that no archive of a connection has.
 */

/** Returns the date folder `YYYY/MM/DD` of an RFC 3339 UTC timestamp. */
export function dateFolder(timestamp: string): string {
  return timestamp.slice(0, 10).replaceAll('-', '/');
}

/** Returns the file name `<UUID>.<sequence, at least five digits>.jsonl.zst`. */
export function archiveName(uuid: string, sequence: number): string {
  return `${uuid}.${sequence.toString().padStart(5, '0')}.jsonl.zst`;
}

/** Archive names with any prefix, because it changes at each boot; then the 64-bit cookie and the sequence number. */
const ARCHIVE_NAME = /^.+_[0-9A-F]{16}\.\d{5,}\.jsonl\.zst$/s;

/** Returns whether {@link archiveName} could have made this name. */
export function isArchiveName(name: string): boolean {
  return ARCHIVE_NAME.test(name);
}

/** Folder of archives of HTTP exchanges, in a date folder. */
const EXCHANGE_FOLDER = 'http';

/** Returns the folder of archives of HTTP exchanges in a date folder. */
export function exchangeFolder(dateFolder: string): string {
  return `${dateFolder}/${EXCHANGE_FOLDER}`;
}

/**
 * Returns the file name `<start>.jsonl.zst` of an archive of HTTP exchanges, as `20261128T190502.117Z.jsonl.zst`.
 * @param start time of its first line, RFC 3339 UTC
 * @param again 0, or how many archives of this start there are already
 */
export function exchangeName(start: string, again: number): string {
  const [seconds = '', fraction = ''] = start.replaceAll(/[-:Z]/g, '').split('.');
  return `${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}Z${again === 0 ? '' : `-${again}`}.jsonl.zst`;
}

/** Names of archives of HTTP exchanges. */
const EXCHANGE_NAME = /^\d{8}T\d{6}\.\d{3}Z(-\d+)?\.jsonl\.zst$/;

/** Returns whether {@link exchangeName} could have made this name. */
export function isExchangeName(name: string): boolean {
  return EXCHANGE_NAME.test(name);
}
