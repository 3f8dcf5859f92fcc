import type { BigIntStats } from 'node:fs';

/** Which file it is and how it was last written: equal before and after means that nobody wrote to it in between. */
export interface FileIdentity {
  /** Device and inode, which outlive a change of name. */
  readonly inode: string;
  /** Bytes. */
  readonly size: number;
  /** Of the last write, nanoseconds since 1970. */
  readonly mtimeNs: bigint;
}

export function identityOf({ dev, ino, size, mtimeNs }: BigIntStats): FileIdentity {
  return { inode: `${dev}:${ino}`, size: Number(size), mtimeNs };
}

export function sameIdentity(a: FileIdentity, b: FileIdentity): boolean {
  return a.inode === b.inode && a.size === b.size && a.mtimeNs === b.mtimeNs;
}
