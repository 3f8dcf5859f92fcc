import type { Server } from 'node:net';
import * as files from '../../files/index.js';
import { EventSocketError } from './error.js';

/**
 * Makes `server` listen at `path`, as {@link files.listenAt} does; the mode is 0777, reduced by the umask.
 * @throws EventSocketError
 */
export async function listenAt(server: Server, path: string): Promise<files.SocketFile> {
  try {
    return await files.listenAt(server, path);
  } catch (cause) {
    throw EventSocketError.from('listen', path, cause);
  }
}

/**
 * Returns `free` if no file is at a path, `stale` if the server would replace a socket there.
 * @throws EventSocketError in the same cases as the server
 */
export async function inspectSocketPath(path: string): Promise<'free' | 'stale'> {
  try {
    return await files.inspectSocketPath(path);
  } catch (cause) {
    throw EventSocketError.from('listen', path, cause);
  }
}
