import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { netlink } from '../../native/index.js';

const fds: number[] = [];
const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
  for (const fd of fds.splice(0)) closeSync(fd);
});

function listen(host: string, port = 0): { remote: number; local: number } {
  const { remote, local } = netlink.listenTcp(host, port, 16);
  fds.push(remote);
  if (local === undefined) throw new Error('the kernel has no queue for this machine alone');
  fds.push(local);
  return { remote, local };
}

/** Accepts on a copy of the descriptor. */
async function accept(fd: number, accepted: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.push(socket.resume());
    accepted(socket);
  });
  servers.push(server);
  server.listen({ fd: netlink.duplicate(fd) });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Passes a value that the types forbid. */
const wrong = (value: unknown): never => value as never;

describe('listenTcp', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::', '127.0.0.1'],
    ['::', '::1'],
    ['0.0.0.0', '127.0.0.2'],
  ])('on %s has a separate queue for connections of this machine to %s', async (host, target) => {
    const { remote, local } = listen(host);
    const took: string[] = [];
    const port = await accept(remote, () => took.push('remote'));
    expect(await accept(local, () => took.push('local'))).toBe(port);
    for (let n = 0; n < 20; n++) {
      const socket = connect({ host: target, port });
      sockets.push(socket);
      await once(socket, 'connect');
      socket.resume().end();
      await once(socket, 'close');
    }
    expect(took).toEqual(new Array<string>(20).fill('local'));
  });

  it('keeps the queue while no descriptor accepts, and continues with it', async () => {
    const { remote, local } = listen('127.0.0.1');
    const port = await accept(remote, () => undefined);
    const waiting = connect({ host: '127.0.0.1', port });
    sockets.push(waiting);
    await once(waiting, 'connect');
    const taken = new Promise<Socket>((resolve) => void accept(local, resolve));
    expect((await taken).remotePort).toBe(waiting.localPort);
  });

  it('rejects an address in use, although its own two sockets share one', async () => {
    const { remote } = listen('127.0.0.1');
    const port = await accept(remote, () => undefined);
    expect(() => netlink.listenTcp('127.0.0.1', port, 16)).toThrow(
      expect.objectContaining({ code: 'ERR_SYSTEM', errno: 98, syscall: 'bind' }),
    );
    expect(() => netlink.listenTcp('::', port, 16)).toThrow(expect.objectContaining({ errno: 98 }));
  });

  it.each([
    ['192.0.2.1', 99],
    ['no address', 22],
    ['fe80::1%nowhere', 22],
  ])('throws the reason why it cannot listen on %s', (host, errno) => {
    expect(() => netlink.listenTcp(host, 0, 16)).toThrow(expect.objectContaining({ code: 'ERR_SYSTEM', errno }));
  });

  it('names invalid arguments', () => {
    expect(() => netlink.listenTcp(wrong(1), 0, 16)).toThrow('host must be a string');
    expect(() => netlink.listenTcp('::', 65_536, 16)).toThrow('port must be an integer from 0 to 65535');
    expect(() => netlink.listenTcp('::', 0, 0)).toThrow('backlog must be an integer from 1 to 65535');
    expect(() => netlink.duplicate(-1)).toThrow('fd must be an integer from 0 to 2147483647');
    expect(() => netlink.duplicate(2 ** 30)).toThrow(expect.objectContaining({ errno: 9, syscall: 'fcntl' }));
  });
});
