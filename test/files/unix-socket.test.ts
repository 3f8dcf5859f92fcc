import { existsSync, lstatSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { inspectSocketPath, listenAt } from '../../files/index.js';
import { tempFolder } from '../support/temp.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function newServer(): Server {
  const server = createServer((socket) => socket.destroy());
  servers.push(server);
  return server;
}

describe('listenAt', () => {
  it.each([0o600, 0o660, 0o666, 0o777])('gives the file the mode %i, whatever the umask', async (mode) => {
    const path = join(tempFolder(), 's');
    const file = await listenAt(newServer(), path, mode);
    expect(lstatSync(path).mode & 0o777).toBe(mode);
    file.remove();
    expect(existsSync(path)).toBe(false);
  });

  it('fails with the path, a code and a reason, and leaves nothing', async () => {
    const folder = tempFolder();
    const path = join(folder, 's');
    writeFileSync(path, 'kept');
    await expect(listenAt(newServer(), path, 0o660)).rejects.toMatchObject({
      name: 'UnixSocketError',
      path,
      code: 'ERR_NOT_SOCKET',
      message: `listen on unix:${path}: the existing file is not a socket (ERR_NOT_SOCKET)`,
    });
    expect(readdirSync(folder)).toEqual(['s']);
    await expect(inspectSocketPath(path)).rejects.toMatchObject({ code: 'ERR_NOT_SOCKET' });
    expect(await inspectSocketPath(join(folder, 'other'))).toBe('free');
  });

  it('does not take the path from a server that uses it', async () => {
    const path = join(tempFolder(), 's');
    await listenAt(newServer(), path, 0o660);
    await expect(listenAt(newServer(), path, 0o660)).rejects.toMatchObject({ code: 'ERR_IN_USE' });
    await expect(inspectSocketPath(path)).rejects.toMatchObject({ code: 'ERR_IN_USE' });
  });
});
