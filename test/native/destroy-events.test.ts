import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MINI_SOCKET, TCP_DESTROY_GROUPS, unboundSocketsFilter } from '../../inetdiag/index.js';
import { ADDON_PATH_VARIABLE, type DestroyEventsOptions, netlink, type PollerOptions } from '../../native/index.js';
import { readBytesReceived, readBytesSent, TcpState } from '../../tcp/index.js';
import { havePrograms, skipped } from '../support/programs.js';
import { listen } from './connections.js';
import { Recorder, stopAfterTest, until } from './recorder.js';
import { type Answer, bothFamilies, SOCK_DIAG_BY_FAMILY, shape, tcpSource } from './requests.js';

const HOUR_NS = 3_600_000_000_000;
const INET_DIAG_MSG = 72;
const INET_DIAG_INFO = 2;
const GRACE_SCANS = 2;
const LONG_GRACE_SCANS = 250;

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const addon = process.env[ADDON_PATH_VARIABLE] ?? join(root, 'native', 'build', 'Release', 'netlink.node');

const ends = (changes: Partial<DestroyEventsOptions> = {}): DestroyEventsOptions => ({
  groups: TCP_DESTROY_GROUPS,
  dataTypes: [SOCK_DIAG_BY_FAMILY],
  receiveBufferBytes: 4_000_000,
  filter: new Uint8Array(),
  graceScans: GRACE_SCANS,
  required: true,
  ...changes,
});

async function start(options: PollerOptions): Promise<Recorder> {
  const recorder = stopAfterTest(Recorder.start(options));
  await until(() => recorder.batches.length > 0, 'the first scan is there');
  return recorder;
}

/** Returns a filter for events of sockets connected to this port: `ldh [22]; jeq port; ret`. */
function onlyTo(port: number): Uint8Array {
  const filter = Buffer.alloc(32);
  [
    [0x28, 0, 0, 22],
    [0x15, 0, 1, port],
    [0x06, 0, 0, 0xffff_ffff],
    [0x06, 0, 0, 0],
  ].forEach(([code = 0, jt = 0, jf = 0, k = 0], i) => {
    filter.writeUInt16LE(code, 8 * i);
    filter.writeUInt8(jt, 8 * i + 2);
    filter.writeUInt8(jf, 8 * i + 3);
    filter.writeUInt32LE(k, 8 * i + 4);
  });
  return filter;
}

/** Returns the destroy events of the socket with these ports, in order. */
function told(recorder: Recorder, sport: number, dport: number) {
  return recorder.destroyed.flatMap((each) =>
    each.events.filter(({ event }) => event.sport === sport && event.dport === dport),
  );
}

function infoOf({ bytes }: Answer): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 16 + INET_DIAG_MSG; at + 4 <= bytes.length; at += (view.getUint16(at, true) + 3) & ~3) {
    if (view.getUint16(at + 2, true) === INET_DIAG_INFO) return bytes.subarray(at + 4, at + view.getUint16(at, true));
  }
  throw new Error('no tcp_info');
}

