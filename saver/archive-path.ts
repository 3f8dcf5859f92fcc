/** Where archives lie below the output folder. Both are part of the contract with uploaders: dates first, then UUID. */

/** The date folder `YYYY/MM/DD` of an RFC 3339 UTC timestamp. */
export function dateFolder(timestamp: string): string {
  return timestamp.slice(0, 10).replaceAll('-', '/');
}

/** The file name `<UUID>.<sequence, at least five digits>.jsonl.zst`. */
export function archiveName(uuid: string, sequence: number): string {
  return `${uuid}.${sequence.toString().padStart(5, '0')}.jsonl.zst`;
}

/** Any prefix, because it changes at each boot; then 64 bits of cookie and the sequence number, as above. */
const ARCHIVE_NAME = /^.+_[0-9A-F]{16}\.\d{5,}\.jsonl\.zst$/s;

/** Whether {@link archiveName} makes such names. */
export function isArchiveName(name: string): boolean {
  return ARCHIVE_NAME.test(name);
}
