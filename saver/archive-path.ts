/** Paths of archives below the output folder. Uploaders rely on both parts: the date folder, then the UUID. */

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
