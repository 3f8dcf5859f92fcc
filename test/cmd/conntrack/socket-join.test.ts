import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CollectorConnections } from '../../../cmd/tcp-info/conntrack/collector-connections.js';
import type { FlowSocket, LookedUpFlow } from '../../../cmd/tcp-info/conntrack/flow-socket.js';
import { UsageError } from '../../../cmd/tcp-info/conntrack/run-action.js';
import { SocketJoin } from '../../../cmd/tcp-info/conntrack/socket-join.js';
import { type Flow, flowEndpoints, TcpConntrack } from '../../../conntrack/index.js';
import { AF_INET } from '../../../netlink/index.js';
import { tempFolder } from '../../support/temp.js';

const NETNS = 4026532000;
const LOCAL = '10.77.0.1';
const { ESTABLISHED, TIME_WAIT } = TcpConntrack;

function looked(sport: number, state: number = ESTABLISHED, protocol = 6): LookedUpFlow {
  const flow: Flow = {
    family: AF_INET,
    id: sport,
    orig: { protocol, src: LOCAL, sport, dst: '10.77.0.2', dport: 9000 },
    reply: { protocol, src: '10.77.0.2', sport: 9001, dst: LOCAL, dport: sport },
    tcp: { state },
  };
  return { flow, endpoints: flowEndpoints(flow, (address) => address === LOCAL) };
}

const uuid = (sport: number): string => `web_1795_${sport.toString(16).toUpperCase().padStart(16, '0')}`;

/** Connection as the API lists it. */
function row(localPort: number, more: object = {}) {
  return {
    uuid: uuid(localPort),
    ...{ state: 'ESTABLISHED', open: true, closedTime: null },
    connection: {
      ...{ startTime: '2026-11-28T19:05:00.000Z', netnsInode: null, localAddress: LOCAL, localPort },
      ...{ remoteAddress: '10.77.0.2', remotePort: 9000, totalRetrans: 1, bytesSent: 100, bytesReceived: null },
    },
    now: { rttUs: 41, minRttUs: null },
    ...more,
  };
}

const closedRow = (localPort: number) =>
  row(localPort, { open: false, state: 'CLOSE', closedTime: '2026-11-28T19:06:00Z' });

type Answerer = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers of a collector. */
function collector(connections: readonly unknown[], status: object = {}): Answerer {
  return (request, response) => {
    const isStatus = request.url?.startsWith('/api/v1/status') === true;
    const body = isStatus ? { open: 1, closed: 0, netnsInode: NETNS, ...status } : { connections };
    response.end(JSON.stringify(body));
  };
}

/** Serves on a unix socket, and returns its path. */
async function serve(answer: Answerer): Promise<string> {
  const socketPath = join(tempFolder(), 'live.sock');
  const server = createServer(answer).listen(socketPath);
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return socketPath;
}

/** Kernel that knows the sockets of some ports, and keeps which ports it was asked for. */
function kernel(ports: readonly number[] = []) {
  const asked: (number | null)[] = [];
  const prefixes: string[] = [];
  return {
    ...{ asked, prefixes, ports: new Set(ports) },
    create(prefix: string) {
      prefixes.push(prefix);
      return {
        find: async (flows: readonly LookedUpFlow[]): Promise<(FlowSocket | undefined)[]> =>
          flows.map(({ endpoints: { local } }) => {
            asked.push(local.port);
            if (!this.ports.has(local.port ?? 0)) return undefined;
            return { uuid: `${prefix}_kernel`, tcp: { state: 'ESTABLISHED' } };
          }),
      };
    },
  };
}

async function joined(socketPath: string, from = kernel(), { isUsual = false, netns = NETNS, deadlineMs = 5000 } = {}) {
  const said: string[] = [];
  const address = { text: `unix:${socketPath}`, socketPath, basePath: '' };
  const connections = new CollectorConnections(address, netns, deadlineMs);
  const sockets = new SocketJoin(
    connections,
    (prefix) => from.create(prefix),
    () => 'boot',
    (text) => said.push(text),
  );
  await sockets.start(isUsual);
  return { sockets, said, from };
}

