import { describe, expect } from 'vitest';
import { type ListenerOptions, type MessageListener, netlink, readDump } from '../../native/index.js';
import { type ConntrackLab, haveConntrackLab, it, setTracking } from '../support/conntrack-lab.js';
import {
  deletionOf,
  dumpRequest,
  FLOW_DELETE,
  FLOW_GROUPS,
  FLOW_NEW,
  type FlowMessage,
  messagesIn,
  NETLINK_NETFILTER,
  readFlow,
} from '../support/ctnetlink.js';
import type { Namespace } from '../support/namespaces.js';
import { until } from '../support/waiting.js';

const UDP = 17;
const TCP = 6;
const LARGE_BUFFER = 16 * 1024 * 1024;
/** Room for some dozens of events. */
const SMALL_BUFFER = 100_000;
/** Flags of the event of a new flow: NLM_F_CREATE and NLM_F_EXCL. */
const NEW = 0x600;

/** A flow of a batch, and the id of its namespace. */
type Heard = FlowMessage & { readonly nsid: number | undefined };

/** A listener that keeps what it receives. Closed at the end of its scope. */
class Recorder implements AsyncDisposable {
  readonly flows: Heard[] = [];
  /** Losses, each after this number of flows. */
  readonly losses: { readonly after: number; readonly lost: number; readonly overruns: number }[] = [];
  readonly listener: MessageListener;
  last = 0n;

  constructor(options: Partial<ListenerOptions>) {
    const all = { protocol: NETLINK_NETFILTER, groups: FLOW_GROUPS, receiveBufferBytes: LARGE_BUFFER, ...options };
    this.listener = new netlink.MessageListener(all, (batch) => {
      for (const [i, bytes] of messagesIn(batch).entries())
        this.flows.push({ ...readFlow(bytes), nsid: batch.nsids?.[i] });
      const { lost, overruns } = batch;
      if (lost + overruns > 0) this.losses.push({ after: this.flows.length, lost, overruns });
      expect(batch.receiveEnds.at(-1) ?? 0).toBe(batch.messages.length / 2);
      for (const time of batch.receivedNs) {
        expect(time).toBeGreaterThanOrEqual(this.last);
        this.last = time;
      }
    });
  }

  get lost(): number {
    return this.losses.reduce((sum, { lost }) => sum + lost, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listener.close();
  }
}

const listenIn = (lab: ConntrackLab, namespace: Namespace, options: Partial<ListenerOptions> = {}): Recorder =>
  new Recorder({ namespace: lab.open(namespace), ...options });

/** Deletes every flow of the near namespace, one by one, and returns their number. */
async function deleteAll(lab: ConntrackLab): Promise<number> {
  const requester = new netlink.Requester({ protocol: NETLINK_NETFILTER, namespace: lab.open(lab.near) });
  const deletions: Buffer[] = [];
  for await (const part of readDump(requester, { request: dumpRequest(), dataTypes: [FLOW_NEW] })) {
    deletions.push(...messagesIn(part).map(deletionOf));
  }
  const { errnos } = await requester.ask(Buffer.concat(deletions));
  return errnos.filter((errno) => errno === 0).length;
}

/** Returns `jeq #value at byte, else drop` for the big-endian half word at an offset. */
function onlyWith(offset: number, value: number): Uint8Array {
  const filter = Buffer.alloc(32);
  for (const [i, [code, jt, jf, k]] of (
    [
      [0x28, 0, 0, offset],
      [0x15, 0, 1, value],
      [0x06, 0, 0, 0xffff_ffff],
      [0x06, 0, 0, 0],
    ] as const
  ).entries()) {
    filter.writeUInt16LE(code, 8 * i);
    filter.writeUInt8(jt, 8 * i + 2);
    filter.writeUInt8(jf, 8 * i + 3);
    filter.writeUInt32LE(k, 8 * i + 4);
  }
  return filter;
}

/** Offset of `nlmsg_flags`, and its value in the event of a new flow as a big-endian number. */
const ONLY_NEW = onlyWith(6, 0x0006);

describe.runIf(haveConntrackLab('tests of the netlink listener'))('a netlink listener', () => {
  it('receives the events of a connection in order', async ({ lab }) => {
    await using recorder = listenIn(lab, lab.near);
    setTracking(lab.near, { events: 1 });
    for (const host of [lab.near.ipv4, lab.near.ipv6]) {
      const port = await lab.nearPeer.listen(host);
      const first = recorder.flows.length;
      const far = await lab.farPeer.connect({ host, port });
      const near = await lab.nearPeer.accepted(port, far.localPort);
      await far.reset();
      await near.closed();
      const heard = await until('the end of the connection', () => {
        const flows = recorder.flows.slice(first).filter(({ destinationPort }) => destinationPort === port);
        return flows.length >= 4 && flows;
      });
      expect(heard[0]).toMatchObject({ type: FLOW_NEW, flags: NEW, protocol: TCP, sourcePort: far.localPort });
      expect(heard.slice(1).every(({ type, flags }) => type === FLOW_NEW && flags === 0)).toBe(true);
      expect(new Set(heard.map(({ id }) => id)).size).toBe(1);
      expect(heard.every(({ family }) => family === (host.includes(':') ? 10 : 2))).toBe(true);
    }
    expect(recorder.losses).toEqual([]);
  });

  it('receives the end of a flow after its beginning', async ({ lab }) => {
    await using recorder = listenIn(lab, lab.near);
    lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7000, count: 1 });
    expect(await deleteAll(lab)).toBe(1);
    await until('the end of the flow', () => recorder.flows.length === 2);
    expect(recorder.flows.map(({ type }) => type)).toEqual([FLOW_NEW, FLOW_DELETE]);
  });

