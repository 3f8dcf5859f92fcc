import { once } from 'node:events';
import { createServer as createHttpServer, get } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createService,
  deleteService,
  getService,
  type Service,
  type ServiceConnection,
  ServiceError,
  type ServiceOptions,
  services,
  shutdown,
} from '../../../services/net/index.js';

const clients: Socket[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await shutdown({ waitMs: 0 });
});

/** Makes a service that listens on loopback, whose connections echo. */
async function echoing(
  options: ServiceOptions = {},
): Promise<{ service: Service; port: number; taken: ServiceConnection[] }> {
  const service = createService('echo', options);
  const address = await service.listen({ host: '127.0.0.1', port: 0 });
  const taken: ServiceConnection[] = [];
  void (async () => {
    for await (const connection of service) {
      taken.push(connection);
      connection.socket.pipe(connection.socket);
    }
  })();
  return { service, port: (address as AddressInfo).port, taken };
}

async function client(port: number, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => {});
  clients.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** Sends a text and waits for its echo. */
async function echo(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [data] = await once(socket, 'data');
  return String(data);
}

/** Waits until a connected socket has closed; returns the error's code. */
async function closing(socket: Socket): Promise<string | undefined> {
  let code: string | undefined;
  socket.on('error', (error: NodeJS.ErrnoException) => {
    code = error.code;
  });
  socket.resume();
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  return code;
}

/** Connects, and waits until the service has ended the connection; returns the error's code. */
function refused(port: number, localAddress = '127.0.0.1'): Promise<string | undefined> {
  return closing(connect({ port, host: '127.0.0.1', localAddress }));
}

