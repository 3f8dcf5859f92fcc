import { describe, expect } from 'vitest';
import {
  deleteFlow,
  type FlowFollower,
  type FollowedEvent,
  type FollowFlowsOptions,
  flowKey,
  followFlows,
  getFlow,
  listFlows,
  NETLINK_NETFILTER,
} from '../../conntrack/kernel/index.js';
import { addRules, type ConntrackLab, haveConntrackLab, it, setTracking } from '../support/conntrack-lab.js';
import { listenerKeeper } from '../support/kept-listeners.js';
import type { Namespace } from '../support/namespaces.js';
import { until, within } from '../support/waiting.js';

const LOOPBACK = '127.0.0.1';
/** Room for some dozens of events. */
const SMALL_BUFFER = 100_000;

/** A follower whose events are kept. */
class Recorder implements AsyncDisposable {
  readonly events: FollowedEvent[] = [];
  readonly #done: Promise<void>;

  private constructor(readonly follower: FlowFollower) {
    this.#done = this.#read();
  }

  static async start({ name }: Namespace, options: FollowFlowsOptions = {}, keeper = listenerKeeper()) {
    return new Recorder(await followFlows({ ...options, namespace: name }, keeper.addon));
  }

  /** Kinds of events of flows to a port, or of all. */
  kinds(port?: number): string[] {
    const wanted = this.events.filter((event) => port === undefined || ('flow' in event && hasPort(event.flow, port)));
    return wanted.map(({ kind }) => kind);
  }

  count(kind: FollowedEvent['kind']): number {
    return this.events.filter((event) => event.kind === kind).length;
  }

  async #read(): Promise<void> {
    for await (const event of this.follower) this.events.push(event);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.follower.return();
    await this.#done;
  }
}

const hasPort = ({ orig, reply }: { orig: { dport?: number }; reply: { sport?: number } }, port: number): boolean =>
  orig.dport === port || reply.sport === port;

async function connectAndClose(lab: ConntrackLab, host: string): Promise<number> {
  const port = await lab.farPeer.listen(host);
  const near = await lab.nearPeer.connect({ host, port });
  const far = await lab.farPeer.accepted(port, near.localPort);
  await near.end();
  await far.ended();
  await far.end();
  await near.closed();
  return port;
}

async function deleteTo(lab: ConntrackLab, port: number): Promise<void> {
  const namespace = lab.near.name;
  for await (const { orig, id = -1 } of listFlows({ namespace, filter: `orig.dport = ${port}` })) {
    const local = { address: orig.src, port: orig.sport ?? -1 };
    await deleteFlow({ protocol: orig.protocol, local, remote: { address: orig.dst, port }, id }, { namespace });
  }
}