  it('reports its receive buffer', async ({ lab }) => {
    await using large = listenIn(lab, lab.near);
    expect(large.listener.grant()).toEqual({ receiveBufferBytes: LARGE_BUFFER, forced: true, fallbackFilter: false });
    await using fallback = listenIn(lab, lab.near, { filter: onlyWith(0, 0).fill(0xff), fallbackFilter: ONLY_NEW });
    expect(fallback.listener.grant().fallbackFilter).toBe(true);
  });

  it('attaches a filter, and what that rejects is not lost', async ({ lab }) => {
    await using all = listenIn(lab, lab.near);
    await using some = listenIn(lab, lab.near, { filter: ONLY_NEW, receiveBufferBytes: 1_000_000 });
    lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7000, count: 100 });
    expect(await deleteAll(lab)).toBe(100);
    await until('all ends', () => all.flows.length === 200);
    await until('all beginnings', () => some.flows.length >= 100);
    expect(some.flows.every(({ type, flags }) => type === FLOW_NEW && flags === NEW)).toBe(true);
    expect([some.flows.length, some.losses]).toEqual([100, []]);
  });

  it('receives a burst without a loss in a large buffer', async ({ lab }) => {
    await using recorder = listenIn(lab, lab.near);
    recorder.listener.pause();
    lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7000, count: 3000 });
    recorder.listener.resume();
    await until('all events', () => recorder.flows.length === 3000);
    expect(recorder.flows.map(({ sourcePort }) => sourcePort)).toEqual(
      Array.from({ length: 3000 }, (_, i) => 20_000 + i),
    );
    expect(recorder.losses).toEqual([]);
  });

  it('counts exactly what is lost while its reader is stopped, at its place in the order', async ({ lab }) => {
    await using recorder = listenIn(lab, lab.near, { receiveBufferBytes: SMALL_BUFFER, gatherNs: 0 });
    // A first event shows that the thread reads, and an unanswered wait that it does not.
    lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7000, count: 1, firstPort: 19_999 });
    await until('the first event', () => recorder.flows.length === 1);
    recorder.listener.pause();
    lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7000, count: 3000 });
    recorder.listener.resume();
    await until('the loss', () => recorder.flows.length + recorder.lost === 3001);
    const kept = recorder.flows.length;
    expect(recorder.losses).toEqual([{ after: kept, lost: 3001 - kept, overruns: 1 }]);
    // The oldest events were kept.
    expect(recorder.flows.slice(1).map(({ sourcePort }) => sourcePort)).toEqual(
      Array.from({ length: kept - 1 }, (_, i) => 20_000 + i),
    );
    lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7000, count: 2, firstPort: 30_000 });
    await until('the next events', () => recorder.flows.length === kept + 2);
    expect(recorder.flows.slice(kept).map(({ sourcePort }) => sourcePort)).toEqual([30_000, 30_001]);
    expect(recorder.losses).toHaveLength(1);
  });

  it('stops reading while JavaScript is behind, and loses nothing uncounted', async ({ lab }) => {
    await using recorder = listenIn(lab, lab.near, {
      receiveBufferBytes: 100_000,
      maxPendingBytes: 10_000,
      batchBytes: 1000,
      gatherNs: 0,
    });
    // Synchronous: no batch is delivered meanwhile.
    lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7000, count: 3000 });
    await until('all events', () => recorder.flows.length + recorder.lost === 3000);
    expect(recorder.lost).toBeGreaterThan(0);
    expect(recorder.flows.every(({ protocol }) => protocol === UDP)).toBe(true);
  });

  it('hears all namespaces that have an id in its own', async ({ lab }) => {
    // The cable gives the near namespace an id in the far one.
    await using everywhere = listenIn(lab, lab.far, { allNamespaces: true });
    await using own = listenIn(lab, lab.far);
    await using inside = listenIn(lab, lab.near, { allNamespaces: true });
    lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7000, count: 5 });
    await until('events of the other namespace', () => everywhere.flows.length === 5 && inside.flows.length === 5);
    const [nsid = -1] = new Set(everywhere.flows.map((flow) => flow.nsid));
    expect(everywhere.flows.every((flow) => flow.nsid === nsid)).toBe(true);
    expect(nsid).toBeGreaterThanOrEqual(0);
    expect(inside.flows.map((flow) => flow.nsid)).toEqual([-1, -1, -1, -1, -1]);
    expect(own.flows).toEqual([]);
  });

  it('closes once, and as often as it is asked to', async ({ lab }) => {
    const recorder = listenIn(lab, lab.near);
    const closing = recorder.listener.close();
    expect(recorder.listener.close()).toBe(closing);
    await closing;
    recorder.listener.pause();
    recorder.listener.resume();
    await recorder.listener.close();
    lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7000, count: 5 });
    expect(recorder.flows).toEqual([]);
  });
});
