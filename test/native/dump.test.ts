import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { netlink } from '../../native/index.js';
import { listen } from './connections.js';
import { AF_INET, AF_INET6, AF_UNSPEC, type Answer, answers, bothFamilies, oneFamily, tcpRequest } from './requests.js';

const { EINVAL, ENOENT, EPROTONOSUPPORT } = constants.errno;

function dump(queryMethods?: Parameters<typeof tcpRequest>[0], emptyErrno?: number): Answer[] {
  const request = tcpRequest(queryMethods);
  const result = netlink.dump(emptyErrno === undefined ? request : { ...request, emptyErrno });
  return answers(result.data, result.messages);
}

const byPort = (found: Answer[], port: number): Answer[] =>
  found.filter((each) => each.sport === port || each.dport === port);

describe('dump', () => {
  it('finds both sides of a connection', async () => {
    const server = await listen();
    const { port } = await server.open();
    const found = byPort(dump(), server.port);
    expect(found.map((each) => [each.sport, each.dport])).toEqual(
      expect.arrayContaining([
        [port, server.port],
        [server.port, port],
      ]),
    );
    expect(found.every((each) => each.family === AF_INET && each.state === 1)).toBe(true);
  });

  it('returns the time of the answer', () => {
    const before = BigInt(Date.now() - 1) * 1_000_000n;
    const { startNs, endNs, queryMethod } = netlink.dump(tcpRequest());
    expect(queryMethod).toBe(0);
    expect(startNs).toBeGreaterThan(before);
    expect(endNs).toBeGreaterThan(startNs);
  });

  it('sees the same sockets in one walk and in one per family', async () => {
    const servers = [await listen('127.0.0.1'), await listen('::1')];
    for (const server of servers) for (let i = 0; i < 20; i++) await server.open();
    const one = dump([[bothFamilies()]]);
    const two = dump([[oneFamily(AF_INET6), oneFamily(AF_INET)]]);
    for (const { port } of servers) {
      const keys = byPort(one, port).map((each) => each.key);
      expect(keys).toHaveLength(40);
      expect(new Set(byPort(two, port).map((each) => each.key))).toEqual(new Set(keys));
    }
  });

  it('stops at the limit of its answer, and reports that', async () => {
    const server = await listen();
    for (let i = 0; i < 20; i++) await server.open();
    const all = netlink.dump(tcpRequest());
    expect(all.isFull).toBe(false);
    const some = netlink.dump({ ...tcpRequest(), maxBytes: 1000 });
    expect(some.isFull).toBe(true);
    expect(some.messages.length).toBeGreaterThanOrEqual(2);
    expect(some.messages.length).toBeLessThan(all.messages.length);
    // The message that crosses the limit is the last.
    expect(some.data.length - (some.messages.at(-1) ?? 0)).toBeLessThan(1000);
    expect(netlink.dump({ ...tcpRequest(), maxBytes: 2 ** 30 }).isFull).toBe(false);
  });

  it('uses the next query method when one is refused', () => {
    expect(netlink.dump(tcpRequest([[bothFamilies(99)], [oneFamily(AF_UNSPEC)], [bothFamilies()]])).queryMethod).toBe(
      2,
    );
  });

  it('throws when every query method is refused', () => {
    expect(() => netlink.dump(tcpRequest([[bothFamilies(99)]]))).toThrow(
      expect.objectContaining({ code: 'ERR_REFUSED', errno: EINVAL, syscall: 'NLMSG_ERROR' }),
    );
  });

  it('treats a missing family as an empty answer', async () => {
    const server = await listen();
    await server.open();
    const queryMethod = [oneFamily(AF_UNSPEC), oneFamily(AF_INET)];
    expect(byPort(dump([queryMethod], ENOENT), server.port)).toHaveLength(2);
    expect(() => dump([[oneFamily(AF_UNSPEC)]], ENOENT)).toThrow(
      expect.objectContaining({ code: 'ERR_REFUSED', errno: ENOENT }),
    );
  });

  it('returns nothing for message types that are not data', () => {
    expect(netlink.dump({ ...tcpRequest(), dataTypes: [99] }).messages).toHaveLength(0);
  });

  it('throws the error of the system call', () => {
    expect(() => netlink.dump({ ...tcpRequest(), protocol: 31 })).toThrow(
      expect.objectContaining({ code: 'ERR_SOCKET', errno: EPROTONOSUPPORT, syscall: 'socket' }),
    );
  });

  it('does not change the request', () => {
    const bytes = bothFamilies();
    const before = Buffer.from(bytes);
    netlink.dump(tcpRequest([[bytes]]));
    expect(Buffer.from(bytes)).toEqual(before);
  });
});