describe('destroy events of real connections', () => {
  it.each(['127.0.0.1', '::1'])('are delivered between two scans with final counters, over %s', async (host) => {
    const server = await listen(host);
    const { client, port } = await server.open();
    // A scan sees the connection; the next scan is an hour away.
    const recorder = await start({ sources: [tcpSource({ intervalNs: HOUR_NS, destroyEvents: ends() })] });
    const [seen] = recorder.changes(port);
    client.end(Buffer.alloc(10_000));
    server.accepted[0]?.end(Buffer.alloc(500));
    await until(() => told(recorder, port, server.port).length > 0, 'the end of the client');
    await until(() => told(recorder, server.port, port).length > 0, 'the end of the server');
    expect(recorder.batches).toHaveLength(1);

    const [mine, ...others] = told(recorder, port, server.port);
    expect(others).toEqual([]);
    expect(mine?.event).toMatchObject({ key: seen?.key, state: TcpState.CLOSE });
    expect(mine?.last?.key).toBe(seen?.key);
    const info = infoOf(mine?.event ?? expect.fail());
    expect(readBytesSent(info)).toBeGreaterThanOrEqual(10_000);
    // Either side may have sent its FIN first; a received FIN counts one byte.
    expect([500, 501]).toContain(readBytesReceived(info));
    expect(recorder.poller.latest(0, seen?.key ?? 0n)).toBeUndefined();
    const [ended] = recorder.destroyed.filter((each) => each.events.length > 0);
    expect(ended?.takenNs).toBeGreaterThan(recorder.batches[0]?.endNs ?? 0n);
  });

  it('are delivered for connections that no scan has seen', async () => {
    const recorder = await start({ sources: [tcpSource({ intervalNs: HOUR_NS, destroyEvents: ends() })] });
    const server = await listen();
    const { client, port } = await server.open();
    client.destroy();
    await until(() => told(recorder, port, server.port).length > 0, 'the end');
    expect(told(recorder, port, server.port)[0]?.last).toBeUndefined();
  });

  it('are delivered for connections that their own side resets, without the remote port', async () => {
    const server = await listen();
    const { client, port } = await server.open();
    const recorder = await start({
      sources: [tcpSource({ intervalNs: HOUR_NS, destroyEvents: ends({ filter: unboundSocketsFilter() }) })],
    });
    const key = recorder.changes(port)[0]?.key;
    client.resetAndDestroy();
    const end = () => recorder.destroyed.flatMap((each) => each.events).find(({ event }) => event.key === key);
    await until(() => end() !== undefined, 'the end');
    expect(end()).toMatchObject({
      event: { dport: 0, state: TcpState.CLOSE },
      last: { sport: port, dport: server.port },
    });
  });

  it.skipIf(!havePrograms('unbound sockets', 'python3'))('are not sent for sockets that never had a port', async () => {
    const server = await listen();
    const all = await start({ sources: [tcpSource({ intervalNs: HOUR_NS, destroyEvents: ends() })] });
    const filtered = await start({
      sources: [tcpSource({ intervalNs: HOUR_NS, destroyEvents: ends({ filter: unboundSocketsFilter() }) })],
    });
    const unbound = (recorder: Recorder) =>
      recorder.destroyed.flatMap((each) => each.events.filter(({ event }) => event.sport === 0 && event.dport === 0));
    execFileSync('python3', ['-c', 'import socket\nfor _ in range(20): socket.socket().close()']);
    await until(() => unbound(all).length >= 20, 'the ends of all');
    // Later events have arrived, so theirs would have arrived too.
    const { client, port } = await server.open();
    client.destroy();
    await until(() => told(filtered, port, server.port).length > 0, 'the end of a connection');
    expect(unbound(filtered)).toEqual([]);
  });

  it('are dropped by a filter', async () => {
    const server = await listen();
    const recorder = await start({
      sources: [tcpSource({ intervalNs: HOUR_NS, destroyEvents: ends({ filter: onlyTo(server.port) }) })],
    });
    const { client, port } = await server.open();
    client.destroy();
    await until(() => told(recorder, port, server.port).length > 0, 'the end');
    server.accepted[0]?.destroy();
    // The filter lets only one side of the next connection through, too: the other event came before it.
    const next = await server.open();
    next.client.destroy();
    await until(() => told(recorder, next.port, server.port).length > 0, 'the next end');
    const ports = new Set(recorder.destroyed.flatMap((each) => each.events.map(({ event }) => event.dport)));
    expect([...ports]).toEqual([server.port]);
  });

  it('are not also reported as gone, and a remaining mini-socket is no new key', async () => {
    const server = await listen();
    const recorder = await start({
      // Absent for this many scans, half a second, before its event arrives: no machine is that slow.
      sources: [
        tcpSource({ intervalNs: 2e6, destroyEvents: ends({ graceScans: LONG_GRACE_SCANS }), leftovers: [MINI_SOCKET] }),
      ],
    });
    const { client, port } = await server.open();
    await until(() => recorder.changes(port).length > 0, 'the connection appears');
    const key = recorder.changes(port)[0]?.key ?? 0n;
    const [far] = server.accepted;
    client.end();
    if (far !== undefined && !far.readableEnded) await once(far, 'end');
    far?.end();
    await until(() => told(recorder, port, server.port).length > 0, 'the end');
    const changes = recorder.changes(port).length;
    const { length } = recorder.batches;
    await until(() => recorder.batches.length > length + LONG_GRACE_SCANS + 2, 'scans that do not have it');
    expect(recorder.gone(key)).toBe(false);
    expect(recorder.changes(port)).toHaveLength(changes);
  });
});

