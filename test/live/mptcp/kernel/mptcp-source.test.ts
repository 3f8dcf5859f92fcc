import { describe, expect, it } from 'vitest';
import { INET_DIAG_INFO, IPPROTO_MPTCP, MPTCP_INFO, type SockDiagRequest } from '../../../../inetdiag/index.js';
import { MptcpSource, type MptcpSourceOptions } from '../../../../live/mptcp/kernel/index.js';
import { createLogger } from '../../../../log/index.js';
import { AF_INET, AF_INET6, fieldOf } from '../../../../netlink/index.js';
import { buildMessage } from '../../../support/messages.js';

/** Returns a message about a socket of MPTCP. */
function socket(cookie: bigint, token: number, bytesSent: number): Uint8Array {
  const payload = new Uint8Array(MPTCP_INFO.size);
  const view = new DataView(payload.buffer);
  view.setUint32(fieldOf(MPTCP_INFO, 'token').offset, token, true);
  view.setBigUint64(fieldOf(MPTCP_INFO, 'bytesSent').offset, BigInt(bytesSent), true);
  view.setUint32(fieldOf(MPTCP_INFO, 'flags').offset, 1, true);
  return buildMessage({ cookie, attributes: [{ type: INET_DIAG_INFO, payload }] });
}

/** Source whose sessions answer with these sockets of IPv4. */
function setUp(sockets: () => readonly Uint8Array[]) {
  const requests: SockDiagRequest[] = [];
  const events: string[] = [];
  const lines: string[] = [];
  const found: Parameters<MptcpSourceOptions['onConnections']>[] = [];
  const source = new MptcpSource({
    findNamespace: (inode) => (inode === 5 ? { kind: 'name', name: 'blue' } : undefined),
    openSession: (namespace) => {
      const name = namespace?.kind === 'name' ? namespace.name : 'own';
      events.push(`open ${name}`);
      return {
        async *listFamily(request: SockDiagRequest) {
          requests.push(request);
          yield request.family === AF_INET ? [...sockets()] : [];
        },
        close: async () => void events.push(`close ${name}`),
      };
    },
    onConnections: (...each) => found.push(each),
    log: createLogger({ write: (line) => void lines.push(line) }),
  });
  return { source, requests, events, lines, found };
}

describe('the source of MPTCP connections', () => {
  it('lists sockets of both families, and keeps those with a token', async () => {
    const { source, requests, found } = setUp(() => [socket(7n, 0xbeef, 1000), socket(8n, 0, 0)]);
    await source.look(new Set([undefined]));
    expect(requests.map(({ family, protocol }) => [family, protocol])).toEqual([
      [AF_INET, IPPROTO_MPTCP],
      [AF_INET6, IPPROTO_MPTCP],
    ]);
    expect(found).toEqual([
      [
        undefined,
        [
          {
            ...{ token: 0xbeef, cookie: 7n, fellBack: true, bytesSent: 1000, bytesAcked: 0, bytesReceived: 0 },
            ...{ bytesRetrans: 0, retransmits: 0 },
          },
        ],
      ],
    ]);
  });

  it('has a session in each network namespace while that has subflows', async () => {
    const { source, events, found } = setUp(() => []);
    await source.look(new Set([undefined, 5, 6]));
    await source.look(new Set([undefined, 5]));
    await source.look(new Set([5]));
    await source.look(new Set());
    await source.look(new Set([undefined]));
    await source.close();
    await source.look(new Set([5]));
    expect(events).toEqual(['open own', 'open blue', 'close own', 'close blue', 'open own', 'close own']);
    expect(found.map(([place]) => place)).toEqual([undefined, 5, undefined, 5, 5, undefined]);
  });

  it('logs once that sockets cannot be listed', async () => {
    const { source, lines, found } = setUp(() => {
      throw Object.assign(new Error('no such protocol'), { code: 'ERR_DONE' });
    });
    for (let i = 0; i < 3; i++) await source.look(new Set([undefined]));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('rows of subflows lack what their connection counts');
    expect(found).toEqual([]);
  });
});