describe('the sockets of flows', () => {
  it('come from a collector that knows them, others from the kernel with its prefix', async () => {
    const path = await serve(collector([row(1), row(2, { connection: { ...row(2).connection, netnsInode: 5 } })]));
    const { sockets, said, from } = await joined(path, kernel([2]));
    const found = await sockets.find([looked(1), looked(2), looked(3), looked(4, ESTABLISHED, 17)]);
    expect(found).toEqual([
      { uuid: uuid(1), tcp: { state: 'ESTABLISHED', rttUs: 41, totalRetrans: 1, bytesSent: 100 } },
      { uuid: 'web_1795_kernel', tcp: { state: 'ESTABLISHED' } },
      undefined,
      undefined,
    ]);
    expect([from.asked, said]).toEqual([[2, 3], []]);
  });

  it('from the kernel have the prefix of a collector that has recorded nothing yet', async () => {
    const path = await serve(collector([], { uuidPrefix: 'custom_17' }));
    const { sockets, from } = await joined(path, kernel([2]));
    expect(await sockets.find([looked(2)])).toEqual([{ uuid: 'custom_17_kernel', tcp: { state: 'ESTABLISHED' } }]);
    expect(from.prefixes).toEqual(['custom_17']);
  });

  it('are those of closed connections for flows that have ended only', async () => {
    const path = await serve(collector([closedRow(1), row(2), closedRow(2)]));
    const { sockets } = await joined(path);
    const found = await sockets.find([looked(1, TIME_WAIT), looked(1, ESTABLISHED), looked(2, TIME_WAIT)]);
    expect(found.map((each) => each?.tcp?.state)).toEqual(['CLOSE', undefined, 'ESTABLISHED']);
  });

  it('come from the kernel where the collector is in another namespace, or does not say in which it is', async () => {
    for (const [status, netns] of [
      [{}, NETNS + 1],
      [{ netnsInode: null }, NETNS],
      [{ netnsInode: undefined }, NETNS],
    ] as const) {
      const { sockets, from, said } = await joined(await serve(collector([row(1)], status)), kernel([1]), { netns });
      expect(await sockets.find([looked(1)])).toMatchObject([{ uuid: 'web_1795_kernel' }]);
      expect([from.prefixes, said]).toEqual([['web_1795'], []]);
    }
  });

  it('come from the kernel with the prefix of the boot where no collector runs, quietly at the usual address', async () => {
    const path = join(tempFolder(), 'none.sock');
    const usual = await joined(path, kernel([1]), { isUsual: true });
    expect(await usual.sockets.find([looked(1)])).toMatchObject([{ uuid: 'boot_kernel' }]);
    expect(usual.said).toEqual([]);
    expect((await joined(path)).said).toEqual([
      expect.stringMatching(/^unix:\S+none\.sock: .*ENOENT.*; sockets come from the kernel alone$/),
    ]);
  });

  it.each<[string, Answerer, RegExp]>([
    ['text', (_, response) => response.end('hello'), /does not answer as a collector: expected JSON/],
    ['null', (_, response) => response.end('null'), /does not answer as a collector: no object/],
    ['no list', (_, response) => response.end('{}'), /does not answer as a collector: no connections/],
    ['other rows', collector([{ uuid: 5 }]), /does not answer as a collector: no UUID/],
    ['rows without ends', collector([row(1, { connection: {} })], {}), /does not answer as a collector: no addresses/],
    ['rows without a time', collector([closedRow(1), row(2, { open: false })]), /as a collector: no time/],
    ['an error', (_, response) => response.writeHead(500).end('oops'), /answers with status 500/],
    ['no answer', () => undefined, /no answer within 0.2 s/],
    ['half of an answer', (_, response) => response.writeHead(200).write('{"open":'), /no answer within 0.2 s/],
    ['the end', (request) => request.socket.destroy(), /unix:/],
  ])('come from the kernel after one line about a collector that answers %s', async (_, answer, text) => {
    const { sockets, said } = await joined(await serve(answer), kernel([1]), { isUsual: true, deadlineMs: 200 });
    for (let i = 0; i < 2; i++) {
      expect(await sockets.find([looked(1)])).toMatchObject([{ uuid: expect.stringMatching(/_kernel$/) }]);
    }
    expect(said).toEqual([expect.stringMatching(text)]);
  });

  it('keep their UUID after they are gone while flows are followed', async () => {
    const from = kernel([1]);
    const { sockets } = await joined(await serve(collector([])), from);
    expect(await sockets.follow([looked(1), looked(2)])).toMatchObject([{ uuid: 'boot_kernel' }, undefined]);
    from.ports.clear();
    expect(await sockets.follow([looked(2), looked(1, TIME_WAIT)])).toEqual([undefined, { uuid: 'boot_kernel' }]);
    expect(await sockets.find([looked(1)])).toEqual([undefined]);
  });

  it('need an address that is one', async () => {
    const say = (): void => undefined;
    await expect(SocketJoin.open({}, { TCP_INFO_LIVE: 'ftp://x' }, say)).rejects.toThrow(
      /^TCP_INFO_LIVE=ftp:\/\/x: expected/,
    );
    await expect(SocketJoin.open({ connect: 'ftp://x' }, {}, say)).rejects.toThrow(UsageError);
  });
});
