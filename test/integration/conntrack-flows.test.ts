import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect } from 'vitest';
import {
  deleteFlow,
  type Flow,
  flowEndpoints,
  flowNat,
  flowStateName,
  formatFlowEndpoint,
  getFlow,
  IPPROTO_ICMP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  type ListFlowsOptions,
  type ListingCounts,
  listFlows,
  readFlows,
} from '../../conntrack/kernel/index.js';
import { addRules, type ConntrackLab, haveConntrackLab, it, setTracking } from '../support/conntrack-lab.js';
import type { Namespace } from '../support/namespaces.js';
import { until } from '../support/waiting.js';

const LOOPBACK = '127.0.0.1';
const ICMP_ID = 0x1234;
/** Sends an ICMP echo request, and waits for its answer. */
const PING = `
import socket, struct, sys
words = (0x0800, ${ICMP_ID}, 1)
echo = struct.pack("!4H", words[0], 0xFFFF - sum(words), *words[1:])
with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as icmp:
    icmp.settimeout(30)
    icmp.sendto(echo, (sys.argv[1], 0))
    icmp.recv(100)
`;

async function flowsOf({ name }: Namespace, options: ListFlowsOptions = {}): Promise<Flow[]> {
  const flows: Flow[] = [];
  for await (const flow of listFlows({ ...options, namespace: name })) flows.push(flow);
  return flows;
}

/** Opens a connection to the far namespace; returns both sides. */
async function connectOut(lab: ConntrackLab, host: string, via = host, viaPort?: number) {
  const port = await lab.farPeer.listen(host);
  const near = await lab.nearPeer.connect({ host: via, port: viaPort ?? port });
  return { port, near, far: await lab.farPeer.accepted(port, near.localPort) };
}

