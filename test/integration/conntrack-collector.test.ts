import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { ConntrackStatus } from '../../conntrack/index.js';
import { type Archive, readOutput } from '../support/archives.js';
import { addRules, haveConntrackLab } from '../support/conntrack-lab.js';
import type { DaemonProcess } from '../support/daemon.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { UNPRIVILEGED } from '../support/run.js';
import { until } from '../support/waiting.js';

const ASKED_PORT = 9000;
const LOOKUPS = (result: string): string => `tcpinfo_conntrack_lookups_total{result="${result}"}`;

interface OpenLine {
  readonly Event: number;
  readonly UUID: string;
  readonly Nat?: { readonly Destination?: string; readonly Source?: string };
}

/** Waits until this many connections were looked up with a result. */
async function lookedUp(daemon: DaemonProcess, result: string, count: number): Promise<void> {
  await until(`${count} look-ups: ${result}`, async () => (await daemon.metric(LOOKUPS(result))) === count);
}

/** Returns the only archive of the connection with these ports. */
function archiveOf(daemon: DaemonProcess, localPort: number, remotePort: number): Archive {
  const files = readOutput(daemon.output).flatMap((recorded) => recorded.files);
  const found = files.filter(({ rows: [row] }) => row?.idm.id.sport === localPort && row.idm.id.dport === remotePort);
  expect(found).toHaveLength(1);
  const [file] = found;
  if (file === undefined) throw new Error('no archive');
  return file;
}

/** Starts a daemon that tracks, and a reader of its events. */
async function start(lab: Lab, ...args: readonly string[]) {
  const mode = args.some((arg) => arg.startsWith('-conntrack=')) ? [] : ['-conntrack=on'];
  const daemon = await lab.startDaemon({ args: [...mode, '-events.v2', ...args] });
  const events = await lab.readEvents();
  const opened = async (uuid: string): Promise<OpenLine> =>
    await until('the open event', () => {
      const line = events.lines.find((each) => each.includes(uuid));
      return line === undefined ? undefined : (JSON.parse(line) as OpenLine);
    });
  return { daemon, opened };
}

const wanted = haveLab('flows in the collector') && haveConntrackLab('flows in the collector');

