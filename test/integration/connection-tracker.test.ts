import { describe, expect } from 'vitest';
import {
  ConnectionTracker,
  type ConnectionTrackerOptions,
  deleteFlow,
  flowKey,
  flowPhase,
  listFlows,
  NETLINK_NETFILTER,
  type TrackedConnection,
  type TrackerChange,
} from '../../conntrack/kernel/index.js';
import { type ConntrackLab, haveConntrackLab, it } from '../support/conntrack-lab.js';
import { type ListenerKeeper, listenerKeeper } from '../support/kept-listeners.js';
import { until } from '../support/waiting.js';

/** Room for some dozens of events. */
const SMALL_BUFFER = 100_000;

/** A tracker that is closed at the end of its scope. */
class OpenTracker extends ConnectionTracker implements AsyncDisposable {
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const track = (lab: ConntrackLab, options: ConnectionTrackerOptions = {}, keeper = listenerKeeper()): OpenTracker =>
  new OpenTracker({ ...options, namespace: lab.near.name }, keeper.addon);

async function open(lab: ConntrackLab, host = lab.far.ipv4) {
  const port = await lab.farPeer.listen(host);
  const near = await lab.nearPeer.connect({ host, port });
  return { port, near, far: await lab.farPeer.accepted(port, near.localPort) };
}

const to = (connections: readonly TrackedConnection[], port: number): TrackedConnection | undefined =>
  connections.find(({ flow }) => flow.orig.dport === port);

/** Asks until a connection ended, and returns it. */
const endOf = (tracker: ConnectionTracker, port: number): Promise<TrackedConnection> =>
  until('the end', () => {
    const found = to(tracker.connections().connections, port);
    return found?.ended == null ? undefined : found;
  });

async function establishedNow(lab: ConntrackLab): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const flow of listFlows({ namespace: lab.near.name })) {
    if (flowPhase(flow) === 'established') keys.add(flowKey(flow));
  }
  return keys;
}

const trackedNow = (tracker: ConnectionTracker): Set<string> =>
  new Set(
    tracker.connections().connections.flatMap(({ flow, isEstablished }) => (isEstablished ? [flowKey(flow)] : [])),
  );

describe.runIf(haveConntrackLab('tests of the connection tracker'))('a connection tracker', () => {
  it('answers at once, also before its first dump and after its end', async ({ lab }) => {
    const earlier = await open(lab);
    const tracker = track(lab);
    expect(tracker.connections()).toEqual({ ready: false, connections: [], droppedEnded: 0, refused: 0 });
    await tracker.ready;
    const { ready, connections } = tracker.connections();
    expect([ready, to(connections, earlier.port)?.isEstablished]).toEqual([true, true]);
    await tracker.close();
    await tracker.close();
    expect(() => tracker.connections()).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }));
  });

  it('returns what is established, and what ended since the last call, each once', async ({ lab }) => {
    await using tracker = track(lab);
    await tracker.ready;
    for (const host of [lab.far.ipv4, lab.far.ipv6]) {
      const { port, near } = await open(lab, host);
      await until('the connection', () => to(tracker.connections().connections, port)?.isEstablished);
      await near.reset();
      expect(await endOf(tracker, port)).toMatchObject({
        isEstablished: false,
        endedCount: 1,
        ended: { cause: 'closed' },
      });
      expect(to(tracker.connections().connections, port)).toBeUndefined();
    }
    expect(tracker.counts).toMatchObject({ lost: 0, dumps: 1, resyncs: 0 });
  });

  it('ends a connection whose flow is deleted', async ({ lab }) => {
    await using tracker = track(lab, { filter: 'protocol = tcp' });
    await tracker.ready;
    const { port } = await open(lab);
    const found = await until('the connection', () => to(tracker.connections().connections, port));
    const { orig, id = -1 } = found.flow;
    const local = { address: orig.src, port: orig.sport ?? -1 };
    await deleteFlow({ protocol: 6, local, remote: { address: orig.dst, port }, id }, { namespace: lab.near.name });
    expect((await endOf(tracker, port)).ended?.cause).toBe('destroyed');
  });

  it('does not take a datagram for the end of a connection with the same ends', async ({ lab }) => {
    await using tracker = track(lab);
    await tracker.ready;
    const host = lab.near.ipv4;
    const port = await lab.nearPeer.listen(host);
    const near = await lab.nearPeer.connect({ host, port });
    lab.sendDatagrams(lab.near, { address: host, port, count: 1, firstPort: near.localPort });
    const [datagram] = [...(await flowsTo(lab, port, 'udp'))];
    expect(datagram?.orig.sport).toBe(near.localPort);
    const local = { address: host, port: near.localPort };
    const flow = { protocol: 'udp', local, remote: { address: host, port }, id: datagram?.id ?? -1 };
    expect((await deleteFlow(flow, { namespace: lab.near.name })).isDeleted).toBe(true);
    await until('the event', () => tracker.counts.received.destroy === 1);
    expect(to(tracker.connections().connections, port)).toMatchObject({ isEstablished: true, ended: null });
  });

  it('finds all changes after a loss: the table equals a fresh dump', async ({ lab }) => {
    const keeper: ListenerKeeper = listenerKeeper();
    const changes: TrackerChange[] = [];
    const options = { bufferBytes: SMALL_BUFFER, onChange: (change: TrackerChange) => void changes.push(change) };
    await using tracker = track(lab, options, keeper);
    await tracker.ready;
    const ended = await open(lab);
    await until('the connection', () => to(tracker.connections().connections, ended.port));
    keeper.listeners.get(NETLINK_NETFILTER)?.pause();
    // These fill the queue, so that the kernel drops the events of what follows.
    lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7000, count: 3000 });
    await ended.near.reset();
    const opened = await open(lab);
    keeper.listeners.get(NETLINK_NETFILTER)?.resume();
    await until('the resync', () => tracker.counts.resyncs === 1);
    expect((await endOf(tracker, ended.port)).ended?.cause).toBe('lost');
    await until('the new connection', () => to(tracker.connections().connections, opened.port)?.isEstablished);
    expect(trackedNow(tracker)).toEqual(await establishedNow(lab));
    const { lost, received } = tracker.counts;
    // Datagrams have one event each; the reset has one, and the filter keeps two of the new connection.
    expect(received.new + lost).toBeGreaterThanOrEqual(3001);
    expect(changes.filter(({ kind }) => kind === 'lost')).toMatchObject([{ events: lost }]);
    expect(changes.some(({ kind }) => kind === 'resync')).toBe(true);
  });

  it('knows the addresses of its namespace, also later ones', async ({ lab }) => {
    await using tracker = track(lab);
    await until('the addresses', () => tracker.isLocal(lab.near.ipv4) && tracker.isLocal(lab.near.ipv6));
    expect([tracker.isLocal('127.0.0.1'), tracker.isLocal(lab.far.ipv4)]).toEqual([true, false]);
    lab.near.run('ip', 'address', 'add', '10.99.0.1/32', 'dev', 'lo');
    await until('the new address', () => tracker.isLocal('10.99.0.1'));
    lab.near.run('ip', 'address', 'del', '10.99.0.1/32', 'dev', 'lo');
    await until('its removal', () => !tracker.isLocal('10.99.0.1'));
  });
});

async function flowsTo(lab: ConntrackLab, port: number, protocol: string) {
  const flows = [];
  const filter = `protocol = ${protocol} and orig.dport = ${port}`;
  for await (const flow of listFlows({ namespace: lab.near.name, filter })) flows.push(flow);
  return flows;
}