describe.runIf(haveConntrackLab('tests of events of flows'))('a follower of flows', () => {
  it('yields the life of connections of IPv4 and IPv6', async ({ lab }) => {
    await using recorder = await Recorder.start(lab.near);
    for (const host of [lab.far.ipv4, lab.far.ipv6]) {
      const port = await connectAndClose(lab, host);
      await until('the end', () => recorder.kinds(port).includes('closed'));
      await deleteTo(lab, port);
      await until('the deletion', () => recorder.kinds(port).includes('destroy'));
      // Updates between are of FIN and its acknowledgement, which one packet may bring.
      const kinds = recorder.kinds(port).filter((kind, i, all) => kind !== all[i - 1]);
      expect(kinds).toEqual(['new', 'update', 'established', 'update', 'closed', 'destroy']);
    }
    expect(recorder.follower.counts).toMatchObject({ received: { new: 2, destroy: 2 }, lost: 0 });
    expect(recorder.follower.counts.received.update).toBe(recorder.events.length - 4);
    expect(recorder.follower.bufferBytes).toBe(64 * 1024 * 1024);
    expect(recorder.events.every((event) => event.kind !== 'destroy' || event.portId !== 0)).toBe(true);
  });

  it('yields a refusal and a reset', async ({ lab }) => {
    await using recorder = await Recorder.start(lab.near);
    await expect(lab.nearPeer.connect({ host: lab.far.ipv4, port: 9 })).rejects.toThrow('ECONNREFUSED');
    await until('the refusal', () => recorder.kinds(9).length === 2);
    expect(recorder.kinds(9)).toEqual(['new', 'destroy']);
    const port = await lab.farPeer.listen(lab.far.ipv4);
    const near = await lab.nearPeer.connect({ host: lab.far.ipv4, port });
    await near.reset();
    await until('the reset', () => recorder.kinds(port).includes('closed'));
    expect(recorder.kinds(port)).toEqual(['new', 'update', 'established', 'closed']);
  });

  it('has the kernel keep only wanted kinds and protocols', async ({ lab }) => {
    await using some = await Recorder.start(lab.near, { events: ['established', 'closed'], filter: 'protocol = tcp' });
    await using ends = await Recorder.start(lab.near, { events: ['destroy'], filter: 'protocol = udp' });
    const port = await connectAndClose(lab, lab.far.ipv4);
    lab.sendDatagrams(lab.near, { address: LOOPBACK, port: 7000, count: 5 });
    await deleteTo(lab, 7000);
    await until('all events', () => some.events.length === 2 && ends.events.length === 5);
    expect(some.kinds(port)).toEqual(['established', 'closed']);
    expect(ends.kinds(7000)).toEqual(Array.from({ length: 5 }, () => 'destroy'));
    expect(some.follower.counts.received).toEqual({ new: 0, update: 2, destroy: 0 });
    expect(ends.follower.counts.received).toEqual({ new: 0, update: 0, destroy: 5 });
  });

  it('yields translated flows by their translation', async ({ lab }) => {
    const port = await lab.farPeer.listen(lab.far.ipv4);
    const address = lab.far.ipv4;
    addRules(lab.near, { kind: 'dnat', hook: 'output', protocol: 'tcp', port: 9000, address, toPort: port });
    await using recorder = await Recorder.start(lab.near, {
      filter: 'nat.kind = destination',
      events: ['established'],
    });
    await lab.nearPeer.connect({ host: lab.far.ipv4, port });
    await lab.nearPeer.connect({ host: lab.far.ipv4, port: 9000 });
    await until('the translated flow', () => recorder.events.length > 0);
    expect(recorder.events).toMatchObject([{ flow: { orig: { dport: 9000 }, reply: { sport: port } } }]);
  });

  it.for([0, 1, 2] as const)('follows nf_conntrack_events = %i', async (events, { lab }) => {
    setTracking(lab.near, { events });
    // This flow is made before anything listens.
    lab.sendDatagrams(lab.near, { address: LOOPBACK, port: 7000, count: 1, firstPort: 19_000 });
    await using recorder = await Recorder.start(lab.near);
    lab.sendDatagrams(lab.near, { address: LOOPBACK, port: 7000, count: 1 });
    await deleteTo(lab, 7000);
    // A namespace's events come in order: behind these of another setting, none of the earlier ones follows.
    setTracking(lab.near, { events: 1 });
    lab.sendDatagrams(lab.near, { address: LOOPBACK, port: 7001, count: 1 });
    await until('the last event', () => recorder.kinds(7001).length === 1);
    const ofFlow = (sport: number): string[] =>
      recorder.events.flatMap((event) => ('flow' in event && event.flow.orig.sport === sport ? [event.kind] : []));
    // 20,000 is also the first port of the last datagram.
    expect(ofFlow(20_000)).toEqual(events === 0 ? ['new'] : ['new', 'destroy', 'new']);
    // With 2 its end is reported if a program listened anywhere on the machine when it was made.
    if (events !== 2) expect(ofFlow(19_000)).toEqual(events === 0 ? [] : ['destroy']);
  });

  it('counts exactly what is lost while it does not read, and lists all flows after it', async ({ lab }) => {
    const keeper = listenerKeeper();
    await using recorder = await Recorder.start(lab.near, { bufferBytes: SMALL_BUFFER }, keeper);
    const listener = keeper.listeners.get(NETLINK_NETFILTER);
    lab.sendDatagrams(lab.near, { address: LOOPBACK, port: 7000, count: 1, firstPort: 19_999 });
    await until('the first event', () => recorder.events.length === 1);
    listener?.pause();
    lab.sendDatagrams(lab.near, { address: LOOPBACK, port: 7000, count: 3000 });
    listener?.resume();
    await until('the resync', () => recorder.follower.counts.resyncs === 1 && recorder.count('resync') === 3001);
    const { lost } = recorder.follower.counts;
    expect(lost).toBeGreaterThan(0);
    expect(recorder.count('new') + lost).toBe(3001);
    const at = recorder.events.findIndex(({ kind }) => kind === 'lost');
    expect(recorder.events[at]).toMatchObject({ events: lost });
    // The loss comes behind what was sent before it, and the dump behind the loss.
    expect(recorder.kinds().slice(at + 1)).toEqual(Array.from({ length: 3001 }, () => 'resync'));
    const listed = new Set<string>();
    for await (const flow of listFlows({ namespace: lab.near.name })) listed.add(flowKey(flow));
    const resynced = recorder.events.flatMap((event) => (event.kind === 'resync' ? [flowKey(event.flow)] : []));
    expect(new Set(resynced)).toEqual(listed);
  });

  it('stops reading while its consumer is slow, and loses nothing uncounted', async ({ lab }) => {
    const { name: namespace } = lab.near;
    const follower = await followFlows({ namespace, bufferBytes: SMALL_BUFFER, resync: false, events: ['new'] });
    // More than wait here: the rest is dropped by the kernel.
    const sent = 20_000;
    lab.sendDatagrams(lab.near, { address: LOOPBACK, port: 7000, count: sent, firstPort: 10_000 });
    let [read, lost] = [0, 0];
    while (read + lost < sent) {
      const { value } = await within('the next event', follower.next());
      if (value?.kind === 'lost') lost += value.events ?? 0;
      else read++;
    }
    expect(read + lost).toBe(sent);
    expect([follower.counts.received.new, follower.counts.lost]).toEqual([read, lost]);
    await follower.return();
    expect(await follower.next()).toEqual({ done: true, value: undefined });
  });

  it('hears all namespaces with one socket', async ({ lab }) => {
    await using recorder = await Recorder.start(lab.far, { allNamespaces: true });
    lab.sendDatagrams(lab.near, { address: LOOPBACK, port: 7000, count: 5 });
    await until('the events', () => recorder.events.length === 5);
    for (const event of recorder.events) {
      expect(event.kind === 'new' && (event.nsid ?? -1) >= 0).toBe(true);
    }
    // Its own namespace, which now also tracks, comes over the same socket, and has no id.
    addRules(lab.far, { kind: 'track' });
    lab.sendDatagrams(lab.far, { address: LOOPBACK, port: 7001, count: 2 });
    await until('its own events', () => recorder.kinds(7001).length === 2);
    const own = recorder.events.slice(5).map((event) => ('nsid' in event ? event.nsid : undefined));
    expect(own).toEqual([-1, -1]);
  });

  it('ends with the signal, also while a consumer waits', async ({ lab }) => {
    const ending = new AbortController();
    const follower = await followFlows({ namespace: lab.near.name, signal: ending.signal });
    const waiting = follower.next();
    ending.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await follower.return()).toEqual({ done: true, value: undefined });
    await expect(followFlows({ signal: ending.signal })).rejects.toThrow();
    await expect(followFlows({ events: [] })).rejects.toThrow(RangeError);
    expect(await getFlow({ id: 1 }, { namespace: lab.near.name })).toBeUndefined();
  });
});