describe('an overrun of the event queue', () => {
  it('is counted exactly, starts a scan at once, and drops keys whose events were lost', {
    timeout: 60_000,
  }, async () => {
    const COUNT = 300;
    const server = await listen();
    const ports: number[] = [];
    for (let i = 0; i < COUNT; i++) ports.push((await server.open()).port);
    // The filter lets only the clients' side through: dport is the server's.
    const recorder = await start({
      sources: [
        tcpSource({
          intervalNs: HOUR_NS,
          leftovers: [MINI_SOCKET],
          destroyEvents: ends({ receiveBufferBytes: 4096, filter: onlyTo(server.port) }),
        }),
      ],
    });
    expect(recorder.poller.listening(0)?.receiveBufferBytes).toBe(4096);
    const keys = new Set(ports.map((port) => recorder.changes(port)[0]?.key ?? 0n));
    expect(keys.size).toBe(COUNT);
    for (const client of server.clients) client.destroy();

    const heard = (): bigint[] => recorder.destroyed.flatMap((each) => each.events.map(({ event }) => event.key));
    const lost = (): number => recorder.destroyed.reduce((sum, each) => sum + each.lost, 0);
    const gone = (): bigint[] => recorder.batches.flatMap((batch) => batch.gone.filter((key) => keys.has(key)));
    const over = () => new Set([...heard(), ...gone()]);
    await until(() => over().size >= COUNT, 'every key has ended');
    // The last events may arrive or be lost after the last scan has missed their sockets.
    await until(() => heard().length + lost() >= COUNT, 'every event was heard or lost');

    const overruns = recorder.destroyed.reduce((sum, each) => sum + each.overruns, 0);
    expect(overruns).toBeGreaterThanOrEqual(1);
    expect(lost()).toBeGreaterThanOrEqual(1);
    expect(heard().length + lost()).toBe(COUNT);
    expect(heard().every((key) => keys.has(key))).toBe(true);
    expect(over()).toEqual(keys);
    expect(gone().length).toBeGreaterThanOrEqual(lost());
    // The scan did not wait an hour for its beat.
    expect(recorder.batches.length).toBeGreaterThan(GRACE_SCANS + 1);
    for (const key of keys) expect(recorder.poller.latest(0, key)).toBeUndefined();
  });
});

describe('listening for destroy events', () => {
  it('is reported by the poller', async () => {
    const recorder = await start({
      sources: [tcpSource({ destroyEvents: ends({ receiveBufferBytes: 100_000 }) }), tcpSource()],
    });
    expect(recorder.poller.listening(0)).toMatchObject({ receiveBufferBytes: 100_000 });
    expect(recorder.poller.listening(0)?.failure).toBeUndefined();
    expect(recorder.poller.listening(1)).toBeUndefined();
    const { poller } = new Recorder({ sources: [tcpSource({ destroyEvents: ends() })] });
    expect(poller.listening(0)).toBeUndefined();
  });

  it('fails the start only when it is required', async () => {
    // A jump beyond the end: the kernel refuses the filter.
    const broken = ends({ filter: Uint8Array.of(0x15, 0, 9, 9, 0, 0, 0, 0) });
    const { poller, batches } = new Recorder({ sources: [tcpSource({ destroyEvents: broken })] });
    expect(() => poller.start()).toThrow(
      expect.objectContaining({ code: 'ERR_SOCKET', errno: constants.errno.EINVAL, syscall: 'setsockopt' }),
    );
    expect(batches).toEqual([]);
    await poller.stop();

    const recorder = await start({ sources: [tcpSource({ destroyEvents: { ...broken, required: false } })] });
    expect(recorder.poller.listening(0)).toEqual({
      failure: { code: 'ERR_SOCKET', errno: constants.errno.EINVAL, op: 'setsockopt' },
    });
    // Without events, absence from a scan counts at once.
    const server = await listen();
    const { client, port } = await server.open();
    await until(() => recorder.changes(port).length > 0, 'the connection appears');
    client.resetAndDestroy();
    await until(() => recorder.gone(recorder.changes(port)[0]?.key ?? 0n), 'the connection is gone');
  });

  it('uses the fallback filter when the kernel refuses the first', async () => {
    const server = await listen();
    const filters = { filter: Uint8Array.of(0x15, 0, 9, 9, 0, 0, 0, 0), fallbackFilter: onlyTo(server.port) };
    const recorder = await start({ sources: [tcpSource({ destroyEvents: ends(filters) })] });
    expect(recorder.poller.listening(0)).toMatchObject({ fallbackFilter: true });
    const { client, port } = await server.open();
    server.accepted[0]?.destroy();
    client.destroy();
    await until(() => told(recorder, port, server.port).length > 0, 'the end of the client');
    const next = await server.open();
    next.client.destroy();
    await until(() => told(recorder, next.port, server.port).length > 0, 'the next end');
    expect(told(recorder, server.port, port)).toEqual([]);

    const other = await start({ sources: [tcpSource({ destroyEvents: ends({ ...filters, filter: onlyTo(1) }) })] });
    expect(other.poller.listening(0)).toMatchObject({ fallbackFilter: false });
  });

  it('needs no privilege, except for the size of the queue', (context) => {
    const what = 'listening without privileges';
    if (process.getuid?.() !== 0) {
      skipped(what, 'not root, who alone can drop privileges');
      context.skip();
    }
    if (!havePrograms(what, 'setpriv')) context.skip();
    const script = `
      const addon = require(${JSON.stringify(addon)});
      const source = ${JSON.stringify({ ...tcpSource(), queryMethods: [], mask: shape.mask, intervalNs: HOUR_NS })};
      source.queryMethods = [[Uint8Array.from(${JSON.stringify([...bothFamilies()])})]];
      source.destroyEvents = ${JSON.stringify({ ...ends(), filter: [] })};
      source.destroyEvents.filter = new Uint8Array();
      const net = require('node:net');
      const server = net.createServer((socket) => socket.on('error', () => {}).resume());
      server.listen(0, '127.0.0.1', () => {
        const { port } = server.address();
        const poller = new addon.Poller({ sources: [source] }, ({ kind, destroyed: { data, messages } }) => {
          if (kind === 'scan') net.connect(port, '127.0.0.1', function () { this.destroy(); });
          for (let i = 0; i < messages.length; i += 4) {
            // idiag_dport
            if (Buffer.from(data).readUInt16BE(messages[i] + 22) !== port) continue;
            console.log(JSON.stringify(poller.listening(0)));
            process.exit(0);
          }
        });
        poller.start();
      });
    `;
    const unprivileged = ['--bounding-set', '-all', '--inh-caps', '-all'];
    const output = execFileSync('setpriv', [...unprivileged, process.execPath, '-e', script], {
      encoding: 'utf8',
      timeout: 25_000,
    });
    const { receiveBufferBytes, forced } = JSON.parse(output) as { receiveBufferBytes: number; forced: boolean };
    expect(forced).toBe(false);
    expect(receiveBufferBytes).toBeGreaterThan(0);
  });
});

