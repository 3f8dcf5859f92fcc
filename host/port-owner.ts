import { readdir, readFile, readlink } from 'node:fs/promises';

/** State LISTEN in /proc/net/tcp. */
const LISTEN = '0A';
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'] as const;

/**
 * Returns the process that listens on a port of this network namespace, `sshd (pid 412)`; undefined if none can be
 * seen: the processes of other users need root.
 */
export async function portOwner(port: number): Promise<string | undefined> {
  const inodes = new Set<string>();
  for (const table of TABLES) {
    for (const inode of listeningInodes((await readProc(table)) ?? '', port)) inodes.add(`socket:[${inode}]`);
  }
  if (inodes.size === 0) return undefined;
  for (const pid of (await listProc('/proc')).filter((name) => /^\d+$/.test(name))) {
    for (const fd of await listProc(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
      if (inodes.has(target)) return `${((await readProc(`/proc/${pid}/comm`)) ?? '').trim()} (pid ${pid})`;
    }
  }
  return undefined;
}

/** Returns the inodes of sockets that listen on a port, from the text of /proc/net/tcp or tcp6. */
export function listeningInodes(table: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    return state === LISTEN && local.endsWith(`:${hex}`) ? [inode] : [];
  });
}

/** A process may have ended meanwhile, or belong to another user: then nothing of it is seen. */
async function listProc(path: string): Promise<string[]> {
  return await readdir(path).catch(() => []);
}

async function readProc(path: string): Promise<string | undefined> {
  return await readFile(path, 'latin1').catch(() => undefined);
}
