import { readdirSync, readlinkSync } from 'node:fs';
import { isAbsence } from './namespaces/index.js';

const FOLDER = '/proc/self/fd';

/** Returns the inodes of the sockets that this process holds, such as an inherited standard input. @throws the system error */
export function ownSocketInodes(): ReadonlySet<number> {
  const inodes = new Set<number>();
  for (const fd of readdirSync(FOLDER)) {
    const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`${FOLDER}/${fd}`))?.[1];
    if (inode !== undefined) inodes.add(Number(inode));
  }
  return inodes;
}

/** Returns the target of a link; empty for the descriptor of the listing itself, which is closed by now. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (isAbsence(error)) return '';
    throw error;
  }
}