describe('arguments of destroy events', () => {
  const wrong = (value: unknown): never => value as never;
  const made = (changes: object) => () => new netlink.Poller({ sources: [tcpSource(changes)] }, () => undefined);
  const name = 'options.sources[0]';

  it.each<[string, () => unknown]>([
    [`${name}.destroyEvents must be an object`, made({ destroyEvents: 1 })],
    [
      `${name}.destroyEvents.groups must be an integer from 1 to 4294967295`,
      made({ destroyEvents: ends({ groups: 0 }) }),
    ],
    [`${name}.destroyEvents.dataTypes must be an array`, made({ destroyEvents: ends({ dataTypes: wrong(20) }) })],
    [
      `${name}.destroyEvents.receiveBufferBytes must be an integer from 1 to 2147483647`,
      made({ destroyEvents: ends({ receiveBufferBytes: 2 ** 31 }) }),
    ],
    [
      `${name}.destroyEvents.filter must be at most 4096 instructions of 8 bytes`,
      made({ destroyEvents: ends({ filter: new Uint8Array(9) }) }),
    ],
    [
      `${name}.destroyEvents.filter must be at most 4096 instructions of 8 bytes`,
      made({ destroyEvents: ends({ filter: new Uint8Array(8 * 4097) }) }),
    ],
    [
      `${name}.destroyEvents.graceScans must be an integer from 0 to`,
      made({ destroyEvents: ends({ graceScans: -1 }) }),
    ],
    [
      `${name}.leftovers[0].offset must be less than attributesOffset`,
      made({ leftovers: [{ offset: 72, bytes: [3] }] }),
    ],
    [
      `${name}.leftovers[0].offset must be less than attributesOffset`,
      made({ leftovers: [{ offset: 71, bytes: [0, 0] }] }),
    ],
    [`${name}.leftovers[0].bytes must be 1 to 16 bytes`, made({ leftovers: [{ offset: 2, bytes: [] }] })],
    [
      `${name}.leftovers[0].bytes[0] must be an integer from 0 to 255`,
      made({ leftovers: [{ offset: 2, bytes: [256] }] }),
    ],
  ])('%s', (text, call) => {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(text);
  });

  it('of listening and setStride are checked', () => {
    const poller = new netlink.Poller({ sources: [tcpSource()] }, () => undefined);
    expect(() => poller.listening(1)).toThrow(new TypeError('source must be an integer from 0 to 0'));
    for (const stride of [0, 1001, 1.5, Number.NaN]) {
      expect(() => poller.setStride(stride)).toThrow(new TypeError('stride must be an integer from 1 to 1000'));
    }
  });
});
