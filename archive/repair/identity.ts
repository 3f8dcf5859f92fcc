import type { BigIntStats } from 'node:fs';

/** Identity and version of a file: if it is equal before and after, no process wrote to the file in between. */
export interface FileIdentity {
  /** Device and inode, which stay when the file is renamed. */
  readonly inode: string;
  /** Size in bytes. */
  readonly size: number;
  /** Time of the last write, nanoseconds since 1970. */
  readonly mtimeNs: bigint;
}

/** Returns the identity of a file. */
export function identityOf({ dev, ino, size, mtimeNs }: BigIntStats): FileIdentity {
  return { inode: `${dev}:${ino}`, size: Number(size), mtimeNs };
}

/** Returns whether two identities are equal. */
export function sameIdentity(a: FileIdentity, b: FileIdentity): boolean {
  return a.inode === b.inode && a.size === b.size && a.mtimeNs === b.mtimeNs;
}
