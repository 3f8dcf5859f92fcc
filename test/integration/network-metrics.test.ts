import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { readOutput } from '../support/archives.js';
import type { DaemonProcess } from '../support/daemon.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { Path, type PathOptions } from '../support/path.js';
import { havePrograms } from '../support/programs.js';
import { Running } from '../support/running.js';
import { until } from '../support/waiting.js';

const SUPPORT = join(import.meta.dirname, '..', 'support');
const PORT = 5201;
const GROUP = `port_group="${PORT}"`;
const WITHIN_MS = 30_000;

/** Waits until a sample has a wanted value; a missing series has none. */
async function shows(daemon: DaemonProcess, sample: string, wanted: (value: number) => boolean): Promise<number> {
  return await until(sample, async () => {
    const value = await daemon.metric(sample).catch(() => undefined);
    return value !== undefined && wanted(value) ? value : undefined;
  });
}

const is = (wanted: number) => (value: number) => value === wanted;

/** Returns the sum of a family's samples with these labels, or of all without labels. */
async function sum(daemon: DaemonProcess, name: string, labels = ''): Promise<number> {
  const lines = (await daemon.scrape()).split('\n');
  const samples = lines.filter((line) => line.startsWith(`${name}{`) && line.includes(labels));
  if (samples.length === 0) throw new Error(`no samples of ${name} with ${labels}`);
  return samples.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** Sends from near to far over a path with limited.py, to its end, and waits until everything is counted. */
async function transfer(
  lab: Lab,
  daemon: DaemonProcess,
  options: PathOptions,
  { read = [], send = [] }: { readonly read?: readonly string[]; readonly send?: readonly string[] },
): Promise<void> {
  await using path = await Path.lay(lab.near, lab.far, options);
  const program = join(SUPPORT, 'limited.py');
  await using reader = Running.inside(lab.far, 'python3', program, 'read', String(PORT), ...read);
  await until('the reader', () => reader.output.includes('ready'));
  await using sender = Running.inside(
    ...([lab.near, 'python3', program, 'send', path.farIpv4, String(PORT), '--seconds=3', ...send] as const),
  );
  expect(await sender.ended(60_000), sender.output).toBe(0);
  expect(await reader.ended(60_000), reader.output).toBe(0);
  await shows(daemon, `tcpinfo_network_connections_closed_total{${GROUP},side="remote"}`, is(1));
  await until('all ends', async () => (await daemon.metric('tcpinfo_connections')) === 0, WITHIN_MS);
}

/** Expects that the groups add up to the total. */
async function expectSums(daemon: DaemonProcess): Promise<void> {
  for (const what of ['sent', 'received', 'retransmitted']) {
    const total = await daemon.metric(`tcpinfo_${what}_bytes_total`);
    expect(await sum(daemon, `tcpinfo_network_${what}_bytes_total`), what).toBe(total);
  }
}

const HAVE_PATH = haveLab('network metrics') && havePrograms('network metrics', 'tc', 'python3');

describe.skipIf(!HAVE_PATH)('network metrics', () => {
  it('show a long path and a receiver that is too slow', async ({ lab }) => {
    const daemon = await lab.startDaemon({ args: [`-metrics.ports=${PORT}`] });
    await transfer(lab, daemon, { delay: 0.04 }, { read: ['--rcvbuf=16384'] });
    await expectSums(daemon);
    const remote = `${GROUP},side="remote"`;
    const sent = await daemon.metric(`tcpinfo_network_sent_bytes_total{${remote}}`);
    expect(sent).toBeGreaterThan(10_000);
    const segments = await daemon.metric(`tcpinfo_network_sent_segments_total{${remote}}`);
    expect(segments).toBeGreaterThan(sent / 65_536);
    expect(segments).toBeLessThan(sent / 100);
    expect(await daemon.metric(`tcpinfo_network_sent_bytes_total{${GROUP},side="local"}`)).toBe(0);
    const limited = 'tcpinfo_network_limited_seconds_total';
    const [receiver, all] = [await sum(daemon, limited, 'by="rwnd"'), await sum(daemon, limited)];
    expect(receiver).toBeGreaterThan(1);
    expect(receiver / all).toBeGreaterThan(0.5);
    expect(all).toBeLessThan(10);
    for (const family of ['tcpinfo_network_rtt_seconds', 'tcpinfo_network_min_rtt_seconds']) {
      // Once a second, for three seconds and the end.
      const count = await daemon.metric(`${family}_count{${remote}}`);
      expect(count).toBeGreaterThanOrEqual(2);
      expect(count).toBeLessThan(12);
      expect(await daemon.metric(`${family}_bucket{${remote},le="0.02"}`)).toBe(0);
      expect(await daemon.metric(`${family}_bucket{${remote},le="1"}`)).toBe(count);
    }
  });

  it('show lost and retransmitted data, also at a slow beat', async ({ lab }) => {
    const daemon = await lab.startDaemon({ args: ['-scan.interval=1500ms', `-metrics.ports=1-100,${PORT}`] });
    await transfer(lab, daemon, { delay: 0.01, loss: 0.05 }, {});
    await expectSums(daemon);
    const remote = `${GROUP},side="remote"`;
    const lost = await daemon.metric(`tcpinfo_network_retransmitted_segments_total{${remote}}`);
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBeLessThan(await daemon.metric(`tcpinfo_network_sent_segments_total{${remote}}`));
    expect(await daemon.metric(`tcpinfo_network_retransmitted_bytes_total{${remote}}`)).toBeGreaterThan(0);
    expect(await daemon.metric(`tcpinfo_network_rtt_seconds_count{${remote}}`)).toBeGreaterThan(0);
  });
});

const HAVE = haveLab('network metrics by state and port') && havePrograms('network metrics by state', 'python3');

describe.skipIf(!HAVE)('network metrics by state and port', () => {
  it('show a program that does not close what its peers have closed, and the states of closed connections', async ({
    lab,
  }) => {
    const daemon = await lab.startDaemon();
    const port = await lab.nearPeer.listen('::');
    const four = await lab.connectIn(port);
    const six = await lab.connectIn(port, lab.near.ipv6);
    const state = (name: string, family = 'ipv4') => `tcpinfo_network_connections{family="${family}",state="${name}"}`;
    await shows(daemon, state('established', 'ipv6'), is(2));
    await four.far.end();
    await six.far.end();
    // A v4-mapped socket counts as IPv6.
    await shows(daemon, state('close_wait', 'ipv6'), is(2));
    await shows(daemon, state('established', 'ipv6'), is(0));
    expect(await daemon.metric(state('close_wait'))).toBe(0);
    await four.near.end();
    await shows(daemon, state('close_wait', 'ipv6'), is(1));

    const outside = await lab.farPeer.listen('0.0.0.0');
    const { near, far } = await lab.connectOut(outside);
    await shows(daemon, state('established'), is(1));
    await near.end();
    await far.ended();
    await shows(daemon, state('fin_wait2'), is(1));
    await far.end();
    await shows(daemon, 'tcpinfo_network_time_wait_sockets', (value) => value >= 1);
    await shows(daemon, state('fin_wait2'), is(0));
  });

  it('do not count unanswered SYNs as lost data', async ({ lab }) => {
    const daemon = await lab.startDaemon({ args: ['-metrics.ports=9100'] });
    const attempts = [];
    for (let i = 0; i < 5; i++) attempts.push(await lab.nearPeer.attempt({ host: lab.silentIpv4, port: 9100 }));
    const ends = await lab.connectOut(await lab.farPeer.listen('0.0.0.0', { port: 9100 }));
    await ends.near.send(1000);
    const remote = 'port_group="9100",side="remote"';
    const metric = (name: string) => `tcpinfo_network_${name}_total{${remote}}`;
    // Each SYN is retransmitted after a second.
    await shows(daemon, metric('retransmitted_segments'), (value) => value >= 5);
    await shows(daemon, metric('sent_bytes'), is(1000));
    expect(await daemon.metric(metric('sent_segments'))).toBeLessThan(5);
    expect(await daemon.metric(metric('retransmitted_bytes'))).toBe(0);
    for (const attempt of attempts) await attempt.destroy();
    await ends.near.end();
    await ends.far.end();
    await until('all ends', async () => (await daemon.metric('tcpinfo_connections')) === 0, WITHIN_MS);
    expect(await daemon.metric(metric('retransmitted_bytes'))).toBe(0);
    await daemon.stop();
    const rows = readOutput(daemon.output).map(({ last }) => last.info);
    expect(rows.filter((info) => (info?.totalRetrans ?? 0) > 0).length).toBeGreaterThanOrEqual(5);
    expect(rows.filter((info) => (info?.bytesRetrans ?? 0) > 0)).toEqual([]);
  });

  it('show a listener that does not accept, until it is closed', async ({ lab }) => {
    const daemon = await lab.startDaemon({ args: ['-exclude-srcport=8099'] });
    const program = join(SUPPORT, 'full-listener.py');
    const series = (name: string) => `tcpinfo_listener_${name}{port="8099"}`;
    const before = await shows(daemon, 'tcpinfo_listeners', (value) => value > 0);
    {
      await using listener = Running.inside(lab.near, 'python3', program, '8099', '3', '6');
      await until('the listener', () => listener.output.includes('ready'));
      // The kernel queues one more than the backlog given to listen().
      await shows(daemon, series('accept_queue_connections'), is(4));
      expect(await daemon.metric(series('backlog_connections'))).toBe(3);
      expect(await daemon.metric(series('accept_queue_fill_ratio'))).toBe(1);
      expect(await daemon.metric('tcpinfo_listeners')).toBe(before + 1);
    }
    await shows(daemon, 'tcpinfo_listeners', is(before));
    expect(await daemon.scrape()).not.toContain('port="8099"');
    expect(await daemon.metric('tcpinfo_listener_accept_queue_fill_ratio{port="7070"}')).toBeGreaterThanOrEqual(0);
  });

  it('show handshakes that their peers do not finish, up to the backlog', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const [busy, quiet] = [await lab.nearPeer.listen('0.0.0.0'), await lab.nearPeer.listen('0.0.0.0')];
    const halfOpen = (port: number) => `tcpinfo_listener_half_open_connections{port="${port}"}`;
    await shows(daemon, halfOpen(busy), is(0));
    const backlog = await daemon.metric(`tcpinfo_listener_backlog_connections{port="${busy}"}`);
    // SYN-ACKs leave for a link-layer address that does not exist. With retransmissions they stay for a minute.
    lab.far.run('ip', 'address', 'add', `${lab.silentIpv4}/32`, 'dev', 'lo');
    const flood = (count: number): string =>
      lab.far.run('python3', join(SUPPORT, 'half-open.py'), lab.silentIpv4, lab.near.ipv4, String(busy), String(count));
    flood(20);
    await shows(daemon, halfOpen(busy), is(20));
    expect(await daemon.metric(halfOpen(quiet))).toBe(0);
    // They are in no archive, and in no count of connection states.
    expect(await daemon.metric('tcpinfo_connections')).toBe(0);
    // With a full queue the kernel answers with SYN cookies and keeps no state.
    flood(2 * backlog);
    await shows(daemon, halfOpen(busy), (value) => value > 0.7 * backlog);
    expect(await daemon.metric(halfOpen(busy))).toBeLessThanOrEqual(backlog + 1);
  });

  it('show the number of used local ports', async ({ lab }) => {
    lab.near.run('sh', '-c', 'echo 40000 40009 > /proc/sys/net/ipv4/ip_local_port_range');
    lab.near.run('sh', '-c', 'echo 40003-40004 > /proc/sys/net/ipv4/ip_local_reserved_ports');
    const daemon = await lab.startDaemon();
    const [one, other] = [await lab.farPeer.listen('0.0.0.0'), await lab.farPeer.listen('0.0.0.0')];
    const ends = [await lab.connectOut(one), await lab.connectOut(one), await lab.connectOut(one)];
    await lab.connectOut(other);
    const incoming = await lab.connectIn(await lab.nearPeer.listen('0.0.0.0'));
    const busiest = 'tcpinfo_ephemeral_ports_used_to_busiest_destination';
    await shows(daemon, busiest, is(3));
    expect(await daemon.metric('tcpinfo_ephemeral_ports')).toBe(8);
    expect(await daemon.metric('tcpinfo_ephemeral_ports_used')).toBeLessThanOrEqual(5);
    for (const { near, far } of ends) {
      await far.end();
      await near.ended();
      await near.destroy();
    }
    await shows(daemon, busiest, is(1));
    // Every port counts as ephemeral now.
    lab.near.run('sh', '-c', 'echo 1024 65000 > /proc/sys/net/ipv4/ip_local_port_range');
    await shows(daemon, 'tcpinfo_ephemeral_ports', is(63_977 - 2));
    await shows(daemon, 'tcpinfo_ephemeral_ports_used', is(2));
    await incoming.near.end();
  });

  it('count connections of other network namespaces, except excluded ones', async ({ lab }) => {
    const daemon = await lab.startDaemon({ args: [`-netns=${lab.far.name}`, '-exclude-srcport=9100'] });
    const port = await lab.farPeer.listen('0.0.0.0');
    const { near } = await lab.connectOut(port);
    await near.send(1000);
    // Both sides are recorded, and each counts.
    await shows(daemon, 'tcpinfo_network_connections{family="ipv4",state="established"}', is(2));
    await shows(daemon, 'tcpinfo_network_sent_bytes_total{port_group="other",side="any"}', is(1000));
    await shows(daemon, 'tcpinfo_network_received_bytes_total{port_group="other",side="any"}', is(1000));
    expect(await daemon.metric('tcpinfo_ephemeral_ports_used')).toBe(1);
  });

  it('are absent when they are switched off', async ({ lab }) => {
    const groups = 'states,traffic,rtt,limited,endings,listeners,ephemeral';
    const daemon = await lab.startDaemon({ args: [`-metrics.disable=${groups}`] });
    await lab.connectIn(await lab.nearPeer.listen('0.0.0.0'));
    await until('a connection', async () => (await daemon.metric('tcpinfo_connections')) === 1);
    expect(await daemon.scrape()).not.toMatch(/^tcpinfo_(network|listener|ephemeral)/m);
  });

  it('are rejected with the invalid item', async ({ lab }) => {
    for (const [flag, item] of [
      ['-metrics.ports=443,80-70', '80-70'],
      ['-metrics.ports=443,,80', ''],
      ['-metrics.ports=1-100,80', '80'],
      ['-metrics.disable=rtt,cpu', 'cpu'],
    ] as const) {
      const daemon = await lab.startDaemon({ args: [flag], ready: false });
      expect(await daemon.exited()).toEqual({ code: 2, signal: null });
      expect(daemon.log).toContain(`tcp-info: ${flag}: '${item}' `);
    }
  });
});
