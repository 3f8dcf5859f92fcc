import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { MINI_SOCKET, TCP_DESTROY_GROUPS } from '../../inetdiag/index.js';
import { type DestroyEventsOptions, netlink, type SourceOptions } from '../../native/index.js';
import { createNamespacePair, haveNamespaces, type Namespace } from '../support/namespaces.js';
import { Peer } from '../support/peer.js';
import { Connections } from './connections.js';
import { Recorder, until } from './recorder.js';
import { answers, tcpRequest, tcpSource } from './requests.js';

const HOUR_NS = 3_600_000_000_000;
const BEAT_NS = 5_000_000;

const ends: DestroyEventsOptions = {
  groups: TCP_DESTROY_GROUPS,
  dataTypes: [20],
  receiveBufferBytes: 1_000_000,
  filter: new Uint8Array(),
  graceScans: 2,
  required: true,
};

let cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
});

function start(): Recorder {
  const recorder = Recorder.start({ sources: [tcpSource({ intervalNs: BEAT_NS })] });
  cleanups.push(() => recorder.poller.stop());
  return recorder;
}

/** Adds a source, and closes the file given to it. */
function add(recorder: Recorder, path: string, changes: Partial<SourceOptions> = {}): number {
  const fd = openSync(path, 'r');
  try {
    return recorder.poller.addSource(
      tcpSource({ intervalNs: BEAT_NS, destroyEvents: ends, leftovers: [MINI_SOCKET], namespace: fd, ...changes }),
    );
  } finally {
    closeSync(fd);
  }
}

const pathOf = ({ name }: Namespace): string => `/run/netns/${name}`;

describe('an added source', () => {
  it('is scanned until it is removed, and then reports its keys as gone', async () => {
    const server = await Connections.listen();
    cleanups.push(() => server.close());
    const { port } = await server.open();
    const recorder = start();
    const source = recorder.poller.addSource(tcpSource({ intervalNs: BEAT_NS }));
    expect(source).toBe(1);
    await until(() => recorder.changes(port, source).length > 0, 'the source has the connection');
    const key = recorder.changes(port, source)[0]?.key ?? 0n;
    expect(recorder.poller.latest(source, key)).toBeDefined();
    recorder.poller.removeSource(source);
    await until(() => recorder.removed.length > 0, 'it is gone');
    expect(recorder.removed).toMatchObject([{ source, gone: expect.arrayContaining([key]) }]);
    expect(() => recorder.poller.latest(source, key)).toThrow(TypeError);
    expect(() => recorder.poller.removeSource(source)).toThrow('source must be one that was not removed');
    const scans = recorder.of(0).length;
    await until(() => recorder.of(0).length > scans + 5, 'the other goes on');
    expect(recorder.poller.addSource(tcpSource())).toBe(source);
  });

  it('may be added before the start, but not after the end', async () => {
    const recorder = new Recorder({ sources: [tcpSource()] });
    const source = recorder.poller.addSource(tcpSource({ destroyEvents: ends }));
    recorder.poller.start();
    await until(() => recorder.of(source).length > 0, 'it is scanned');
    expect(recorder.poller.listening(source)?.receiveBufferBytes).toBeGreaterThan(0);
    await recorder.poller.stop();
    expect(() => recorder.poller.addSource(tcpSource())).toThrow(expect.objectContaining({ code: 'ERR_STATE' }));
  });

  it('is rejected with a file that is not a network namespace', () => {
    const recorder = start();
    const refusal = { code: 'ERR_NAMESPACE', errno: constants.errno.EINVAL, syscall: 'setns' };
    expect(() => add(recorder, '/dev/null')).toThrow(expect.objectContaining(refusal));
    const notOpen = { code: 'ERR_NAMESPACE', errno: constants.errno.EBADF, syscall: 'fcntl' };
    const namespace = 1_000_000;
    expect(() => recorder.poller.addSource(tcpSource({ namespace }))).toThrow(expect.objectContaining(notOpen));
    expect(() => recorder.poller.addSource(tcpSource({ namespace: -1 }))).toThrow(TypeError);
    const idleIntervalNs = BEAT_NS - 1;
    expect(() => recorder.poller.addSource(tcpSource({ intervalNs: BEAT_NS, idleIntervalNs }))).toThrow(
      'source.idleIntervalNs must be an integer from 5000000',
    );
  });
});

describe.skipIf(!haveNamespaces('sources in network namespaces'))('a source in a network namespace', () => {
  function setUp() {
    const pair = createNamespacePair();
    const peers = { near: new Peer(pair.near), far: new Peer(pair.far) };
    cleanups.push(async () => {
      await Promise.all([peers.near.stop(), peers.far.stop()]);
      pair.remove();
    });
    return { pair, peers };
  }

  it('sees only its own sockets and destroy events', async () => {
    const { pair, peers } = setUp();
    const recorder = start();
    const near = add(recorder, pathOf(pair.near));
    const far = add(recorder, pathOf(pair.far));
    const port = await peers.near.listen('0.0.0.0');
    const client = await peers.far.connect({ host: pair.near.ipv4, port });
    await until(() => recorder.changes(port, near).length > 0, 'the near end');
    await until(() => recorder.changes(client.localPort, far).length > 0, 'the far end');
    for (const source of [0, far]) expect(recorder.changes(port, source)).toEqual([]);
    const key = recorder.changes(port, near)[0]?.key ?? 0n;

    const told = recorder.destroyed.length;
    const accepted = await peers.near.accepted(port, client.localPort);
    await accepted.destroy();
    await client.ended();
    await client.destroy();
    const isEnd = () =>
      recorder.destroyed
        .slice(told)
        .some((each) => each.events.some(({ event }) => event.key === key && event.state === 7));
    await until(isEnd, 'the end is told');
    expect(recorder.poller.latest(near, key)).toBeUndefined();
    expect(recorder.of(0).every(({ failure }) => failure === undefined)).toBe(true);
  });

  it('is scanned rarely while it has no socket, and at its interval after a destroy event', async () => {
    const { pair, peers } = setUp();
    const recorder = start();
    const source = add(recorder, pathOf(pair.near), { idleIntervalNs: HOUR_NS });
    await until(() => recorder.of(source).length === 1, 'its first scan');
    const others = recorder.of(0).length;
    await until(() => recorder.of(0).length > others + 50, 'fifty beats');
    expect(recorder.of(source)).toHaveLength(1);

    const port = await peers.near.listen('0.0.0.0');
    const kept = await peers.far.connect({ host: pair.near.ipv4, port });
    const short = await peers.far.connect({ host: pair.near.ipv4, port });
    await (await peers.near.accepted(port, short.localPort)).reset();
    await until(() => recorder.of(source).length > 50, 'fifty scans');
    expect(recorder.changes(port, source).some(({ dport }) => dport === kept.localPort)).toBe(true);
  });

  it('can be dumped once without a poller', async () => {
    const { pair, peers } = setUp();
    const port = await peers.near.listen('0.0.0.0');
    await peers.far.connect({ host: pair.near.ipv4, port });
    const fd = openSync(pathOf(pair.near), 'r');
    try {
      const { data, messages } = netlink.dump({ ...tcpRequest(), namespace: fd });
      expect(answers(data, messages).map(({ sport }) => sport)).toContain(port);
    } finally {
      closeSync(fd);
    }
    const { data, messages } = netlink.dump(tcpRequest());
    expect(answers(data, messages).map(({ sport }) => sport)).not.toContain(port);
  });
});
