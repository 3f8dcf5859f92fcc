import { randomInt } from 'node:crypto';
import { type BigIntStats, chmodSync, lstatSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { errorCode, UnixSocketError } from './unix-socket-error.js';

/** `sun_path` of `struct sockaddr_un` has 108 bytes, the last of them NUL (unix(7)). */
const MAX_PATH_BYTES = 107;

/** Socket file of a listening server. */
export interface SocketFile {
  /** Removes the file, unless another file has replaced it. Must be called while the server still listens. */
  remove(): void;
}

/**
 * Makes `server` listen at `path`. Replaces a socket that no process serves; any other file there stays and is an
 * error.
 *
 * The socket is created under another name in the same directory and renamed. So a client can connect as soon as the
 * file exists, and libuv, which at the end unlinks the name it was given, does not remove another file.
 *
 * @param mode mode of the file; without it: 0777, reduced by the umask
 * @throws UnixSocketError
 */
export async function listenAt(server: Server, path: string, mode?: number): Promise<SocketFile> {
  checkPath(path);
  const own = await listenUnderOtherName(server, path, mode);
  try {
    const { dev, ino } = lstatSync(own, { bigint: true });
    await replaceStale(own, path);
    return { remove: () => removeIfSame(path, dev, ino) };
  } catch (cause) {
    server.close(); // removes `own`, too
    throw UnixSocketError.from(path, cause);
  }
}

/**
 * Returns `free` if no file is at a path, `stale` if {@link listenAt} would replace a socket there. Changes no existing
 * file; creates a socket under another name in the same directory and removes it at once.
 * @throws UnixSocketError in the same cases as listenAt
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
      if (errorCode(cause) !== 'EADDRINUSE' || attempt === 20) throw UnixSocketError.from(path, cause);
    }
  }
  return found === undefined ? 'free' : 'stale';
}

/** Binds a path and removes it. Node does both synchronously, so not even a signal handler can run in between. */
function bindForAMoment(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ path });
    // close() reports an error if listen() failed. The handler above has already received that failure.
    server.close((error) => (error === undefined ? resolve() : undefined));
  });
}

function checkPath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes === 0 || bytes > MAX_PATH_BYTES || path.includes('\0')) {
    const reason =
      bytes > MAX_PATH_BYTES ? `path has ${bytes} bytes, at most ${MAX_PATH_BYTES} are possible` : 'not a path';
    throw new UnixSocketError(path, 'ERR_PATH', reason);
  }
  try {
    // Separate check, because libuv reports a missing directory as EACCES.
    if (!statSync(dirname(path)).isDirectory()) {
      throw new UnixSocketError(path, 'ENOTDIR', 'its parent is not a directory');
    }
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') {
      throw new UnixSocketError(path, 'ENOENT', `the folder ${dirname(path)} is missing`, cause);
    }
    throw UnixSocketError.from(path, cause);
  }
}

async function listenUnderOtherName(server: Server, path: string, mode: number | undefined): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const own = join(dirname(path), otherName(basename(path)));
    try {
      await listen(server, own, mode);
      return own;
    } catch (cause) {
      if (errorCode(cause) !== 'EADDRINUSE' || attempt === 20) {
        throw UnixSocketError.from(path, cause);
      }
    }
  }
}

/** Returns a random name that is not longer than this one, so that the path does not become too long. */
function otherName(name: string): string {
  const length = Math.min(Buffer.byteLength(name), 12);
  for (;;) {
    const other = Array.from({ length }, () => randomInt(36).toString(36)).join('');
    if (other !== name) {
      return other;
    }
  }
}

function listen(server: Server, path: string, mode: number | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path }, () => {
      server.off('error', reject);
      resolve();
    });
    // Node has bound the path already, or reports an error later.
    if (mode === undefined || !server.listening) return;
    try {
      chmodSync(path, mode);
    } catch (error) {
      server.close();
      reject(error);
    }
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
    throw new UnixSocketError(path, 'ERR_NOT_SOCKET', 'the existing file is not a socket');
  }
  const error = await probe(path);
  if (error === 'EACCES') {
    throw new UnixSocketError(path, 'EACCES', 'no permission to connect to the existing socket');
  }
  if (error !== 'ECONNREFUSED' && error !== 'ENOENT') {
    throw new UnixSocketError(path, 'ERR_IN_USE', 'another process serves it already');
  }
}

/** Connects and disconnects. Returns the code of the error, or undefined when a server accepted the connection. */
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
  // No other file can have this inode number while the listening socket still holds it.
  if (found !== undefined && found.dev === dev && found.ino === ino) {
    unlinkSync(path);
  }
}

function lookAt(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}