describe.skipIf(!wanted)('a collector with -conntrack=on', () => {
  it('records the true destination of connections that it opens: DNAT in OUTPUT, also of a short one', async ({
    lab,
  }) => {
    const { near, far } = lab;
    const port = await lab.farPeer.listen('0.0.0.0');
    addRules(
      near,
      { kind: 'track' },
      { kind: 'dnat', hook: 'output', protocol: 'tcp', port: ASKED_PORT, address: far.ipv4, toPort: port },
    );
    const { daemon, opened } = await start(lab);
    const connect = async () => await lab.nearPeer.connect({ host: far.ipv4, port: ASKED_PORT });
    const long = await connect();
    const short = await connect();
    await short.reset();
    await lookedUp(daemon, 'found', 2);
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    for (const { localPort } of [long, short]) {
      const { metadata, uuid } = archiveOf(daemon, localPort, ASKED_PORT);
      expect(metadata.Conntrack).toEqual({
        Id: expect.any(Number),
        Orig: { Src: near.ipv4, Sport: localPort, Dst: far.ipv4, Dport: ASKED_PORT },
        Reply: { Src: far.ipv4, Sport: port, Dst: near.ipv4, Dport: localPort },
        Status: expect.any(Number),
      });
      expect((metadata.Conntrack?.Status ?? 0) & ConntrackStatus.DST_NAT).not.toBe(0);
      expect(Object.keys(metadata).at(-1)).toBe('Conntrack');
      expect((await opened(uuid)).Nat).toEqual({ Destination: `${far.ipv4}:${port}` });
    }
  });

  it('records which port the client asked for, and as whom the peer sees it: DNAT in PREROUTING, and SNAT', async ({
    lab,
  }) => {
    const { near, far } = lab;
    const [inward, outward] = [await lab.nearPeer.listen('0.0.0.0'), await lab.farPeer.listen('0.0.0.0')];
    addRules(
      near,
      { kind: 'track' },
      { kind: 'redirect', hook: 'prerouting', protocol: 'tcp', port: ASKED_PORT, toPort: inward },
      { kind: 'snat', hook: 'postrouting', protocol: 'tcp', port: outward, address: near.otherIpv4 },
    );
    const { daemon, opened } = await start(lab);
    const client = await lab.farPeer.connect({ host: near.ipv4, port: ASKED_PORT });
    const server = await lab.nearPeer.connect({ host: far.ipv4, port: outward });
    await lookedUp(daemon, 'found', 2);
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });

    const accepted = archiveOf(daemon, inward, client.localPort);
    expect(accepted.metadata.Conntrack?.Orig).toEqual({
      ...{ Src: far.ipv4, Sport: client.localPort },
      ...{ Dst: near.ipv4, Dport: ASKED_PORT },
    });
    expect((await opened(accepted.uuid)).Nat).toEqual({ Destination: `${near.ipv4}:${ASKED_PORT}` });
    const sent = archiveOf(daemon, server.localPort, outward);
    expect(sent.metadata.Conntrack?.Reply).toMatchObject({ Dst: near.otherIpv4, Dport: server.localPort });
    expect((await opened(sent.uuid)).Nat).toEqual({ Source: `${near.otherIpv4}:${server.localPort}` });
  });

  it('finds the flow of an IPv4-mapped socket, and keeps untranslated flows only if told to', async ({ lab }) => {
    addRules(lab.near, { kind: 'track' });
    const port = await lab.farPeer.listen('::');
    const { daemon, opened } = await start(lab, '-conntrack.archive=all');
    const mapped = await lab.nearPeer.connect({ host: `::ffff:${lab.far.ipv4}`, port });
    const ipv6 = await lab.nearPeer.connect({ host: lab.far.ipv6, port });
    await lookedUp(daemon, 'found', 2);
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    const { metadata, uuid } = archiveOf(daemon, mapped.localPort, port);
    expect(metadata.Conntrack?.Orig.Src).toBe(lab.near.ipv4);
    expect((await opened(uuid)).Nat).toBeUndefined();
    expect(archiveOf(daemon, ipv6.localPort, port).metadata.Conntrack?.Orig.Dst).toBe(lab.far.ipv6);
  });

  it('asks once more after a second, and counts connections without a flow', async ({ lab }) => {
    const port = await lab.farPeer.listen('0.0.0.0');
    const { daemon, opened } = await start(lab);
    const early = await lab.nearPeer.connect({ host: lab.far.ipv4, port });
    await lookedUp(daemon, 'none', 1);
    expect(await daemon.metric(LOOKUPS('failed'))).toBe(0);
    expect(await daemon.metric('tcpinfo_conntrack_entries')).toBe(0);
    expect(await daemon.metric('tcpinfo_conntrack_entries_limit')).toBeGreaterThan(0);
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    const { metadata, uuid } = archiveOf(daemon, early.localPort, port);
    expect(metadata.Conntrack).toBeUndefined();
    expect((await opened(uuid)).Nat).toBeUndefined();
  });

  it('asks in each recorded network namespace', async ({ lab }) => {
    const { near, far } = lab;
    const port = await lab.nearPeer.listen('0.0.0.0');
    addRules(
      far,
      { kind: 'track' },
      { kind: 'dnat', hook: 'output', protocol: 'tcp', port: ASKED_PORT, address: near.ipv4, toPort: port },
    );
    const { daemon } = await start(lab, `-netns=/run/netns/${far.name}`);
    const client = await lab.farPeer.connect({ host: near.ipv4, port: ASKED_PORT });
    // The own namespace does not track.
    await Promise.all([lookedUp(daemon, 'found', 1), lookedUp(daemon, 'none', 1)]);
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    expect(archiveOf(daemon, client.localPort, ASKED_PORT).metadata).toMatchObject({
      Netns: { Name: `/run/netns/${far.name}` },
      Conntrack: { Reply: { Src: near.ipv4, Sport: port } },
    });
    expect(archiveOf(daemon, port, client.localPort).metadata.Conntrack).toBeUndefined();
  });

  it('looks up flows with auto only where connections are tracked, in each network namespace from then on', async ({
    lab,
  }) => {
    const { near, far } = lab;
    const port = await lab.farPeer.listen('0.0.0.0');
    const { daemon } = await start(lab, '-conntrack=auto', `-netns=/run/netns/${far.name}`);
    expect(daemon.log).toContain('no connection is tracked: flows are looked up as soon as the kernel tracks one');
    const early = await lab.nearPeer.connect({ host: far.ipv4, port });
    await daemon.scanned();
    expect(await daemon.metric(LOOKUPS('found'))).toBe(0);
    expect(daemon.log).not.toContain('connections are tracked');
    // Rules that come later are noticed without a restart.
    addRules(
      near,
      { kind: 'track' },
      { kind: 'dnat', hook: 'output', protocol: 'tcp', port: ASKED_PORT, address: far.ipv4, toPort: port },
    );
    const later = await lab.nearPeer.connect({ host: far.ipv4, port: ASKED_PORT });
    await lookedUp(daemon, 'found', 1);
    expect(daemon.log.match(/msg="connections are tracked: flows are looked up"\n/g)).toHaveLength(1);
    addRules(far, { kind: 'track' });
    await lab.nearPeer.connect({ host: far.ipv4, port: ASKED_PORT });
    await lookedUp(daemon, 'found', 3);
    await daemon.logged(new RegExp(`connections are tracked: flows are looked up" netns=/run/netns/${far.name}`));
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    expect(archiveOf(daemon, early.localPort, port).metadata.Conntrack).toBeUndefined();
    const { metadata } = archiveOf(daemon, later.localPort, ASKED_PORT);
    expect(metadata.Conntrack).toMatchObject({ Reply: { Src: far.ipv4, Sport: port } });
  });

  it('says nothing with auto where connections are tracked from the start', async ({ lab }) => {
    addRules(lab.near, { kind: 'track' });
    const port = await lab.farPeer.listen('0.0.0.0');
    await lab.nearPeer.connect({ host: lab.far.ipv4, port });
    const { daemon } = await start(lab, '-conntrack=auto');
    await lookedUp(daemon, 'found', 1);
    expect(daemon.log).not.toContain('no connection is tracked');
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
  });

  it('refuses to start without CAP_NET_ADMIN; with auto it works without flows', async ({ lab }) => {
    const wrapper = [...UNPRIVILEGED];
    const refused = await lab.startDaemon({ args: ['-conntrack=on'], wrapper, ready: false });
    expect((await refused.exited()).code).toBe(2);
    expect(refused.log.trim().split('\n')).toEqual([
      'tcp-info: -conntrack=on: flows cannot be looked up: CAP_NET_ADMIN is missing',
    ]);
    const daemon = await lab.startDaemon({ args: ['-conntrack=auto'], wrapper, output: join(lab.folder, 'none') });
    expect(daemon.log).toMatch(
      /level=info msg="flows of connections are not looked up" reason="CAP_NET_ADMIN is missing"/,
    );
    expect(await daemon.metric('tcpinfo_conntrack_entries')).toBe(0);
    expect(await daemon.scrape()).not.toContain('tcpinfo_conntrack_lookups_total');
  });
});
