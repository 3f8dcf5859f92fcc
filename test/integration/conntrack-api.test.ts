import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { ConnectionAnswerJson, FlowsJson, ProblemJson, TrackedFlowJson, ViewJson } from '../../live/wire/index.js';
import { readOutput } from '../support/archives.js';
import { addRules, haveConntrackLab, sendDatagrams, setTracking } from '../support/conntrack-lab.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { LiveClient } from '../support/live-client.js';
import { runDaemon, UNPRIVILEGED } from '../support/run.js';
import { until } from '../support/waiting.js';

const ASKED_PORT = 9000;
const INWARD_PORT = 9100;
/** Flows of sockets, without those of the scraper over loopback. */
const SOCKETS = 'protocol = tcp not src 127.0.0.0/8';

/** Starts a daemon with the live API, and returns a client of it. */
async function serve(lab: Lab, ...args: readonly string[]) {
  const socket = join(lab.folder, 'live.sock');
  const daemon = await lab.startDaemon({ args: [`-live=unix:${socket}`, ...args] });
  const client = new LiveClient(socket);
  const flows = async (parameters: Readonly<Record<string, string | number>> = {}): Promise<FlowsJson> => {
    const { status, body, text } = await client.get<FlowsJson>('/conntrack', parameters);
    expect({ status, text: status === 200 ? '' : text }).toEqual({ status: 200, text: '' });
    return body;
  };
  return { daemon, client, flows, socket };
}

/** Waits until the API lists a connection with these ports, and returns its UUID. */
async function uuidOf(client: LiveClient, localPort: number, remotePort: number): Promise<string> {
  return await until(`the connection ${localPort}-${remotePort}`, async () => {
    const filter = `localPort = ${localPort} and remotePort = ${remotePort}`;
    const { body } = await client.get<ViewJson>('/connections', { filter, fields: 'uuid', closed: 'true' });
    return body.connections[0]?.uuid;
  });
}

