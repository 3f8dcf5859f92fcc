import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { netlink } from '../../native/index.js';
import { listen } from './connections.js';
import { SOCK_DIAG_BY_FAMILY } from './requests.js';

const { EINVAL, ENOENT } = constants.errno;
const NETLINK_SOCK_DIAG = 4;
const NLM_F_REQUEST = 1;
const NLM_F_DUMP = 0x300;
const AF_INET = 2;

/** Returns a request for the socket between two ports of 127.0.0.1. */
function socketRequest(localPort: number, remotePort: number, flags = NLM_F_REQUEST): Buffer {
  const bytes = Buffer.alloc(72);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(SOCK_DIAG_BY_FAMILY, 4);
  bytes.writeUInt16LE(flags, 6);
  bytes.set([AF_INET, 6], 16);
  bytes.writeUInt32LE(0xffff_ffff, 20);
  bytes.writeUInt16BE(localPort, 24);
  bytes.writeUInt16BE(remotePort, 26);
  bytes.set([127, 0, 0, 1], 28);
  bytes.set([127, 0, 0, 1], 44);
  bytes.fill(0xff, 64, 72);
  return bytes;
}

describe('a request on the calling thread', () => {
  it('is answered with the message', async () => {
    const server = await listen();
    const requester = new netlink.Requester({ protocol: NETLINK_SOCK_DIAG });
    const answer = Buffer.alloc(4096);
    for (let i = 0; i < 5; i++) {
      const { port } = await server.open();
      const request = socketRequest(port, server.port);
      const before = Buffer.from(request);
      const length = requester.askNow(request, answer);
      expect(length).toBe(answer.readUInt32LE(0));
      expect(length).toBeGreaterThanOrEqual(16 + 72);
      expect([answer.readUInt16BE(16 + 4), answer.readUInt16BE(16 + 6)]).toEqual([port, server.port]);
      // The caller's bytes stay.
      expect(request).toEqual(before);
    }
    await requester.close();
  });

  it('is answered with the negative errno of a refusal', async () => {
    const requester = new netlink.Requester({ protocol: NETLINK_SOCK_DIAG });
    const answer = new Uint8Array(4096);
    expect(requester.askNow(socketRequest(1, 1), answer)).toBe(-ENOENT);
    const unknown = socketRequest(1, 1);
    unknown.writeUInt16LE(4711, 4);
    expect(requester.askNow(unknown, answer)).toBe(-EINVAL);
    await requester.close();
  });

  it('throws when the answer does not fit, and is answered afterwards', async () => {
    const server = await listen();
    const { port } = await server.open();
    const requester = new netlink.Requester({ protocol: NETLINK_SOCK_DIAG });
    const request = socketRequest(port, server.port);
    expect(() => requester.askNow(request, new Uint8Array(50))).toThrow(
      expect.objectContaining({ code: 'ERR_TRUNCATED' }),
    );
    expect(requester.askNow(request, new Uint8Array(4096))).toBeGreaterThan(72);
    await requester.close();
    expect(() => requester.askNow(request, new Uint8Array(4096))).toThrow(
      expect.objectContaining({ code: 'ERR_CLOSED' }),
    );
  });

  it('must be one request, and no dump', () => {
    const requester = new netlink.Requester({ protocol: NETLINK_SOCK_DIAG });
    const answer = new Uint8Array(4096);
    const one = socketRequest(1, 2);
    const dump = socketRequest(1, 2, NLM_F_REQUEST | NLM_F_DUMP);
    for (const request of [dump, one.subarray(0, 71), Buffer.concat([one, one]), new Uint8Array(0)]) {
      expect(() => requester.askNow(request, answer)).toThrow('request must be one whole netlink message');
    }
    expect(() => requester.askNow(one, 1 as never)).toThrow('answer must be a Uint8Array');
    expect(() => requester.askNow('' as never, answer)).toThrow('request must be a Uint8Array');
  });
});
