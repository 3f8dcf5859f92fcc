import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sample } from '../../support/metric.js';
import { tempFolder } from '../../support/temp.js';
import { until } from '../../support/waiting.js';
import { get, getTcp, openStream, type Served, useLiveServer } from './harness.js';

const start = useLiveServer();
const LONG = { requestMs: 60_000, answerMs: 60_000, idleMs: 60_000 };
const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Connects, and keeps what comes. */
async function open(where: { readonly port: number; readonly host?: string } | { readonly path: string }) {
  const socket = connect(where);
  sockets.push(socket);
  let text = '';
  let closed = false;
  socket.setEncoding('latin1').on('data', (part: string) => {
    text += part;
  });
  socket.on('error', () => {}); // the server may end with a reset
  socket.on('close', () => {
    closed = true;
  });
  await once(socket, 'connect');
  return { socket, text: () => text, closed: () => closed };
}

const rejected = async ({ metrics }: Served, reason: string): Promise<number> =>
  await sample(metrics, 'tcpinfo_live_rejected_total', { reason });

describe('a live server', () => {
  it('listens on 127.0.0.1 and ::1 for a port alone, and on a unix socket for owner and group', async () => {
    const path = join(tempFolder(), 's');
    const served = await start({ listeners: [{ port: 0 }, { path }] });
    expect(await getTcp(served, '/status')).toMatchObject({ status: 200 });
    if (hasIpv6) {
      const client = await open({ port: served.port, host: '::1' });
      client.socket.write(
        `GET /api/v1/status HTTP/1.1\r\nHost: [::1]\r\nAuthorization: Bearer ${served.token}\r\n\r\n`,
      );
      await until('the answer', () => client.text().includes('"host":"web1"'));
    }
    expect(statSync(path).mode & 0o777).toBe(0o660);
    expect(await get({ path }, '/status')).toMatchObject({ status: 200 });
    const line = served.lines.find((each) => each.includes('live API listens'));
    expect(line).toContain(`unix:${path}`);
    expect(line).toMatch(/token_file=\S*live-token/);
    expect(line).not.toContain(served.token);
  });

  it('removes socket and token at the end', async () => {
    const folder = tempFolder();
    const { server } = await start({
      listeners: [{ host: '127.0.0.1', port: 0 }, { path: join(folder, 's') }],
      environment: { RUNTIME_DIRECTORY: folder },
    });
    expect(readdirSync(folder).sort()).toEqual(['live-token', readlinkSync(join(folder, 'live-token')), 's']);
    await server.close();
    await server.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves the token of another server alone, also when its own start fails', async () => {
    const folder = tempFolder();
    const environment = { RUNTIME_DIRECTORY: folder };
    const first = await start({ environment });
    const file = join(folder, 'live-token');
    await expect(start({ environment, listeners: [{ host: '127.0.0.1', port: first.port }] })).rejects.toThrow(
      'EADDRINUSE',
    );
    expect(readFileSync(file, 'utf8').trim()).toBe(first.token);
    const second = await start({ environment, listeners: [{ host: '127.0.0.1', port: 0 }] });
    expect(readFileSync(`${file}-${second.port}`, 'utf8').trim()).toBe(second.token);
    await second.server.close();
    expect(readFileSync(file, 'utf8').trim()).toBe(first.token);
    expect(await getTcp(first, '/status')).toMatchObject({ status: 200 });
  });

  it('uses the token of a file, and announces nothing', async () => {
    const file = join(tempFolder(), 'token');
    writeFileSync(file, 'a-token-of-enough-letters\n', { mode: 0o600 });
    const served = await start({ tokenFile: file });
    expect(served.token).toBe('');
    expect(await getTcp({ ...served, token: 'a-token-of-enough-letters' }, '/status')).toMatchObject({ status: 200 });
    expect(await getTcp({ ...served, token: 'another-token-of-enough-letters' }, '/status')).toMatchObject({
      status: 401,
    });
  });

  it('warns of a host that other machines reach', async () => {
    const { lines } = await start({ listeners: [{ host: '0.0.0.0', port: 0 }] });
    expect(lines.join('')).toMatch(
      /level=warn msg="live API without TLS on a host that other machines reach.*hosts=0.0.0.0/,
    );
  });

  it('opens nothing when a part of it fails', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const folder = tempFolder();
    const path = join(folder, 's');
    const environment = { RUNTIME_DIRECTORY: folder };
    await expect(start({ listeners: [{ host: '127.0.0.1', port }, { path }], environment })).rejects.toMatchObject({
      name: 'LiveListenError',
      code: 'EADDRINUSE',
      address: `127.0.0.1:${port}`,
      message: `live API: listen on 127.0.0.1:${port}: address already in use (EADDRINUSE)`,
    });
    taken.close();
    const missing = join(folder, 'no', 's');
    await expect(
      start({ listeners: [{ host: '127.0.0.1', port: 0 }, { path: missing }], environment }),
    ).rejects.toThrow(`live API: listen on unix:${missing}: the folder ${join(folder, 'no')} is missing (ENOENT)`);
    await expect(start({ tokenFile: join(folder, 'none') })).rejects.toMatchObject({ name: 'TokenError' });
    expect(readdirSync(folder)).toEqual([]);
    expect(existsSync(path)).toBe(false);
  });

  it('needs a place for the token, or a person who reads it', async () => {
    const served = await start({ environment: {} });
    expect(served.token).not.toBe('');
    const { lines: _, ...options } = { lines: served.lines, environment: {} };
    const without = { ...options, announce: undefined } as unknown as { readonly environment: Record<string, string> };
    await expect(start(without)).rejects.toThrow('no place for the token');
  });
});

