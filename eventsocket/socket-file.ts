import { randomInt } from 'node:crypto';
import { type BigIntStats, lstatSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { EventSocketError, errorCode } from './error.js';

/** `sun_path` of `struct sockaddr_un` has 108 bytes, the last of them NUL (unix(7)). */
const MAX_PATH_BYTES = 107;

/** The file under which a server is reached. */
export interface SocketFile {
  /** Removes the file if it is still the one that was made. To be called while the server still listens. */
  remove(): void;
}

/**
 * Makes `server` listen at `path`. A socket that nobody serves is replaced; anything else that stands there is left
 * alone and refused.
 *
 * The socket is made under another name in the same directory and renamed: whoever waits for the file can connect as
 * soon as it is there, and libuv, which unlinks the name it was given at the end, whatever stands there then, finds
 * nothing. The mode is what the umask leaves of 0777.
 *
 * @throws EventSocketError
 */
export async function listenAt(server: Server, path: string): Promise<SocketFile> {
  checkPath(path);
  const own = await listenUnderOtherName(server, path);
  try {
    const { dev, ino } = lstatSync(own, { bigint: true });
    await replaceStale(own, path);
    return { remove: () => removeIfSame(path, dev, ino) };
  } catch (cause) {
    server.close(); // removes `own`, too
    throw EventSocketError.from('listen', path, cause);
  }
}

/**
 * Whether {@link listenAt} would find nothing at a path, or a socket that it would replace. What stands there stays; a
 * socket is made under another name in the same directory and removed at once.
 * @throws EventSocketError as listenAt would
 */
export async function inspectSocketPath(path: string): Promise<'free' | 'stale'> {
  checkPath(path);
  const found = lookAt(path);
  if (found !== undefined) await refuseUnlessStale(found, path);
  for (let attempt = 1; ; attempt++) {
    try {
      await bindForAMoment(join(dirname(path), otherName(basename(path))));
      break;
    } catch (cause) {
      if (errorCode(cause) !== 'EADDRINUSE' || attempt === 20) throw EventSocketError.from('listen', path, cause);
    }
  }
  return found === undefined ? 'free' : 'stale';
}

/** Node binds a path within listen(), and removes it within close(): nothing can come between, a signal included. */
function bindForAMoment(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ path });
    // With an error when there was one before, which the handler above has been told of.
    server.close((error) => (error === undefined ? resolve() : undefined));
  });
}

function checkPath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes === 0 || bytes > MAX_PATH_BYTES || path.includes('\0')) {
    const reason =
      bytes > MAX_PATH_BYTES ? `path has ${bytes} bytes, at most ${MAX_PATH_BYTES} are possible` : 'not a path';
    throw new EventSocketError('listen', path, 'ERR_PATH', reason);
  }
  try {
    // Asked for by itself, because libuv reports a directory that is not there as EACCES.
    if (!statSync(dirname(path)).isDirectory()) {
      throw new EventSocketError('listen', path, 'ENOTDIR', 'its parent is not a directory');
    }
  } catch (cause) {
    throw EventSocketError.from('listen', path, cause);
  }
}

async function listenUnderOtherName(server: Server, path: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const own = join(dirname(path), otherName(basename(path)));
    try {
      await listen(server, own);
      return own;
    } catch (cause) {
      if (errorCode(cause) !== 'EADDRINUSE' || attempt === 20) {
        throw EventSocketError.from('listen', path, cause);
      }
    }
  }
}

/** Another name that is no longer than this one, so that the path stays possible. */
function otherName(name: string): string {
  const length = Math.min(Buffer.byteLength(name), 12);
  for (;;) {
    const other = Array.from({ length }, () => randomInt(36).toString(36)).join('');
    if (other !== name) {
      return other;
    }
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function replaceStale(own: string, path: string): Promise<void> {
  for (;;) {
    const found = lookAt(path);
    if (found !== undefined) {
      await refuseUnlessStale(found, path);
    }
    const now = lookAt(path);
    if (now?.ino === found?.ino && now?.dev === found?.dev) {
      return renameSync(own, path);
    }
  }
}

async function refuseUnlessStale(found: BigIntStats, path: string): Promise<void> {
  if (!found.isSocket()) {
    throw new EventSocketError('listen', path, 'ERR_NOT_SOCKET', 'something that is not a socket stands there');
  }
  const error = await probe(path);
  if (error === 'EACCES') {
    throw new EventSocketError('listen', path, 'EACCES', 'a socket stands there that we may not touch');
  }
  if (error !== 'ECONNREFUSED' && error !== 'ENOENT') {
    throw new EventSocketError('listen', path, 'ERR_IN_USE', 'somebody serves it already');
  }
}

/** Connects and leaves; gives the error's code, or undefined when somebody answered. */
function probe(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', (error) => resolve(errorCode(error)));
  });
}

function removeIfSame(path: string, dev: bigint, ino: bigint): void {
  const found = lookAt(path);
  // Our inode cannot have been given to another file, as the listening socket still holds it.
  if (found !== undefined && found.dev === dev && found.ino === ino) {
    unlinkSync(path);
  }
}

function lookAt(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}
