import type { BigIntStats } from 'node:fs';

/** Identity of a file: differs for another file of the same name, and after a write. */
export interface FileIdentity {
  /** Decimal. */
  readonly inode: string;
  readonly bytes: number;
  /** Time of the last change of the content, nanoseconds since 1970, decimal. */
  readonly mtimeNs: string;
}

/** Returns the identity of a file. */
export function identityOf({ ino, size, mtimeNs }: BigIntStats): FileIdentity {
  return { inode: String(ino), bytes: Number(size), mtimeNs: String(mtimeNs) };
}

/** Returns whether two identities are of the same file with the same content. */
export function isSameFile(a: FileIdentity, b: FileIdentity): boolean {
  return a.inode === b.inode && a.bytes === b.bytes && a.mtimeNs === b.mtimeNs;
}