describe('a service that listens', () => {
  it('counts connections, clients and bytes, open ones too', async () => {
    const { service, port } = await echoing();
    const since = service.delta();
    const one = await client(port);
    expect(await echo(one, 'hello')).toBe('hello');
    expect(service.bytes()).toEqual({ up: 5, down: 5 });
    expect(service.stats()).toMatchObject({
      sid: 'echo',
      ips: '127.0.0.1',
      connections: 1,
      up: 5,
      down: 5,
      mode: 'library',
      listen: [`127.0.0.1:${port}`],
      accepted: 1,
    });
    const [connection] = service.connections();
    expect(connection?.stats()).toMatchObject({ sid: 'echo', read_bytes: 5, write_bytes: 5 });
    expect(connection?.label).toBe(`127.0.0.1:${one.localPort} <-> 127.0.0.1:${port}`);
    expect(String(connection)).toMatch(/^sid: echo, conn: 127.*, r: 5, w: 5, rt: 2.*, wt: 2/);
    expect(String(service)).toMatch(/^sid: echo, up: 0, c: 1, ip: 1, r: 5, w: 5, t: 2/);
    expect(since()).toMatchObject({ accepted: 1, upBytes: 5, downBytes: 5 });
    one.end();
    await vi.waitFor(() => expect(service.stats().closed.client).toBe(1));
    expect(service.stats()).toMatchObject({ connections: 0, up: 5, down: 5 });
    expect(since()).toMatchObject({ accepted: 0, upBytes: 0, closed: { client: 1 } });
  });

  it.each([
    ['conn_limit', { connLimit: 2, whenFull: 'reject' }, ['127.0.0.1', '127.0.0.2', '127.0.0.3']],
    ['ip_limit', { ipLimit: 2 }, ['127.0.0.1', '127.0.0.2', '127.0.0.3']],
    ['ip_conn_limit', { ipConnLimit: 2 }, ['127.0.0.1', '127.0.0.1', '127.0.0.1']],
    ['blacklist', { blacklist: ['127.0.0.3'] }, ['127.0.0.1', '127.0.0.2', '127.0.0.3']],
  ] as const)('%s resets the third of three', async (reason, options, [a, b, c]) => {
    const { service, port } = await echoing(options);
    const sockets = [await client(port, a), await client(port, b)];
    for (const socket of sockets) expect(await echo(socket, 'x')).toBe('x');
    expect(await refused(port, c)).toBe('ECONNRESET');
    expect(service.stats()).toMatchObject({ connections: 2, accepted: 2, rejected: { [reason]: 1 } });
  });

  it('makes the connection after conn_limit wait, and keeps what it has sent', async () => {
    const { service, port } = await echoing({ connLimit: 1, whenFull: 'wait' });
    const first = await client(port);
    await echo(first, 'first');
    const second = await client(port);
    const answer = echo(second, 'second');
    await sleep(30);
    expect(service.stats()).toMatchObject({ connections: 1, accepted: 1 });
    first.end();
    expect(await answer).toBe('second');
    expect(service.stats()).toMatchObject({ connections: 1, accepted: 2 });
  });

  it('evicts the idle one', async () => {
    const { service, port } = await echoing({ connLimit: 1, whenFull: 'evict_idle', maxIdleMs: 60_000 });
    const first = await client(port);
    await echo(first, '1');
    const ended = closing(first);
    expect(await echo(await client(port), '2')).toBe('2');
    await ended;
    await vi.waitFor(() => expect(service.stats().closed.evicted).toBe(1));
  });

  it('ends an idle connection after max_idle and not before, even one that never sent', async () => {
    const { service, port } = await echoing({ maxIdleMs: 200 });
    const [silent, busy] = [await client(port), await client(port)];
    const startMs = performance.now();
    const timer = setInterval(() => busy.write('x'), 20);
    busy.resume();
    await closing(silent);
    expect(performance.now() - startMs).toBeGreaterThan(190);
    await vi.waitFor(() => expect(service.stats()).toMatchObject({ connections: 1, closed: { idle: 1 } }));
    clearInterval(timer);
  });

  it('refuses an address while it runs, ends its connections, and releases it', async () => {
    const { service, port } = await echoing();
    const one = await client(port, '127.0.0.2');
    await echo(one, 'x');
    const ended = closing(one);
    service.reject('127.0.0.0/30');
    await ended;
    expect(await refused(port)).toBe('ECONNRESET');
    expect([service.release('127.0.0.0/30'), service.release('127.0.0.0/30')]).toEqual([true, false]);
    expect(await echo(await client(port), 'x')).toBe('x');
    await vi.waitFor(() =>
      expect(service.stats()).toMatchObject({ rejected: { blacklist: 1 }, closed: { blacklist: 1 } }),
    );
    service.reject('127.0.0.1', { forMs: 1 });
    await sleep(5);
    expect(await echo(await client(port), 'x')).toBe('x');
    expect(() => service.reject('127.0.0.1/8')).toThrow(ServiceError);
  });

  it('counts a reset by the client, and an end by the program', async () => {
    const { service, port, taken } = await echoing();
    const [a, b] = [await client(port), await client(port)];
    await Promise.all([echo(a, 'a'), echo(b, 'b')]);
    a.resetAndDestroy();
    taken.find(({ label }) => label.includes(`:${b.localPort} `))?.socket.destroy();
    await vi.waitFor(() => expect(service.stats().closed).toMatchObject({ reset: 1, server: 1 }));
  });
});

describe('close', () => {
  it('ends with no connection at once, and refuses new ones', async () => {
    const { service, port } = await echoing();
    const startMs = performance.now();
    await service.close();
    expect(performance.now() - startMs).toBeLessThan(500);
    expect(await refused(port)).toBe('ECONNREFUSED');
    await expect(service.listen({ port: 0 })).rejects.toMatchObject({ code: 'ERR_SERVICE_CLOSED' });
  });

  it('gives a busy connection its time, and ends as soon as it has ended', async () => {
    const { service, port } = await echoing({ waitMs: 30_000 });
    const one = await client(port);
    await echo(one, 'x');
    const closed = service.close();
    expect(await echo(one, 'still there')).toBe('still there');
    one.end();
    await closed;
    expect(service.stats().closed).toMatchObject({ client: 1, drain: 0 });
  });

  it('ends an idle connection with FIN, long before the time is over', async () => {
    const { service, port } = await echoing({ waitMs: 30_000 });
    const one = await client(port);
    await echo(one, 'x');
    const code = closing(one);
    await service.close();
    expect([await code, service.stats().closed.drain]).toEqual([undefined, 1]);
  });

  it('resets what does not end', async () => {
    const service = createService('stuck', {});
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      service.wrap(socket);
      socket.write(Buffer.alloc(32e6));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const one = await client((server.address() as AddressInfo).port);
    one.pause();
    await vi.waitFor(() => expect(service.stats().connections).toBe(1));
    await service.close({ waitMs: 50 });
    expect(service.stats()).toMatchObject({ connections: 0, closed: { drain: 1 } });
    server.close();
  });
});

