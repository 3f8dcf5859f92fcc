import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventServer } from '../../../live/eventsocket/index.js';
import { connectReader, makeConnection, makeDirectory, makeServer, until } from './harness.js';

let directory: ReturnType<typeof makeDirectory>;
const servers: EventServer[] = [];
beforeEach(() => {
  directory = makeDirectory();
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  directory.remove();
});

function newServer(): EventServer {
  const { server } = makeServer();
  servers.push(server);
  return server;
}

/** Leaves a socket file without a server. */
function leaveStaleSocket(path: string): void {
  const made = spawnSync(process.execPath, [
    '-e',
    'require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))',
    path,
  ]);
  expect(made.signal).toBe('SIGKILL');
  expect(lstatSync(path).isSocket()).toBe(true);
}

describe('the socket file', () => {
  it('exists after listen, alone, with the mode that the umask leaves, and not after close', async () => {
    const path = join(directory.path, 'tcpevents.sock');
    const server = newServer();
    await server.listen(path);
    expect(readdirSync(directory.path)).toEqual(['tcpevents.sock']);
    expect(lstatSync(path).isSocket()).toBe(true);
    const umask = process.umask();
    expect(lstatSync(path).mode & 0o777).toBe(0o777 & ~umask);
    await server.close();
    expect(readdirSync(directory.path)).toEqual([]);
  });

  it('replaces a stale socket', async () => {
    const path = join(directory.path, 's');
    leaveStaleSocket(path);
    const server = newServer();
    await server.listen(path);
    const reader = connectReader(path);
    await until('a client is served', () => server.clients === 1);
    server.opened(makeConnection(1));
    await until('its event is read', () => reader.text().includes('"Cookie":1}'));
  });

  it('is not replaced while another server uses it', async () => {
    const path = join(directory.path, 's');
    const first = newServer();
    await first.listen(path);
    const { ino } = lstatSync(path);
    await expect(newServer().listen(path)).rejects.toMatchObject({ code: 'ERR_IN_USE', op: 'listen', path });
    expect(lstatSync(path).ino).toBe(ino);
    expect(readdirSync(directory.path)).toEqual(['s']);
    const reader = connectReader(path);
    await until('the first still serves', () => first.clients >= 1 && !reader.ended());
  });

  it('can be requested again after a failure', async () => {
    const path = join(directory.path, 's');
    const first = newServer();
    await first.listen(path);
    const second = newServer();
    await expect(second.listen(path)).rejects.toMatchObject({ code: 'ERR_IN_USE' });
    await first.close();
    await second.listen(path);
    await expect(second.listen(path)).rejects.toMatchObject({ code: 'ERR_STATE' });
    expect(existsSync(path)).toBe(true);
  });

  it('does not replace files, directories and links', async () => {
    const file = join(directory.path, 'file');
    writeFileSync(file, 'precious');
    mkdirSync(join(directory.path, 'folder'));
    symlinkSync('nowhere', join(directory.path, 'link'));
    for (const name of ['file', 'folder', 'link']) {
      const path = join(directory.path, name);
      await expect(newServer().listen(path), name).rejects.toMatchObject({ code: 'ERR_NOT_SOCKET', path });
    }
    expect(readFileSync(file, 'utf8')).toBe('precious');
    expect(readdirSync(directory.path).sort()).toEqual(['file', 'folder', 'link']);
  });

  it('is not removed at the end if another file replaced it', async () => {
    const path = join(directory.path, 's');
    const server = newServer();
    await server.listen(path);
    directory.remove();
    mkdirSync(directory.path);
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(path, resolve));
    await server.close();
    expect(lstatSync(path).isSocket()).toBe(true);
    await new Promise((resolve) => other.close(resolve));
    const again = newServer();
    await again.listen(path);
    directory.remove();
    await again.close(); // there is nothing to remove
  });

  it('needs an existing directory, and a path that fits', async () => {
    const missing = join(directory.path, 'missing', 's');
    await expect(newServer().listen(missing)).rejects.toMatchObject({
      code: 'ENOENT',
      message: `listen event socket ${missing}: the folder ${dirname(missing)} is missing (ENOENT)`,
    });
    writeFileSync(join(directory.path, 'file'), '');
    await expect(newServer().listen(join(directory.path, 'file', 's'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    for (const path of ['', '\0abstract']) {
      await expect(newServer().listen(path)).rejects.toMatchObject({ code: 'ERR_PATH' });
    }
  });

  it('has a path of up to 107 bytes', async () => {
    const fill = (length: number) => join(directory.path, 'é'.padEnd(length - directory.path.length - 2, 'x'));
    expect(Buffer.byteLength(fill(107))).toBe(107);
    const server = newServer();
    await server.listen(fill(107));
    expect(lstatSync(fill(107)).isSocket()).toBe(true);
    await expect(newServer().listen(fill(108))).rejects.toMatchObject({
      code: 'ERR_PATH',
      message: expect.stringContaining('path has 108 bytes, at most 107 are possible'),
    });
  });
});
