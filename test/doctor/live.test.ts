import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { live } from '../../doctor/checks/live.js';
import { liveToken } from '../../doctor/checks/live-token.js';
import { createContext } from '../../doctor/context.js';
import { probeLiveApi } from '../../doctor/probes/live-api.js';
import type { LiveAddress } from '../../live/client/index.js';
import { useLiveServer } from '../live/api/harness.js';
import { tempFolder } from '../support/temp.js';

const start = useLiveServer();

const at = (socketPath: string): LiveAddress => ({ text: `unix:${socketPath}`, socketPath, basePath: '' });

function context(place: LiveAddress, isGiven: boolean, liveTokenFile?: string): ReturnType<typeof createContext> {
  return createContext(
    {
      output: '/',
      intervalNs: 1e7,
      uuidPrefixAuto: false,
      live: { place, isGiven },
      ...(liveTokenFile === undefined ? {} : { liveTokenFile }),
      writeInside: false,
    },
    {},
  );
}

/** Serves a unix socket whose clients get this text. */
async function serve(text: string): Promise<string> {
  const path = join(tempFolder(), 'live.sock');
  const server = createServer((socket) => {
    socket.on('error', () => {}); // the client may leave first
    if (text !== '') socket.end(text);
  });
  server.listen({ path });
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return path;
}

describe('the place of the live API', () => {
  it('has a collector that answers, and permissions', async () => {
    const { path, port, token } = await start();
    const { uid, gid } = statSync(path);
    const socket = { mode: '0660', uid, gid };
    expect(await probeLiveApi(at(path))).toEqual({ version: '1.2.3', open: 2, socket });
    const result = await live.run(context(at(path), false));
    expect(result).toMatchObject({
      level: 'ok',
      found: `unix:${path}: tcp-info 1.2.3 answers, with 2 open connections; mode 0660, uid ${uid}, gid ${gid}`,
    });
    const tcp = { text: `http://127.0.0.1:${port}`, host: '127.0.0.1', port, basePath: '' };
    expect(await probeLiveApi({ ...tcp, token })).toEqual({ version: '1.2.3', open: 2 });
    expect(await probeLiveApi(tcp)).toEqual({ status: 401 });
    expect(await live.run(context(tcp, true))).toMatchObject({
      level: 'warn',
      advice: expect.stringContaining('TCP_INFO_LIVE_TOKEN'),
    });
  });

  it('is free where a socket can be made, and stays as it is', async () => {
    const folder = tempFolder();
    const path = join(folder, 'live.sock');
    expect(await probeLiveApi(at(path))).toEqual({ code: 'ENOENT' });
    expect(await live.run(context(at(path), true))).toMatchObject({
      level: 'ok',
      found: `unix:${path}: no collector serves it yet; it can be made`,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('lacks its folder: a failure only where the user named it', async () => {
    const path = join(tempFolder(), 'none', 'live.sock');
    expect(await live.run(context(at(path), true))).toMatchObject({
      level: 'fail',
      found: expect.stringMatching(/the folder .*none is missing \(ENOENT\)$/),
      advice: 'make the folder first',
    });
    expect(await live.run(context(at(path), false))).toMatchObject({
      level: 'ok',
      found: expect.stringMatching(/with -live it needs the folder .*none$/),
    });
  });

  it('has another file, which stays', async () => {
    const path = join(tempFolder(), 'live.sock');
    writeFileSync(path, 'x');
    expect(await live.run(context(at(path), true))).toMatchObject({
      level: 'fail',
      found: expect.stringContaining('not a socket (ERR_NOT_SOCKET)'),
    });
    expect(statSync(path).size).toBe(1);
  });

  it.each([
    ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok', 'status 200'],
    ['HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n', 'status 404'],
    ['SSH-2.0-x\r\n', 'HPE_'],
    ['', 'ETIMEDOUT'],
  ])('has another program that says %j', async (text, found) => {
    const place = at(await serve(text));
    const result = await live.run(context(place, true));
    expect(result).toMatchObject({ level: 'warn', found: expect.stringContaining(found) });
  });

  it('refuses this user', () => {
    const socket = { mode: '0660', uid: 0, gid: 998 };
    const facts = { address: 'unix:/x', path: '/x', isGiven: false, code: 'EACCES', socket };
    expect(live.judge(facts)).toEqual({
      level: 'warn',
      found: 'unix:/x: this user may not connect; mode 0660, uid 0, gid 998',
      advice: expect.stringContaining('group'),
    });
  });

  it('is a port without a collector', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { readonly port: number };
    await new Promise((resolve) => server.close(resolve));
    const place = { text: `http://127.0.0.1:${port}`, host: '127.0.0.1', port, basePath: '' };
    expect(await live.run(context(place, true))).toMatchObject({
      level: 'warn',
      found: `http://127.0.0.1:${port}: no collector answers (ECONNREFUSED)`,
    });
  });
});

describe('the token file of the live API', () => {
  const run = async (path: string) => await liveToken.run(context(at('/x'), false, path));

  it('is checked only if it is given', () => {
    expect(liveToken.wanted(context(at('/x'), false))).toBe(false);
    expect(liveToken.wanted(context(at('/x'), false, '/x'))).toBe(true);
  });

  it('holds a token that others cannot read, or fails', async () => {
    const folder = tempFolder();
    const path = join(folder, 'token');
    expect(await run(path)).toMatchObject({ level: 'fail', found: expect.stringContaining('ENOENT') });
    writeFileSync(path, `${'t'.repeat(32)}\n`, { mode: 0o640 });
    expect(await run(path)).toMatchObject({ level: 'ok', found: `${path} holds a token; mode 0640` });
    chmodSync(path, 0o644);
    expect(await run(path)).toMatchObject({ level: 'fail', found: expect.stringContaining('other users may read it') });
    chmodSync(path, 0o600);
    writeFileSync(path, 'short');
    expect(await run(path)).toMatchObject({ level: 'fail', found: expect.stringContaining('5 characters') });
    mkdirSync(join(folder, 'folder'), { mode: 0o700 });
    expect((await run(join(folder, 'folder'))).level).toBe('fail');
  });
});