describe('wrap', () => {
  it('counts and limits an http.Server', async () => {
    const service = createService('http', { ipConnLimit: 1, maxIdleMs: 60_000 });
    const server = createHttpServer((_, response) => response.end('answer'));
    server.on('connection', (socket) => service.wrap(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const held = await client(port);
    await vi.waitFor(() => expect(service.stats().connections).toBe(1));
    const [error] = await once(get({ port, host: '127.0.0.1', agent: false }), 'error');
    expect(error.code).toBe('ECONNRESET');
    expect(await echo(held, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')).toContain('answer');
    const { up, down, rejected, closed } = service.stats();
    expect([up, rejected.ip_conn_limit]).toEqual([27, 1]);
    expect(down).toBeGreaterThan(50);
    expect(closed.error).toBe(0);
    server.closeAllConnections();
    server.close();
  });

  it('counts and limits a tls.Server', async () => {
    const service = createService('tls', { connLimit: 1, whenFull: 'reject' });
    const psk = { psk: Buffer.from('00ff', 'hex'), identity: 'me' };
    const server = createTlsServer({ pskCallback: () => psk.psk, ciphers: 'PSK', maxVersion: 'TLSv1.2' }, (socket) => {
      if (service.wrap(socket) !== undefined) socket.pipe(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const open = (): Socket => {
      const socket = connectTls({
        port,
        host: '127.0.0.1',
        pskCallback: () => psk,
        ciphers: 'PSK',
        maxVersion: 'TLSv1.2',
        checkServerIdentity: () => undefined,
      });
      socket.on('error', () => {});
      clients.push(socket);
      return socket;
    };
    const one = open();
    await once(one, 'secureConnect');
    expect(await echo(one, 'secret')).toBe('secret');
    expect(service.stats()).toMatchObject({ connections: 1, ips: '127.0.0.1' });
    expect(service.bytes().up).toBeGreaterThanOrEqual(6);
    await closing(open());
    await vi.waitFor(() => expect(service.stats()).toMatchObject({ connections: 1, rejected: { conn_limit: 1 } }));
    server.close();
  });

  it('cannot make a connection wait', async () => {
    const service = createService('wait', { connLimit: 1, whenFull: 'wait' });
    const server = createServer((socket) => void service.wrap(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await client(port);
    await vi.waitFor(() => expect(service.stats().connections).toBe(1));
    expect(await refused(port)).toBe('ECONNRESET');
    expect(service.stats().rejected.conn_limit).toBe(1);
    server.close();
  });
});

describe('the services of a program', () => {
  it('are found by their ids, and closed all at once', async () => {
    const [a, b] = [createService(), createService('b')];
    expect([getService(), getService('b'), getService('c'), services()]).toEqual([a, b, undefined, [a, b]]);
    expect(() => createService('b')).toThrow('service b: it exists already: get it, or delete it first');
    expect([await deleteService('b'), await deleteService('b')]).toEqual([true, false]);
    await shutdown();
    expect(services()).toEqual([]);
  });

  it.each([
    [{ connLimit: -1 }, 'connLimit must be a number of at least 0, not -1'],
    [{ maxIdleMs: Number.NaN }, 'maxIdleMs must be a number of at least 0, not NaN'],
    [{ whenFull: 'drop' }, 'whenFull must be wait or reject or evict_idle, not drop'],
    [{ ipPrefix: { v4: 33 } }, 'ipPrefix must have v4 of at most 32 and v6 of at most 128 bits'],
    [
      { blacklist: ['10.0.0.1/8'] },
      'expected an address or a prefix without host bits, such as 10.0.0.0/8, not "10.0.0.1/8"',
    ],
    [{ connLimits: 1 }, 'unknown option "connLimits"'],
  ])('refuse options that cannot be honoured: %j', (options, reason) => {
    expect(() => createService('x', options as ServiceOptions)).toThrow(`service x: ${reason}`);
    expect(getService('x')).toBeUndefined();
  });

  it('report the error of an address that is taken', async () => {
    const { port } = await echoing();
    await expect(createService('other').listen({ host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});
