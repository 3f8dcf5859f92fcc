import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type DumpOptions, netlink, type Requester, readDump } from '../../native/index.js';
import { listen } from './connections.js';
import { answers, bothFamilies, SOCK_DIAG_BY_FAMILY, tcpRequest } from './requests.js';

const { EINVAL, ENOENT } = constants.errno;
const NETLINK_SOCK_DIAG = 4;
const NLM_F_REQUEST = 1;
const CONNECTIONS = 20;

/** Passes a value that the types forbid. */
const wrong = (value: unknown): never => value as never;
const requester = (): Requester => new netlink.Requester({ protocol: NETLINK_SOCK_DIAG });
const { dataTypes } = tcpRequest();
const options = (more: Partial<DumpOptions> = {}): DumpOptions => ({ request: bothFamilies(), dataTypes, ...more });

/** Returns a request for one socket, which does not exist: behind the family and the protocol all is zero. */
function single(family: number, flags = NLM_F_REQUEST): Buffer {
  const bytes = Buffer.alloc(72);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(SOCK_DIAG_BY_FAMILY, 4);
  bytes.writeUInt16LE(flags, 6);
  bytes.set([family, 6], 16);
  return bytes;
}

describe('a dump in parts', () => {
  it('has the same messages as a dump at once', async () => {
    const server = await listen();
    for (let i = 0; i < CONNECTIONS; i++) await server.open();
    const ofServer = (found: ReturnType<typeof answers>): bigint[] =>
      found.filter(({ sport, dport }) => sport === server.port || dport === server.port).map(({ key }) => key);
    const all = netlink.dump(tcpRequest());
    const keys: bigint[] = [];
    let isLast = false;
    for await (const part of readDump(requester(), options({ partBytes: 1 }))) {
      expect([isLast, part.isInterrupted]).toEqual([false, false]);
      keys.push(...ofServer(answers(part.data, part.messages)));
      isLast = part.isLast;
    }
    expect(isLast).toBe(true);
    expect(keys).toHaveLength(2 * CONNECTIONS);
    expect(new Set(keys)).toEqual(new Set(ofServer(answers(all.data, all.messages))));
  });

  it('is undefined after the last part', async () => {
    const asked = requester();
    const dump = asked.startDump(options({ partBytes: 2 ** 26 }));
    const parts = await Promise.all([asked.nextPart(dump), asked.nextPart(dump), asked.nextPart(dump)]);
    expect(parts.map((part) => part?.isLast)).toEqual([true, undefined, undefined]);
    asked.endDump(dump);
    asked.endDump(dump);
    expect(() => asked.nextPart(dump)).toThrow('dump must be one that was started');
  });

  it('counts messages of other types', async () => {
    const server = await listen();
    await server.open();
    for await (const part of readDump(requester(), options({ dataTypes: [99] }))) {
      expect(part.messages).toHaveLength(0);
      expect(part.discarded).toBeGreaterThan(1);
    }
  });

  it('rejects with the error of the kernel, and then has no further part', async () => {
    const asked = requester();
    const dump = asked.startDump(options({ request: bothFamilies(99) }));
    await expect(asked.nextPart(dump)).rejects.toMatchObject({
      code: 'ERR_REFUSED',
      errno: EINVAL,
      syscall: 'NLMSG_ERROR',
    });
    expect(await asked.nextPart(dump)).toBeUndefined();
    await expect(readDump(asked, options({ request: bothFamilies(99) })).next()).rejects.toThrow('netlink NLMSG_ERROR');
  });

  it('rejects when it is ended while it is read', async () => {
    const server = await listen();
    for (let i = 0; i < CONNECTIONS; i++) await server.open();
    const asked = requester();
    const dump = asked.startDump(options({ partBytes: 1 }));
    const first = asked.nextPart(dump);
    asked.endDump(dump);
    // Either the first part was read already, or the dump gave up.
    await first.then(
      (part) => expect(part?.messages.length).toBeGreaterThan(0),
      (error: unknown) => expect(error).toMatchObject({ code: 'ERR_RECEIVE', errno: constants.errno.ECANCELED }),
    );
  });

  it('does not start when it is aborted before', async () => {
    await expect(readDump(requester(), options(), AbortSignal.abort(new Error('no'))).next()).rejects.toThrow('no');
  });
});

describe('single requests', () => {
  it('report what the kernel refuses as values', async () => {
    const { errnos, messages, requests } = await requester().ask(Buffer.concat([single(2), single(99), single(10)]));
    expect([errnos.length, errnos[0], errnos[2]]).toEqual([3, ENOENT, ENOENT]);
    // Its number depends on the kernel: ENOENT or EINVAL for an unknown family.
    expect(errnos[1]).toBeGreaterThan(0);
    expect([messages.length, requests.length]).toEqual([0, 0]);
  });

  it('are answered by the next call after a failure', async () => {
    const asked = new netlink.Requester({ protocol: 31 });
    await expect(asked.ask(single(2))).rejects.toMatchObject({ code: 'ERR_SOCKET', syscall: 'socket' });
    await expect(asked.ask(single(2))).rejects.toMatchObject({ code: 'ERR_SOCKET' });
  });

  it('do not change the bytes of the caller', async () => {
    const bytes = single(2);
    const before = Buffer.from(bytes);
    await requester().ask(bytes);
    expect(bytes).toEqual(before);
  });
});

describe('arguments of a requester', () => {
  const REQUESTS = 'requests must be whole netlink messages with NLM_F_REQUEST, none of them a dump';
  it.each<[string, () => unknown]>([
    ['options must be an object', () => new netlink.Requester(wrong(1))],
    ['options.protocol must be an integer', () => new netlink.Requester(wrong({}))],
    ['options.namespace must be an integer', () => new netlink.Requester({ protocol: 4, namespace: -1 })],
    ['requests must be a Uint8Array', () => requester().ask(wrong([]))],
    [REQUESTS, () => requester().ask(new Uint8Array(15))],
    [REQUESTS, () => requester().ask(single(2, 0))],
    [REQUESTS, () => requester().ask(bothFamilies())],
    [REQUESTS, () => requester().ask(single(2).subarray(0, 71))],
    ['options must be an object', () => requester().startDump(wrong(undefined))],
    ['options.request must be one whole netlink message', () => requester().startDump(options({ request: single(2) }))],
    ['options.dataTypes must be an array', () => requester().startDump(options({ dataTypes: wrong(1) }))],
    ['options.partBytes must be an integer from 1', () => requester().startDump(options({ partBytes: 0 }))],
    ['dump must be an integer', () => requester().nextPart(wrong('1'))],
    ['dump must be one that was started', () => requester().nextPart(1)],
    ['dump must be an integer', () => requester().endDump(0)],
  ])('%s', (text, call) => {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(text);
  });

  it('reject a descriptor that is not open', () => {
    expect(() => new netlink.Requester({ protocol: 4, namespace: 2 ** 30 })).toThrow(
      expect.objectContaining({ code: 'ERR_NAMESPACE', syscall: 'fcntl' }),
    );
  });
});
