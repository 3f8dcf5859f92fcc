import { describe, expect, it } from 'vitest';
import { type Answer, textAnswer } from '../../../live/http/index.js';
import { loadNetlink } from '../../../native/index.js';
import { until } from '../../support/waiting.js';
import { get, read, useHttpServer } from './harness.js';

const start = useHttpServer();
const LONG = { requestMs: 60_000, answerMs: 60_000, idleMs: 60_000 };
/** Far more than the kernel buffers for a connection. */
const HUGE = Buffer.alloc(32 * 1024 * 1024, 'x');

describe('HttpServer', () => {
  it('answers one request after the other, in order', async () => {
    const { open } = await start();
    const client = await open();
    client.socket.write(Array.from({ length: 100 }, (_, n) => get(`/${n}`)).join(''));
    await read(client, '\r\n\r\n/99\n');
    expect([...client.text().matchAll(/\r\n\r\n\/(\d+)\n/g)].map(([, n]) => Number(n))).toEqual(
      Array.from({ length: 100 }, (_, n) => n),
    );
    expect(client.text()).toMatch(
      /^HTTP\/1\.1 200 OK\r\n(.*\r\n)*Connection: keep-alive\r\nKeep-Alive: timeout=90\r\n/,
    );
  });

  it('starts a request only when the previous answer is written', async () => {
    let running = 0;
    let most = 0;
    const { open } = await start({
      handler: async () => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
        return textAnswer(200, 'ok\n');
      },
    });
    const client = await open();
    client.socket.write(`${get('/').repeat(50)}${get('/', 'Connection: close\r\n')}`);
    await until('the end', () => client.closed());
    expect(client.text().match(/ok\n/g)).toHaveLength(51);
    expect(most).toBe(1);
  });

  it('answers with the chunks of a body one after the other, and with their length', async () => {
    const chunks = [Buffer.from('one'), Buffer.from(''), Buffer.from('zwölf'), Buffer.alloc(200_000, 'x')];
    const bodies: readonly (readonly Uint8Array[])[] = [chunks, [], chunks];
    const { open } = await start({
      handler: ({ target }) => ({ status: 200, headers: {}, body: bodies[Number(target.slice(1))] ?? [] }),
    });
    const client = await open();
    client.socket.write(`${get('/0')}${get('/1')}${get('/2', 'Connection: close\r\n')}`);
    await until('the end', () => client.closed());
    const whole = Buffer.concat(chunks).toString('latin1');
    const lengths = [...client.text().matchAll(/Content-Length: (\d+)\r\n/g)].map(([, length]) => Number(length));
    expect(lengths).toEqual([whole.length, 0, whole.length]);
    expect(client.text().split(whole)).toHaveLength(3);
  });

  it('accepts a request in pieces, with empty lines before it', async () => {
    const { open } = await start();
    const client = await open();
    for (const piece of ['\r\n\r', '\nGE', 'T /a HTTP/1.1\r', '\nHost: x', '\r\n\r', '\n']) {
      client.socket.write(piece);
      await new Promise(setImmediate);
    }
    await read(client, '/a\n');
  });

  it('answers a client that has closed its sending side', async () => {
    const { open } = await start();
    const client = await open();
    client.socket.end(get('/a'));
    await until('the end', () => client.closed());
    expect(client.text()).toContain('\r\n\r\n/a\n');
  });

  it('answers an invalid request with the reason, and closes', async () => {
    const { open, refused, connections } = await start();
    for (const [sent, status] of [
      ['nonsense\r\n\r\n', '400 Bad Request'],
      [`GET / HTTP/1.1\r\nA: ${'a'.repeat(20_000)}`, '431 Request Header Fields Too Large'],
      ['PRI * HTTP/2.0\r\n\r\n', '505 HTTP Version Not Supported'],
    ] as const) {
      const client = await open();
      client.socket.write(sent);
      await until('the end', () => client.closed());
      expect(client.text()).toMatch(
        new RegExp(`^HTTP/1\\.1 ${status}\r\nContent-Length: 0\r\n(.*\r\n)*Connection: close\r\n\r\n$`),
      );
    }
    expect(refused).toEqual(['malformed', 'oversized', 'malformed']);
    await until('no connection', () => connections() === 0);
  });

  it('never reads a body: it answers, and closes', async () => {
    const { open, connections } = await start();
    const client = await open();
    client.socket.write(`POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc${get('/b')}`);
    await until('the end', () => client.closed());
    expect(client.text()).toMatch(/Connection: close\r\n\r\n\/a\n$/);
    const flood = await open();
    flood.socket.write('POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n');
    flood.socket.write(HUGE);
    await until('the cut', () => flood.closed());
    await until('no connection', () => connections() === 0);
  });

  it('closes a connection that sends too far ahead', async () => {
    let finish = (_answer: Answer) => {};
    const { open, refused } = await start({
      handler: () =>
        new Promise<Answer>((resolve) => {
          finish = resolve;
        }),
    });
    const client = await open();
    client.socket.write(`${get('/').repeat(2000)}`);
    await until('the end', () => {
      finish(textAnswer(200, 'ok\n'));
      return client.closed();
    });
    expect(refused).toEqual(['pipelined']);
  });

  it.each([
    ['slow', 'requestMs', 'GET / HTTP/1.1\r\n'],
    ['slow', 'requestMs', ''],
    ['unread', 'answerMs', get('/')],
  ] as const)('closes a connection as %s when %s is over', async (reason, deadline, sent) => {
    const { open, refused } = await start({
      deadlines: { ...LONG, [deadline]: 1 },
      handler: () => ({ status: 200, headers: {}, body: HUGE }),
    });
    const client = await open();
    client.socket.pause().write(sent);
    await until('the end', () => refused.length > 0);
    expect(refused).toEqual([reason]);
  });

  it('closes an idle connection after its time, without counting a rejection', async () => {
    const { open, refused } = await start({ deadlines: { ...LONG, idleMs: 1 } });
    const client = await open();
    client.socket.write(get('/a'));
    await until('the end', () => client.closed());
    expect(client.text()).toContain('/a\n');
    expect(refused).toEqual([]);
  });

  it('replaces the longest silent connection for each new one', async () => {
    const { open, refused, connections } = await start({ places: { local: 3, remote: 1 }, deadlines: LONG });
    const [first, second, third] = [await open(), await open(), await open()];
    first.socket.write(get('/a'));
    await read(first, '/a\n');
    const fourth = await open();
    await until('the second is gone', () => second.closed());
    fourth.socket.write(get('/b'));
    await read(fourth, '/b\n');
    expect([first.closed(), third.closed()]).toEqual([false, false]);
    expect(refused).toEqual(['displaced']);
    expect(connections()).toBe(3);
  });

  it('replaces a connection with an unread answer', async () => {
    const { open, refused } = await start({
      places: { local: 1, remote: 1 },
      deadlines: LONG,
      handler: ({ target }) => ({ status: 200, headers: {}, body: target === '/huge' ? HUGE : 'small\n' }),
    });
    const unread = await open();
    unread.socket.pause().write(get('/huge'));
    const next = await open();
    next.socket.write(get('/'));
    await read(next, 'small\n');
    expect(refused).toEqual(['displaced']);
  });

  it('calls back when an exchange is over, however it ended', async () => {
    let done = 0;
    const { open } = await start({
      handler: (exchange) => {
        exchange.onDone(() => done++);
        if (exchange.target === '/abandon') exchange.abandon('displaced');
        if (exchange.target === '/throw') throw new Error('broken');
        return textAnswer(200, 'ok\n');
      },
    });
    const client = await open();
    client.socket.write(get('/throw'));
    await read(client, '500 Internal Server Error');
    await read(client, 'broken\n');
    client.socket.write(get('/abandon'));
    await until('the end', () => client.closed());
    expect(done).toBe(2);
  });

  it('ends a watched request when its client closes its side, and keeps what the client sent ahead', async () => {
    let done = 0;
    const finish: (() => void)[] = [];
    const { open, connections } = await start({
      handler: (exchange) => {
        exchange.onDone(() => done++);
        if (exchange.target !== '/wait') return textAnswer(200, 'next\n');
        exchange.watch();
        return new Promise<Answer>((resolve) => finish.push(() => resolve(textAnswer(200, 'waited\n'))));
      },
    });
    const [leaves, stays] = [await open(), await open()];
    leaves.socket.write(get('/wait'));
    stays.socket.write(get('/wait'));
    await until('the requests', () => finish.length === 2);
    stays.socket.write(get('/next'));
    leaves.socket.end();
    await until('the end', () => connections() === 1);
    expect(done).toBe(1);
    for (const each of finish) each();
    await read(stays, 'waited\n');
    await read(stays, 'next\n');
    expect(leaves.text()).toBe('');
    expect(done).toBe(3);
  });

  it('closes soon, after sending current answers', async () => {
    const { open, server } = await start({ handler: () => ({ status: 200, headers: {}, body: HUGE }) });
    const [mute, reader, stuck] = [await open(), await open(), await open()];
    stuck.socket.pause().write(get('/'));
    reader.socket.write(get('/'));
    await read(reader, 'Content-Length');
    await server.close();
    await until('all ends', () => [mute, reader].every((client) => client.closed()));
  });

  it('drops unread answers at the end, also after a pause of accepting', async () => {
    const { open, server, connections } = await start({
      calls: loadNetlink(),
      deadlines: LONG,
      handler: () => ({ status: 200, headers: {}, body: HUGE }),
    });
    const stuck = await open();
    stuck.socket.pause().write(get('/'));
    // More at once than one net.Server accepts before a pause: another one accepts the rest.
    await Promise.all(Array.from({ length: 60 }, () => open()));
    await until('all', () => connections() === 61);
    await server.close();
    expect(connections()).toBe(0);
  });
});