/** Lists the flows while a program makes others, which are deleted afterwards. */
async function listAndChurn(lab: ConntrackLab, file: string, args: readonly string[]): Promise<Flow[]> {
  const child = spawn(file, args, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const flows = await flowsOf(lab.near);
  await exited;
  for (const { id = -1, orig } of await flowsOf(lab.near, { filter: 'orig.dport = 7001' })) {
    const [local, remote] = [end(orig.src, orig.sport ?? -1), end(orig.dst, orig.dport ?? -1)];
    await deleteFlow({ protocol: orig.protocol, local, remote, id }, { namespace: lab.near.name });
  }
  return flows;
}

const end = (address: string, port: number) => ({ address, port });

const stateOf = async (lab: ConntrackLab, port: number): Promise<string | undefined> => {
  const [flow] = await flowsOf(lab.near, { filter: `orig.dport = ${port}` });
  return flow === undefined ? undefined : flowStateName(flow);
};

describe.runIf(haveConntrackLab('tests of flows'))('flows of the kernel', () => {
  it('do not exist where nothing is tracked', async ({ lab }) => {
    lab.sendDatagrams(lab.far, { address: LOOPBACK, port: 7000, count: 3 });
    expect(await flowsOf(lab.far)).toEqual([]);
  });

  it('are listed for TCP of IPv4 and IPv6, UDP and ICMP', async ({ lab }) => {
    const v4 = await connectOut(lab, lab.far.ipv4);
    const v6 = await connectOut(lab, lab.far.ipv6);
    lab.sendDatagrams(lab.near, { address: LOOPBACK, port: 7000, count: 1 });
    lab.near.run('python3', '-c', PING, lab.far.ipv4);
    const flows = await flowsOf(lab.near);
    const short = flows.map(({ family, orig }) => [family, orig.protocol, orig.dst, orig.dport]);
    expect(short).toHaveLength(4);
    expect(short).toEqual(
      expect.arrayContaining([
        [2, IPPROTO_TCP, lab.far.ipv4, v4.port],
        [10, IPPROTO_TCP, lab.far.ipv6, v6.port],
        [2, IPPROTO_UDP, LOOPBACK, 7000],
        [2, IPPROTO_ICMP, lab.far.ipv4, undefined],
      ]),
    );
    const icmp = flows.find(({ orig }) => orig.protocol === IPPROTO_ICMP);
    expect(icmp).toMatchObject({ orig: { icmpId: ICMP_ID, icmpType: 8, icmpCode: 0 }, reply: { icmpType: 0 } });
    const question = {
      protocol: 'icmp',
      local: { address: lab.near.ipv4, port: null },
      remote: { address: lab.far.ipv4, port: null },
      icmp: { id: ICMP_ID, type: 8 },
    };
    expect((await getFlow(question, { namespace: lab.near.name }))?.id).toBe(icmp?.id);
    expect((await flowsOf(lab.near, { family: 10 })).map(({ family }) => family)).toEqual([10]);
  });

  it('are filtered in the kernel and here', async ({ lab }) => {
    const v4 = await connectOut(lab, lab.far.ipv4);
    const v6 = await connectOut(lab, lab.far.ipv6);
    lab.sendDatagrams(lab.near, { address: LOOPBACK, port: v4.port, count: 500 });
    let counts: ListingCounts | undefined;
    const onEnd = (at: ListingCounts): void => {
      counts = at;
    };
    const found = await flowsOf(lab.near, { filter: `protocol = tcp and remotePort = ${v4.port}`, onEnd });
    expect(found.map(({ orig }) => orig.dport)).toEqual([v4.port]);
    // The kernel left out the datagrams.
    expect(counts?.received).toBeLessThan(100);
    expect(counts).toMatchObject({ matched: 1, repeated: 0, undecoded: new Map(), unknownAttributes: new Map() });
    const both = await flowsOf(lab.near, { filter: `remoteAddress in (${lab.far.ipv4}, ${lab.far.ipv6})` });
    expect(both.map(({ orig }) => orig.dport).sort()).toEqual([v4.port, v6.port].sort());
    expect(await flowsOf(lab.near, { filter: 'protocol = tcp and protocol = udp' })).toEqual([]);
    // `side` is known here alone: it needs the namespace's addresses.
    expect(await flowsOf(lab.near, { filter: 'side = orig' })).toHaveLength(2);
    expect(await flowsOf(lab.near, { filter: 'side = both' })).toHaveLength(500);
  });

  it('stay after a close, and show a refusal, a reset and a half-closed connection', async ({ lab }) => {
    const { far, near, port } = await connectOut(lab, lab.far.ipv4);
    expect(await stateOf(lab, port)).toBe('ESTABLISHED');
    await near.end();
    await far.ended(); // the far side goes on to send
    await until('the acknowledged FIN', async () => (await stateOf(lab, port)) === 'CLOSE_WAIT');
    await far.end();
    await until('TIME_WAIT', async () => (await stateOf(lab, port)) === 'TIME_WAIT');
    const other = await connectOut(lab, lab.far.ipv4);
    await other.near.reset();
    await until('CLOSE', async () => (await stateOf(lab, other.port)) === 'CLOSE');
    await expect(lab.nearPeer.connect({ host: lab.far.ipv4, port: 9 })).rejects.toThrow('ECONNREFUSED');
    expect(await stateOf(lab, 9)).toBeUndefined();
  });

  it('picked up in the middle of a connection are established', async ({ lab }) => {
    const { far, near, port } = await connectOut(lab, lab.far.ipv4);
    const [flow] = await flowsOf(lab.near, { filter: `orig.dport = ${port}` });
    const ends = { protocol: 'tcp', local: end(lab.near.ipv4, near.localPort), remote: end(lab.far.ipv4, port) };
    expect(await deleteFlow({ ...ends, id: flow?.id ?? -1 }, { namespace: lab.near.name })).toEqual({
      wasThere: true,
      isDeleted: true,
    });
    await far.send(10);
    await near.received(10);
    const again = await getFlow(ends, { namespace: lab.near.name });
    // The first packet that was seen came from the far side.
    expect(again).toMatchObject({ orig: { src: lab.far.ipv4, sport: port }, tcp: { state: 3 } });
    expect(again?.timeoutSec).toBeLessThanOrEqual(300);
  });

  it('are translated, and found from both sides', async ({ lab }) => {
    const { near, far } = lab;
    const port = await lab.farPeer.listen(far.ipv4);
    addRules(
      near,
      { kind: 'dnat', hook: 'output', protocol: 'tcp', port: 9000, address: far.ipv4, toPort: port },
      { kind: 'snat', hook: 'postrouting', protocol: 'tcp', port: 9100, address: near.otherIpv4, toPort: 40_009 },
      { kind: 'dnat', hook: 'output', protocol: 'tcp', port: 9200, address: far.ipv4, toPort: port },
      { kind: 'snat', hook: 'postrouting', protocol: 'tcp', port, address: near.otherIpv4 },
    );
    const namespace = near.name;
    const opened = await lab.nearPeer.connect({ host: far.otherIpv4, port: 9000 });
    const both = await getFlow(
      { protocol: 'tcp', local: end(near.ipv4, opened.localPort), remote: end(far.otherIpv4, 9000) },
      { namespace },
    );
    expect(both === undefined ? undefined : flowNat(both)).toMatchObject({
      kind: 'both',
      destination: { before: end(far.otherIpv4, 9000), after: end(far.ipv4, port) },
      source: { before: end(near.ipv4, opened.localPort), after: end(near.otherIpv4, opened.localPort) },
    });
    // The peer's view finds the same flow.
    const peer = await getFlow(
      { protocol: 'tcp', local: end(far.ipv4, port), remote: end(near.otherIpv4, opened.localPort) },
      { namespace },
    );
    expect(peer?.id).toBe(both?.id);
    await lab.farPeer.listen(far.ipv4, { port: 9100 });
    const masked = await lab.nearPeer.connect({ host: far.ipv4, port: 9100 });
    const source = await getFlow(
      { protocol: 'tcp', local: end(near.ipv4, masked.localPort), remote: end(far.ipv4, 9100) },
      { namespace },
    );
    expect(source === undefined ? undefined : flowNat(source)).toEqual({
      kind: 'source',
      source: { before: end(near.ipv4, masked.localPort), after: end(near.otherIpv4, 40_009) },
    });
    expect(await flowsOf(near, { filter: 'nat.kind != none' })).toHaveLength(2);
    expect(await flowsOf(near, { filter: 'nat.kind = source' })).toHaveLength(1);
  });

  it('to a translated destination of this machine are found by the accepted socket', async ({ lab }) => {
    const { near, far } = lab;
    const port = await lab.nearPeer.listen(near.ipv4);
    addRules(near, {
      kind: 'dnat',
      hook: 'prerouting',
      protocol: 'tcp',
      port: 9000,
      address: near.ipv4,
      toPort: port,
    });
    const opened = await lab.farPeer.connect({ host: near.ipv4, port: 9000 });
    const accepted = { protocol: 6, local: end(near.ipv4, port), remote: end(far.ipv4, opened.localPort) };
    const mapped = {
      protocol: 6,
      local: end(`::ffff:${near.ipv4}`, port),
      remote: end(`::ffff:${far.ipv4}`, opened.localPort),
    };
    const flow = await getFlow(accepted, { namespace: near.name });
    expect(flow?.orig).toMatchObject({ dst: near.ipv4, dport: 9000 });
    expect((await getFlow(mapped, { namespace: near.name }))?.id).toBe(flow?.id);
    const listing = readFlows({ namespace: near.name, filter: 'nat.kind = destination' });
    const found: Flow[] = [];
    for await (const batch of listing) found.push(...batch);
    const [only] = found.map((each) => flowEndpoints(each, (address) => listing.isLocal(address)));
    expect(only).toEqual({ side: 'reply', local: accepted.local, remote: accepted.remote });
    expect(formatFlowEndpoint(accepted.local)).toBe(`${near.ipv4}:${port}`);
  });

  it('of zones are apart', async ({ lab }) => {
    addRules(lab.near, { kind: 'zone', hook: 'output', protocol: 'udp', port: 7100, zone: 3 });
    lab.sendDatagrams(lab.near, { address: LOOPBACK, port: 7100, count: 1 });
    lab.sendDatagrams(lab.near, { address: LOOPBACK, port: 7000, count: 2 });
    expect((await flowsOf(lab.near, { filter: 'zone = 3' })).map(({ orig }) => orig.dport)).toEqual([7100]);
    expect(await flowsOf(lab.near, { filter: 'zone = 0' })).toHaveLength(2);
    const ends = { protocol: 'udp', local: end(LOOPBACK, 20_000), remote: end(LOOPBACK, 7100) };
    expect(await getFlow(ends, { namespace: lab.near.name })).toBeUndefined();
    expect(await getFlow({ ...ends, zone: 3 }, { namespace: lab.near.name })).toMatchObject({ zone: 3 });
  });

  it('have counters only if they were made while nf_conntrack_acct was set', async ({ lab }) => {
    setTracking(lab.near, { isCounting: false });
    lab.sendDatagrams(lab.near, { address: LOOPBACK, port: 7000, count: 1 });
    setTracking(lab.near, { isCounting: true });
    lab.sendDatagrams(lab.near, { address: LOOPBACK, port: 7001, count: 1 });
    const counters = new Map((await flowsOf(lab.near)).map(({ orig, origCounters }) => [orig.dport, origCounters]));
    expect(counters.get(7000)).toBeUndefined();
    // One byte behind IP and UDP headers.
    expect(counters.get(7001)).toEqual({ packets: 1, bytes: 29 });
    expect(await flowsOf(lab.near, { zero: true, filter: 'orig.dport = 7001' })).toMatchObject([
      { origCounters: { packets: 1, bytes: 29 } },
    ]);
    expect(await flowsOf(lab.near, { filter: 'orig.dport = 7001' })).toMatchObject([
      { origCounters: { packets: 0, bytes: 0 } },
    ]);
  });

  it('are deleted by tuple and id alone, and no other flow with them', async ({ lab }) => {
    lab.sendDatagrams(lab.near, { address: LOOPBACK, port: 7000, count: 20 });
    const namespace = lab.near.name;
    const ends = { protocol: 'udp', local: end(LOOPBACK, 20_007), remote: end(LOOPBACK, 7000) };
    const { id = -1 } = (await getFlow(ends, { namespace })) ?? {};
    expect((await getFlow({ id }, { namespace }))?.orig.sport).toBe(20_007);
    const wrong = (id ^ 1) >>> 0;
    expect(await deleteFlow({ ...ends, id: wrong }, { namespace })).toEqual({ wasThere: false, isDeleted: false });
    expect(await deleteFlow({ ...ends, id: wrong }, { namespace, dryRun: true })).toEqual({
      wasThere: false,
      isDeleted: false,
    });
    expect(await deleteFlow({ ...ends, id }, { namespace, dryRun: true })).toEqual({
      wasThere: true,
      isDeleted: false,
    });
    expect(await flowsOf(lab.near)).toHaveLength(20);
    expect(await deleteFlow({ ...ends, id }, { namespace })).toEqual({ wasThere: true, isDeleted: true });
    expect(await deleteFlow({ ...ends, id }, { namespace })).toEqual({ wasThere: false, isDeleted: false });
    expect((await flowsOf(lab.near)).map(({ orig }) => orig.sport)).not.toContain(20_007);
    expect(await flowsOf(lab.near)).toHaveLength(19);
    expect(await getFlow({ id }, { namespace })).toBeUndefined();
  });

  it('of the middle are all listed while others come and go', async ({ lab }) => {
    const steady = 1000;
    lab.sendDatagrams(lab.near, { address: LOOPBACK, port: 7000, count: steady });
    const [file, args] = lab.near.command('python3', new URL('../support/datagrams.py', import.meta.url).pathname);
    for (let round = 0; round < 10; round++) {
      const churned = listAndChurn(lab, file, [...args, LOOPBACK, '7001', '100', String(30_000 + round * 100)]);
      const ports = new Set((await churned).map(({ orig }) => orig.sport));
      for (let port = 20_000; port < 20_000 + steady; port++) expect(ports.has(port)).toBe(true);
    }
  });

  it('of a namespace that does not exist are an error', async () => {
    await expect(flowsOf({ name: 'tcpi-none' } as Namespace)).rejects.toMatchObject({ code: 'ERR_NO_NAMESPACE' });
    await expect(getFlow({ id: 1 }, { namespace: 'all' })).rejects.toThrow(TypeError);
  });

  it('are not listed any longer after a signal', async ({ lab }) => {
    lab.sendDatagrams(lab.near, { address: LOOPBACK, port: 7000, count: 10 });
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(flowsOf(lab.near, { signal: aborted })).rejects.toThrow('enough');
  });
});
