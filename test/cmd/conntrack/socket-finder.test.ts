import { describe, expect, it } from 'vitest';
import { SocketFinder } from '../../../cmd/tcp-info/conntrack/socket-finder.js';
import { type Flow, flowEndpoints } from '../../../conntrack/index.js';
import { INET_DIAG_INFO } from '../../../inetdiag/index.js';
import type { Answers } from '../../../native/index.js';
import { parseAddress } from '../../../netlink/index.js';
import { TcpState } from '../../../tcp/index.js';

const NLMSG_HDRLEN = 16;
const REQUEST_BYTES = 72;
const INFO_BYTES = 232;
const RTT_AT = 68;
const LOCAL = '10.77.0.1';

interface Socket {
  readonly family?: number;
  readonly ends: readonly [local: string, localPort: number, remote: string, remotePort: number];
  readonly state?: number;
  readonly cookie?: bigint;
  readonly rttUs?: number;
}

/** Builds an answer of sock_diag. */
function answer({ family = 2, ends, state = TcpState.ESTABLISHED, cookie = 0x302c1n, rttUs }: Socket): Buffer {
  const [local, localPort, remote, remotePort] = ends;
  const bytes = Buffer.alloc(NLMSG_HDRLEN + 72 + (rttUs === undefined ? 0 : 4 + INFO_BYTES));
  const body = bytes.subarray(NLMSG_HDRLEN);
  body[0] = family;
  body[1] = state;
  body.writeUInt16BE(localPort, 4);
  body.writeUInt16BE(remotePort, 6);
  body.set(parseAddress(local)?.bytes ?? [], 8);
  body.set(parseAddress(remote)?.bytes ?? [], 24);
  body.writeBigUInt64LE(cookie, 44);
  if (rttUs !== undefined) {
    body.writeUInt16LE(4 + INFO_BYTES, 72);
    body.writeUInt16LE(INET_DIAG_INFO, 74);
    body.writeUInt32LE(rttUs, 76 + RTT_AT);
  }
  return bytes;
}

/** Kernel that answers some of the requests, by index. */
function kernel(answers: readonly (readonly [request: number, answer: Buffer])[]) {
  const asked: Uint8Array[] = [];
  return {
    asked,
    ask: async (requests: Uint8Array): Promise<Answers> => {
      asked.push(requests);
      const data = Buffer.concat(answers.map(([, bytes]) => bytes));
      const messages: number[] = [];
      let at = 0;
      for (const [, bytes] of answers) {
        messages.push(at, bytes.length);
        at += bytes.length;
      }
      return {
        data,
        messages: Uint32Array.from(messages),
        requests: Uint32Array.from(answers.map(([request]) => request)),
        errnos: new Uint16Array(requests.length / REQUEST_BYTES),
        unrelated: 0,
      };
    },
  };
}

function looked(sport: number, protocol = 6, src = LOCAL) {
  const flow: Flow = {
    family: 2,
    orig: { protocol, src, sport, dst: '10.77.0.2', dport: 9000 },
    reply: { protocol, src: '10.77.0.2', sport: 9001, dst: src, dport: sport },
  };
  return { flow, endpoints: flowEndpoints(flow, (address) => address === LOCAL) };
}

describe('the search for sockets of flows', () => {
  it('asks for all in one call, by the ends before translation', async () => {
    const ends = [LOCAL, 5, '10.77.0.2', 9000] as const;
    const { ask, asked } = kernel([[1, answer({ ends, rttUs: 41 })]]);
    const found = await new SocketFinder({ ask }, 'host_1795').find([looked(4), looked(5), looked(6)]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toHaveLength(3 * REQUEST_BYTES);
    expect(found).toEqual([
      undefined,
      { uuid: 'host_1795_00000000000302C1', tcp: expect.objectContaining({ state: 'ESTABLISHED', rttUs: 41 }) },
      undefined,
    ]);
  });

  it('asks for TCP flows with an end on this machine only', async () => {
    const { ask, asked } = kernel([]);
    const finder = new SocketFinder({ ask }, 'host_1795');
    expect(await finder.find([looked(4, 17), looked(4, 6, '192.0.2.1')])).toEqual([undefined, undefined]);
    expect(asked).toEqual([]);
    expect(await finder.find([])).toEqual([]);
  });

  it('takes no listening socket for the connection', async () => {
    const listening = answer({ ends: [LOCAL, 4, '0.0.0.0', 0], state: TcpState.LISTEN });
    expect(await new SocketFinder(kernel([[0, listening]]), 'host').find([looked(4)])).toEqual([undefined]);
  });

  it('knows sockets of IPv6 that speak IPv4, and sockets without tcp_info', async () => {
    const ends = [`::ffff:${LOCAL}`, 4, '::ffff:10.77.0.2', 9000] as const;
    const mapped = answer({ family: 10, ends, state: TcpState.TIME_WAIT });
    const [socket] = await new SocketFinder(kernel([[0, mapped]]), 'host').find([looked(4)]);
    expect(socket).toEqual({ uuid: 'host_00000000000302C1', tcp: { state: 'TIME_WAIT' } });
  });
});