/** Runs `tcp-info conntrack` in the near namespace, and returns the flows that it prints. */
async function printed(lab: Lab, socket: string, ...args: readonly string[]): Promise<TrackedFlowJson[]> {
  const { code, stdout, stderr } = await runDaemon(['conntrack', ...args, '--format=jsonl'], {
    wrapper: ['nsenter', `--net=/run/netns/${lab.near.name}`],
    env: { TCP_INFO_LIVE: `unix:${socket}` },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TrackedFlowJson);
}

const wanted = haveLab('flows of the live API') && haveConntrackLab('flows of the live API');

describe.skipIf(!wanted)('/api/v1/conntrack', () => {
  it('lists flows as the program prints them, with the UUIDs of both sides of the store', async ({ lab }) => {
    const { near, far } = lab;
    addRules(near, { kind: 'track' });
    setTracking(near, { isCounting: true, isTimed: true });
    const { client, flows, socket } = await serve(lab, '-conntrack=on');
    const [inward, outward] = [await lab.nearPeer.listen('::'), await lab.farPeer.listen('::')];
    const opened = await lab.nearPeer.connect({ host: far.ipv4, port: outward });
    const mapped = await lab.nearPeer.connect({ host: `::ffff:${far.ipv4}`, port: outward });
    const ipv6 = await lab.nearPeer.connect({ host: far.ipv6, port: outward });
    // The listening socket is one of IPv6: the accepted one has IPv4-mapped addresses.
    const client4 = await lab.farPeer.connect({ host: near.ipv4, port: inward });
    const uuids = new Map<number, string>();
    for (const { localPort } of [opened, mapped, ipv6]) {
      uuids.set(localPort, await uuidOf(client, localPort, outward));
    }
    uuids.set(client4.localPort, await uuidOf(client, inward, client4.localPort));
    sendDatagrams(near, { address: '127.0.0.1', port: 7000, count: 3 });

    const { flows: tracked, matched, entries, undecoded } = await flows({ filter: SOCKETS });
    expect({ matched, undecoded }).toEqual({ matched: 4, undecoded: 0 });
    expect(entries).toBeGreaterThanOrEqual(7);
    for (const { orig, uuid } of tracked) expect(uuid, JSON.stringify(orig)).toBe(uuids.get(orig.sport ?? 0));
    expect(new Set(tracked.map(({ side }) => side))).toEqual(new Set(['orig', 'reply']));
    // Keys and values are those of the program; times to live and of listings differ.
    const stable = ({ time: _, timeoutSec: __, uuid: ___, ...flow }: TrackedFlowJson): unknown => flow;
    const byPort = (a: TrackedFlowJson, b: TrackedFlowJson): number => (a.orig.sport ?? 0) - (b.orig.sport ?? 0);
    const own = await printed(lab, socket, 'list', SOCKETS);
    expect(tracked.toSorted(byPort).map(stable)).toEqual(own.toSorted(byPort).map(stable));
    expect((await flows({ filter: 'protocol = udp' })).matched).toBe(3);
    expect((await flows({ filter: 'protocol = udp', limit: 1 })).flows).toHaveLength(1);
    const sorted = await flows({ filter: 'protocol = udp', sort: '-orig.sport', limit: 2 });
    expect(sorted.flows.map(({ orig }) => orig.sport)).toEqual([20_002, 20_001]);
    expect((await flows({ state: 'established', filter: SOCKETS })).matched).toBe(4);
    expect((await flows({ nat: 'true' })).matched).toBe(0);
  });

  it('gives the UUID of a closed connection to the flow that stays', async ({ lab }) => {
    addRules(lab.near, { kind: 'track' });
    const port = await lab.farPeer.listen('0.0.0.0');
    const { client, flows } = await serve(lab, '-conntrack=on');
    const first = await lab.nearPeer.connect({ host: lab.far.ipv4, port });
    const uuid = await uuidOf(client, first.localPort, port);
    await first.reset();
    await until('the end', async () => {
      const { body } = await client.get<ConnectionAnswerJson>(`/connections/${uuid}`);
      return body.open === false;
    });
    const filter = `orig.sport = ${first.localPort}`;
    const [ended] = (await flows({ filter })).flows;
    expect(ended).toMatchObject({ state: 'CLOSE', uuid });
  });

  it('shows cut addresses, tests conditions on these, and gives no UUID by them', async ({ lab }) => {
    addRules(lab.near, { kind: 'track' });
    const port = await lab.farPeer.listen('0.0.0.0');
    const { client, flows } = await serve(lab, '-conntrack=on', '-anonymize.ip=netblock');
    const { localPort } = await lab.nearPeer.connect({ host: lab.far.ipv4, port });
    const ends = `orig.sport = ${localPort}`;
    const [flow] = (await flows({ filter: ends })).flows;
    expect(flow?.orig).toMatchObject({ src: lab.near.ipv4, dst: '10.77.0.0' });
    expect(flow?.reply).toMatchObject({ src: '10.77.0.0', dst: lab.near.ipv4 });
    expect(flow).not.toHaveProperty('uuid');
    const found = async (address: string): Promise<number> =>
      (await flows({ filter: `${ends} and protocol = tcp and remoteAddress = ${address}` })).matched;
    expect([await found(lab.far.ipv4), await found('10.77.0.0')]).toEqual([0, 1]);
    const { status } = await client.get('/conntrack', { filter: 'no = 5' });
    expect(status).toBe(400);
  });

  it('lists the flows of another namespace that is recorded', async ({ lab }) => {
    const { near, far } = lab;
    addRules(far, { kind: 'track' });
    const name = `/run/netns/${far.name}`;
    const { client, flows } = await serve(lab, '-conntrack=on', `-netns=${name}`);
    const { localPort } = await lab.nearPeer.connect({ host: far.ipv4, port: await lab.farPeer.listen('0.0.0.0') });
    const filter = `protocol = tcp and orig.sport = ${localPort}`;
    const uuid = await until('the connection of the other namespace', async () => {
      const chosen = { filter: `remotePort = ${localPort}`, fields: 'uuid,connection' };
      return (await client.get<ViewJson>('/connections', chosen)).body.connections[0]?.uuid;
    });
    const { flows: listed, entries } = await flows({ filter, netns: name });
    expect(listed).toMatchObject([{ uuid, side: 'reply', orig: { src: near.ipv4, dst: far.ipv4 } }]);
    expect(entries).toBeGreaterThan(0);
    // Its own namespace tracks nothing.
    expect(await flows({ filter })).toMatchObject({ matched: 0, entries: 0 });
    const { status, body } = await client.get<ProblemJson>('/conntrack', { netns: 'red' });
    expect([status, body.detail]).toEqual([400, expect.stringMatching(/"red" is no recorded network namespace/)]);
  });

  it('agrees with archives, events and the program on a connection with both ends translated', async ({ lab }) => {
    const { near, far } = lab;
    const port = await lab.farPeer.listen('0.0.0.0');
    const inward = await lab.nearPeer.listen('0.0.0.0');
    addRules(
      near,
      { kind: 'track' },
      { kind: 'dnat', hook: 'output', protocol: 'tcp', port: ASKED_PORT, address: far.ipv4, toPort: port },
      { kind: 'snat', hook: 'postrouting', protocol: 'tcp', port, address: near.otherIpv4 },
      { kind: 'redirect', hook: 'prerouting', protocol: 'tcp', port: INWARD_PORT, toPort: inward },
      { kind: 'snat', hook: 'input', protocol: 'tcp', port: inward, address: far.otherIpv4 },
    );
    const { daemon, client, flows, socket } = await serve(lab, '-conntrack=on', '-events.v2', '-events.replay');
    const opened = await lab.nearPeer.connect({ host: far.ipv4, port: ASKED_PORT });
    const caller = await lab.farPeer.connect({ host: near.ipv4, port: INWARD_PORT });
    // Each connection: ends of its socket, and what that does not show.
    const expected = [
      {
        local: { address: near.ipv4, port: opened.localPort },
        remote: { address: far.ipv4, port: ASKED_PORT },
        orig: { src: near.ipv4, sport: opened.localPort, dst: far.ipv4, dport: ASKED_PORT },
        reply: { src: far.ipv4, sport: port, dst: near.otherIpv4, dport: opened.localPort },
        destination: `${far.ipv4}:${port}`,
        source: `${near.otherIpv4}:${opened.localPort}`,
        side: 'orig',
      },
      {
        local: { address: near.ipv4, port: inward },
        remote: { address: far.otherIpv4, port: caller.localPort },
        orig: { src: far.ipv4, sport: caller.localPort, dst: near.ipv4, dport: INWARD_PORT },
        reply: { src: near.ipv4, sport: inward, dst: far.otherIpv4, dport: caller.localPort },
        destination: `${near.ipv4}:${INWARD_PORT}`,
        source: `${far.ipv4}:${caller.localPort}`,
        side: 'reply',
      },
    ] as const;
    const ids = new Map<string, number>();
    for (const { local, remote, orig, reply, destination, source, side } of expected) {
      const uuid = await uuidOf(client, local.port, remote.port);
      const connection = await until('its flow', async () => {
        const { body } = await client.get<ConnectionAnswerJson>(`/connections/${uuid}`);
        return body.conntrack === null ? undefined : body;
      });
      const { id } = connection.conntrack ?? { id: 0 };
      ids.set(uuid, id);
      expect(connection.conntrack).toMatchObject({ orig, reply });
      expect(connection.nat).toEqual({ kind: 'both', destination, source });
      const filter = `orig.sport = ${orig.sport}`;
      const [listed] = (await flows({ filter, nat: 'true' })).flows;
      expect(listed).toMatchObject({ id, uuid, side, orig, reply });
      const [before, after] = [
        { source: `${orig.src}:${orig.sport}`, destination: `${orig.dst}:${orig.dport}` },
        { source: `${reply.dst}:${reply.dport}`, destination: `${reply.src}:${reply.sport}` },
      ];
      expect(listed?.nat).toEqual({
        source: { before: before.source, after: after.source },
        destination: { before: before.destination, after: after.destination },
      });
      const [shown] = await printed(lab, socket, 'list', '--join', '--nat', filter);
      expect(shown).toMatchObject({ id, uuid, side, orig, reply, nat: listed?.nat });
    }
    // Open connections are sent to each new client: by now their flows are known.
    const events = await lab.readEvents();
    for (const [i, uuid] of [...ids.keys()].entries()) {
      const { destination: Destination, source: Source } = expected[i] ?? expected[0];
      const line = await until('the open event', () => events.lines.find((each) => each.includes(uuid)));
      expect(JSON.parse(line)).toMatchObject({ Nat: { Destination, Source } });
    }
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    const archives = readOutput(daemon.output).flatMap(({ files }) => files);
    for (const [i, [uuid, Id]] of [...ids].entries()) {
      const { orig, reply } = expected[i] ?? expected[0];
      expect(archives.find((each) => each.uuid === uuid)?.metadata.Conntrack).toEqual({
        ...{ Id, Status: expect.any(Number) },
        Orig: { Src: orig.src, Sport: orig.sport, Dst: orig.dst, Dport: orig.dport },
        Reply: { Src: reply.src, Sport: reply.sport, Dst: reply.dst, Dport: reply.dport },
      });
    }
  });

  it('says what is missing: the flag, or the capability', async ({ lab }) => {
    const { client } = await serve(lab);
    const off = await client.get<ProblemJson>('/conntrack');
    expect(off.body).toMatchObject({
      status: 404,
      code: 'ERR_NO_CONNTRACK',
      detail: expect.stringMatching(/-conntrack=on/),
    });
    await lab.abandonDaemons();
    const socket = join(lab.folder, 'unprivileged.sock');
    await lab.startDaemon({
      args: ['-conntrack=auto', `-live=unix:${socket}`],
      wrapper: [...UNPRIVILEGED],
    });
    const refused = await new LiveClient(socket).get<ProblemJson>('/conntrack');
    expect(refused.body).toMatchObject({
      status: 404,
      code: 'ERR_NO_CONNTRACK',
      detail: 'flows cannot be looked up: CAP_NET_ADMIN is missing',
    });
  });
});
