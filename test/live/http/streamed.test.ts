import { once } from 'node:events';
import { lstatSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AnswerStream, StreamedAnswer } from '../../../live/http/index.js';
import { tempFolder } from '../../support/temp.js';
import { until } from '../../support/waiting.js';
import { get, read, useHttpServer } from './harness.js';

const start = useHttpServer();
const LONG = { requestMs: 60_000, answerMs: 60_000, idleMs: 60_000 };
/** Far more than the kernel buffers for a connection. */
const HUGE = Buffer.alloc(32 * 1024 * 1024, 'x');

/** Handler that collects the streams it starts. */
function collecting(isEndless = false): { readonly streams: AnswerStream[]; readonly handler: () => StreamedAnswer } {
  const streams: AnswerStream[] = [];
  return {
    streams,
    handler: () => ({ status: 200, headers: { 'X-A': 'b' }, isEndless, start: (stream) => streams.push(stream) }),
  };
}

describe('a streamed answer', () => {
  it('is sent in chunks, and ends the connection', async () => {
    const { streams, handler } = collecting();
    const { open, connections } = await start({ handler });
    const client = await open();
    client.socket.write(get('/'));
    const stream = await until('the stream', () => streams[0]);
    stream.write('one');
    stream.write('');
    await read(client, 'one');
    stream.write(Buffer.from('a longer piece'));
    await stream.drained();
    expect(stream.isOpen).toBe(true);
    stream.end();
    stream.end();
    stream.write('more');
    await until('the end', () => client.closed());
    const [head = '', body] = client.text().split(/(?<=\r\n)\r\n(?=3)/);
    expect(head).toMatch(
      /^HTTP\/1\.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\nDate: .*\r\nConnection: close\r\n$/,
    );
    expect(body).toBe('3\r\none\r\ne\r\na longer piece\r\n0\r\n\r\n');
    expect(stream.isOpen).toBe(false);
    await until('no connection', () => connections() === 0);
  });

  it('is plain for HTTP/1.0, and only a head for HEAD', async () => {
    const { streams, handler } = collecting();
    const { open } = await start({ handler });
    const client = await open();
    client.socket.write('GET / HTTP/1.0\r\n\r\n');
    const stream = await until('the stream', () => streams[0]);
    stream.write('one');
    stream.end();
    await until('the end', () => client.closed());
    expect(client.text()).toMatch(/Connection: close\r\n\r\none$/);
    const other = await open();
    other.socket.write('HEAD / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('the end', () => other.closed());
    expect(other.text()).toMatch(/Connection: close\r\n\r\n$/);
    expect(streams).toHaveLength(1);
  });

  it('says when the client does not read, and is cut after the time for an answer', async () => {
    const { streams, handler } = collecting();
    const { open, refused } = await start({ handler, deadlines: { ...LONG, answerMs: 1 } });
    const client = await open();
    client.socket.pause().write(get('/'));
    const stream = await until('the stream', () => streams[0]);
    // Without unread data there is no deadline.
    stream.write('small');
    await stream.drained();
    expect(stream.isDrained).toBe(true);
    stream.write(HUGE);
    expect(stream.isDrained).toBe(false);
    await stream.drained();
    await until('the cut', () => refused.length > 0);
    expect(refused).toEqual(['unread']);
    expect(stream.isOpen).toBe(false);
  });

  it('goes on when a slow client reads at last', async () => {
    const { streams, handler } = collecting();
    const { open, refused } = await start({ handler, deadlines: LONG });
    const client = await open();
    client.socket.pause().write(get('/'));
    const stream = await until('the stream', () => streams[0]);
    stream.write(HUGE);
    client.socket.resume();
    await stream.drained();
    expect(stream.isDrained).toBe(true);
    stream.write('last');
    await read(client, 'last');
    expect(refused).toEqual([]);
  });

  it('goes on for a client that has closed its sending side, if it has an end', async () => {
    const { streams, handler } = collecting();
    const { open } = await start({ handler });
    const client = await open();
    client.socket.end(get('/'));
    const stream = await until('the stream', () => streams[0]);
    stream.write('whole');
    stream.end();
    await until('the end', () => client.closed());
    expect(client.text()).toContain('\r\nwhole\r\n0\r\n\r\n');
  });

  it('notices that its client has left', async () => {
    const { streams, handler } = collecting(true);
    let done = 0;
    const { open, connections } = await start({
      handler: (exchange) => {
        exchange.onDone(() => done++);
        return handler();
      },
      deadlines: LONG,
    });
    const client = await open();
    client.socket.write(get('/'));
    const stream = await until('the stream', () => streams[0]);
    client.socket.resetAndDestroy();
    await until('the end', () => !stream.isOpen);
    expect(connections()).toBe(0);
    expect(done).toBe(1);
    const other = await open();
    other.socket.write(get('/'));
    await until('the stream', () => streams.length === 2);
    other.socket.end();
    await until('the end', () => streams[1]?.isOpen === false);
    expect(done).toBe(2);
  });

  it('drops what its client sends, and ends one that sends without end', async () => {
    const { streams, handler } = collecting();
    const { open, connections } = await start({ handler, deadlines: LONG });
    const client = await open();
    client.socket.write(get('/').repeat(3));
    await until('the stream', () => streams[0]);
    client.socket.write(HUGE);
    await until('the end', () => connections() === 0);
    expect(streams).toHaveLength(1);
  });

  it('gets a last piece in when the server closes', async () => {
    const { streams, handler } = collecting();
    const { open, server } = await start({ handler });
    const [polite, silent] = [await open(), await open()];
    for (const client of [polite, silent]) client.socket.write(get('/'));
    await until('the streams', () => streams.length === 2);
    streams[0]?.onStop(() => streams[0]?.write('bye'));
    await server.close();
    await until('the end', () => polite.closed() && silent.closed());
    expect(`${polite.text()}${silent.text()}`).toContain('3\r\nbye\r\n0\r\n\r\n');
  });

  it('that cannot start ends its connection, counted', async () => {
    const { open, refused } = await start({
      handler: () => ({
        status: 200,
        headers: {},
        start: () => {
          throw new Error('broken');
        },
      }),
    });
    const client = await open();
    client.socket.write(get('/'));
    await until('the end', () => client.closed());
    expect(refused).toEqual(['error']);
  });
});

describe('a server that keeps busy connections', () => {
  it('answers 503 when each place has a request, and displaces an idle connection before', async () => {
    const { streams, handler } = collecting();
    const { open, refused, connections } = await start({
      handler,
      places: { local: 2, remote: 1 },
      keepsBusy: true,
      deadlines: LONG,
    });
    const idle = await open();
    const busy = [await open()];
    busy[0]?.socket.write(get('/'));
    await until('a stream', () => streams.length === 1);
    busy.push(await open());
    await until('the idle one is gone', () => idle.closed());
    busy[1]?.socket.write(get('/'));
    await until('two streams', () => streams.length === 2);
    const turnedAway = await open();
    turnedAway.socket.write(get('/'));
    await until('the end', () => turnedAway.closed());
    expect(turnedAway.text()).toMatch(
      /^HTTP\/1\.1 503 Service Unavailable\r\nRetry-After: 1\r\n(.*\r\n)*Connection: close\r\n\r\n$/,
    );
    expect(refused).toEqual(['displaced', 'displaced']);
    expect(connections()).toBe(2);
    expect(streams.every(({ isOpen }) => isOpen)).toBe(true);
  });
});

describe('a server on a unix socket', () => {
  it('answers there beside its port, and removes the file at the end', async () => {
    const folder = tempFolder();
    const path = join(folder, 'live.sock');
    const { server, open } = await start();
    await server.listenUnix({ path, mode: 0o660 });
    expect(lstatSync(path).mode & 0o777).toBe(0o660);
    const socket = connect({ path });
    await once(socket, 'connect');
    socket.write(get('/unix', 'Connection: close\r\n'));
    const parts: Buffer[] = [];
    for await (const part of socket) parts.push(Buffer.from(part));
    expect(Buffer.concat(parts).toString()).toContain('\r\n\r\n/unix\n');
    const client = await open();
    client.socket.write(get('/tcp'));
    await read(client, '/tcp\n');
    await server.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('survives more clients at once than wait for their turn, and those that it cuts', async () => {
    const path = join(tempFolder(), 's');
    const { server, refused, open } = await start({ deadlines: { ...LONG, requestMs: 1 } });
    await server.listenUnix({ path, mode: 0o660 });
    const clients = Array.from({ length: 300 }, () => connect({ path }).on('error', () => {}));
    await Promise.all(clients.map((client) => new Promise((resolve) => client.once('close', resolve))));
    expect(refused).toContain('slow');
    expect(refused).not.toContain('error');
    const client = await open();
    client.socket.write(get('/after'));
    await read(client, '/after\n');
  });

  it('fails with the path and the reason', async () => {
    const path = join(tempFolder(), 'no', 'live.sock');
    const { server } = await start();
    await expect(server.listenUnix({ path, mode: 0o660 })).rejects.toMatchObject({
      name: 'ListenError',
      code: 'ENOENT',
      message: `listen on unix:${path}: the folder ${dirname(path)} is missing (ENOENT)`,
    });
    const other = (await start()).server;
    await other.listenUnix({ path: join(tempFolder(), 's'), mode: 0o600 });
  });
});