describe('rude clients of the live API', () => {
  it('that send half a request are cut after its time', async () => {
    const served = await start({ deadlines: { ...LONG, requestMs: 1 } });
    for (const sent of ['', 'GET /api/v1/status HTTP/1.1\r\nHost: loc', 'GET']) {
      const client = await open(served);
      client.socket.write(sent);
      await until('the cut', () => client.closed());
      expect(client.text()).toBe('');
    }
    expect(await rejected(served, 'slow')).toBe(3);
    expect(await sample(served.metrics, 'tcpinfo_live_clients')).toBe(0);
  });

  it('with a header above 16 KiB or nonsense get 431 and 400', async () => {
    const served = await start();
    for (const [sent, status] of [
      [`GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(17_000)}\r\n\r\n`, 431],
      ['nonsense\r\n\r\n', 400],
      ['PRI * HTTP/2.0\r\n\r\n', 505],
    ] as const) {
      const client = await open({ path: served.path });
      client.socket.write(sent);
      await until('the end', () => client.closed());
      const [head = '', body = ''] = client.text().split('\r\n\r\n');
      expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(head).toContain('Content-Type: application/problem+json');
      expect(JSON.parse(body)).toMatchObject({ type: 'about:blank', status, code: 'ERR_HTTP' });
    }
    expect(await rejected(served, 'malformed')).toBe(3);
    for (const code of ['400', '431', '505']) {
      expect(await sample(served.metrics, 'tcpinfo_live_requests_total', { code })).toBe(1);
    }
  });

  it('that name another host in an absolute target are rejected, whatever their Host', async () => {
    const served = await start();
    for (const [target, host, status] of [
      ['http://evil.example/api/v1/status', 'localhost', 421],
      ['http://localhost/api/v1/status', 'evil.example', 200],
    ] as const) {
      const client = await open({ host: '127.0.0.1', port: served.port });
      const head = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${served.token}\r\n`;
      client.socket.write(`${head}Connection: close\r\n\r\n`);
      await until('the end', () => client.closed());
      expect(client.text()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    }
  });

  it('with a URL above 8 KiB get 414', async () => {
    const served = await start();
    expect(await get(served, `/connections?filter=${'x'.repeat(9000)}`)).toMatchObject({ status: 414 });
  });

  it('that do not read a stream are cut after their time, counted', async () => {
    const served = await start({ deadlines: { ...LONG, answerMs: 1 } });
    Object.assign(served.row, { process: { ...served.row.process, command: 'x'.repeat(500_000) } });
    const client = await openStream(served, '/stream');
    client.socket.pause();
    sockets.push(client.socket);
    await until('the cut', async () => {
      served.store.tick();
      return (await rejected(served, 'unread')) > 0;
    });
    await until('no subscription', () => served.answering.subscribed === 0);
    expect(served.store.waiting).toBe(0);
    // Others go on.
    expect(await get(served, '/status')).toMatchObject({ status: 200 });
  });

  it('that fill all places keep others out only while they have requests', async () => {
    const served = await start({ deadlines: LONG });
    const streams = await Promise.all(Array.from({ length: 32 }, () => openStream(served, '/stream')));
    const waits = await Promise.all(Array.from({ length: 32 }, () => open({ path: served.path })));
    for (const { socket } of waits) {
      socket.write('GET /api/v1/connections/D8F?wait=closed&timeout=60s HTTP/1.1\r\nHost: t\r\n\r\n');
    }
    await until('all have places', async () => {
      return served.row.listeners.size === 32 && served.answering.subscribed === 32;
    });
    const refused = await open({ path: served.path });
    refused.socket.write('GET /api/v1/status HTTP/1.1\r\nHost: t\r\n\r\n');
    await until('the end', () => refused.closed());
    expect(refused.text()).toMatch(/^HTTP\/1\.1 503 .*\r\nRetry-After: 1\r\n/);
    expect(refused.text()).toMatch(/"code":"ERR_FULL"/);
    expect(await rejected(served, 'limit')).toBe(1);
    expect(await sample(served.metrics, 'tcpinfo_live_requests_total', { code: '503' })).toBe(1);
    // A port has places of its own.
    expect(await getTcp(served, '/status')).toMatchObject({ status: 200 });
    // Answered requests leave idle connections, which give way.
    served.store.close(served.row);
    await until('the answers', () => waits.every(({ text }) => text().includes('"timedOut":false')));
    expect(await get(served, '/status')).toMatchObject({ status: 200 });
    for (const { socket } of streams) socket.destroy();
  });
});
