import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { DaemonProcess, METRICS_PORT } from '../support/daemon.js';
import { haveLab, it } from '../support/lab.js';
import type { PeerError } from '../support/peer.js';
import { UNPRIVILEGED } from '../support/run.js';
import { until } from '../support/waiting.js';
import {
  addresses,
  admitted,
  closed,
  expectOpen,
  expectRejected,
  metric,
  QUIET_MS,
  rejected,
  watch,
} from '../support/watched-service.js';

/** Returns the names of metric families of a page, and its samples without labels. */
function families(page: string): { readonly names: string[]; readonly samples: ReadonlyMap<string, string> } {
  const names = Array.from(page.matchAll(/^# TYPE (tcpinfo_\S+) /gm), ([, name = '']) => name);
  const samples = new Map(
    Array.from(page.matchAll(/^(\w+) (\S+)$/gm), ([, name = '', value = '']) => [name, value] as const),
  );
  return { names, samples };
}

describe.skipIf(!haveLab('tests of watched services'))('a watched service', () => {
  it('is counted, loopback included, and its bytes are what was sent', async ({ lab }) => {
    const { daemon, port } = await watch(lab, {}, { enforce: '' });
    const [a, b] = [await lab.connectIn(port), await lab.connectIn(port)];
    const local = await lab.nearPeer.connect({ host: '127.0.0.1', port });
    const accepted = await lab.nearPeer.accepted(port, local.localPort);
    await a.far.send(1000);
    await a.near.received(1000);
    await b.near.send(300_000);
    await b.far.received(300_000);
    await local.send(7);
    await accepted.received(7);
    await until('three connections', async () => (await metric(daemon, 'connections')) === 3);
    await until('all bytes', async () => (await metric(daemon, 'sent_bytes_total')) >= 300_000);
    await until('those over loopback', async () => (await metric(daemon, 'received_bytes_total')) === 1007);
    expect(await metric(daemon, 'clients')).toBe(2);
    expect(await metric(daemon, 'accepted_total')).toBe(3);

    await a.far.end();
    await a.near.ended();
    await b.near.end();
    await b.far.ended();
    // So that a scan sees which side closed first.
    await sleep(QUIET_MS);
    await a.near.end();
    await b.far.end();
    await local.reset();
    await until('no connection', async () => (await metric(daemon, 'connections')) === 0);
    await until('three ends', async () => (await metric(daemon, 'rtt_seconds_count')) === 3);
    expect(await closed(daemon, 'client')).toBe(1);
    expect(await closed(daemon, 'server')).toBe(1);
    expect(await closed(daemon, 'reset')).toBe(1);
    expect(await metric(daemon, 'received_bytes_total')).toBe(1007);
    // Retransmissions count: a tail loss probe sometimes repeats some.
    const sent = await metric(daemon, 'sent_bytes_total');
    expect(sent).toBeGreaterThanOrEqual(300_000);
    expect(sent).toBeLessThan(330_000);
  });

  it('changes nothing that is recorded', async ({ lab }) => {
    const { daemon: watching, port } = await watch(lab, {}, { enforce: '' });
    const plain = DaemonProcess.spawn({
      namespace: lab.near,
      scraper: lab.nearPeer,
      output: join(lab.folder, 'plain'),
      args: [
        `-uuid-prefix-file=${join(lab.folder, 'prefix')}`,
        `-prom=${METRICS_PORT + 1}`,
        `-tcpinfo.eventsocket=${join(lab.folder, 'plain.sock')}`,
      ],
    });
    try {
      await plain.logged(/msg="first scan"/);
      const pages = async () => {
        const page = await lab.nearPeer.get(`http://127.0.0.1:${METRICS_PORT + 1}/metrics`);
        return [await watching.scrape(), page.body] as const;
      };
      const { far, near } = await lab.connectIn(port);
      await far.send(5000);
      await near.received(5000);
      const local = await lab.nearPeer.connect({ host: '127.0.0.1', port });
      await lab.nearPeer.accepted(port, local.localPort);
      await until('two connections', async () => (await metric(watching, 'connections')) === 2);
      await local.reset();
      await far.reset();
      await until('their ends', async () => (await metric(watching, 'connections')) === 0);
      for (const daemon of [watching, plain]) await daemon.logged(/msg="first scan"/);
      const read = async () => (await pages()).map((page) => families(page));
      await until('an archive of each', async () =>
        (await read()).every(({ samples }) => samples.get('tcpinfo_new_file_total') === '1'),
      );
      const [ours, others] = await read();
      // The families are the same but for those of services, and so are numbers of connections.
      expect(ours?.names.filter((name) => !name.startsWith('tcpinfo_service_'))).toEqual(others?.names);
      expect(others?.names.some((name) => name.startsWith('tcpinfo_service_'))).toBe(false);
      for (const name of ['tcpinfo_connections', 'tcpinfo_new_file_total', 'tcpinfo_destroy_events_total']) {
        expect(ours?.samples.get(name), name).toBe(others?.samples.get(name));
      }
      await Promise.all([watching.stop(), plain.stop()]);
      const uuids = (output: string): string[] =>
        readdirSync(output, { recursive: true, encoding: 'utf8' })
          .filter((name) => name.endsWith('.zst'))
          .map((name) => /_([0-9A-F]{16})/.exec(name)?.[1] ?? name);
      expect(uuids(watching.output)).toEqual(uuids(plain.output));
      expect(uuids(watching.output)).toHaveLength(1);
    } finally {
      await plain.abandon();
    }
  });

  it('counts connections too short for a scan', async ({ lab }) => {
    const { daemon, port } = await watch(lab, {}, { enforce: '' });
    for (let i = 0; i < 20; i++) {
      const far = await lab.farPeer.connect({ host: lab.near.ipv4, port });
      await far.reset();
    }
    await until('twenty ends', async () => (await metric(daemon, 'accepted_total')) === 20);
    expect(await metric(daemon, 'connections')).toBe(0);
  });

  const FAMILIES = [
    ['IPv4', '0.0.0.0', 'ipv4'],
    ['IPv4 on an IPv6 listener', '::', 'ipv4'],
    ['IPv6', '::', 'ipv6'],
  ] as const;
  for (const [name, host, family] of FAMILIES) {
    it(`admits conn_limit connections, ends the next one, and admits one again: ${name}`, async ({ lab }) => {
      const watched = await watch(lab, { conn_limit: '2' }, { host });
      const { daemon, port } = watched;
      const open = () => lab.farPeer.connect({ host: lab.near[family], port });
      const first = await open();
      const second = await open();
      await until('two connections', async () => (await metric(daemon, 'connections')) === 2);
      await expectRejected(lab, port, { host: lab.near[family] });
      await until('a rejection', async () => (await rejected(daemon, 'conn_limit')) === 1);
      await expectOpen(first, second);
      await first.reset();
      await until('one connection', async () => (await metric(daemon, 'connections')) === 1);
      const fourth = await open();
      await expectOpen(second, fourth);
      expect(await metric(daemon, 'accepted_total')).toBe(3);
      expect(await rejected(daemon, 'conn_limit')).toBe(1);
      expect(await metric(daemon, 'destroys_total', 'result="destroyed"')).toBe(1);
      expect(await metric(daemon, 'enforcement_seconds_count', '')).toBe(1);
      expect(daemon.log).toMatch(
        /level=info msg="connection ended by a rule" service=web rule=conn_limit client=\S+ uuid=\S+ result=destroyed/,
      );
    });
  }

  it('admits ip_limit addresses, and further connections of these', async ({ lab }) => {
    const [one, two, three] = addresses(lab);
    const watched = await watch(lab, { ip_limit: '2' });
    const { daemon, port } = watched;
    const [a, b, again] = [
      await admitted(watched, lab, one),
      await admitted(watched, lab, two),
      await admitted(watched, lab, one),
    ];
    await expectRejected(lab, port, { localAddress: three });
    await until('a rejection', async () => (await rejected(daemon, 'ip_limit')) === 1);
    await expectOpen(a, b, again);
    await b.reset();
    await until('two connections', async () => (await metric(daemon, 'connections')) === 2);
    await expectOpen(a, again, await admitted(watched, lab, three));
  });

  it('admits ip_conn_limit connections of an address', async ({ lab }) => {
    const [one, two] = addresses(lab);
    const watched = await watch(lab, { ip_conn_limit: '2' });
    const [a, b] = [await admitted(watched, lab, one), await admitted(watched, lab, one)];
    await expectRejected(lab, watched.port, { localAddress: one });
    await expectOpen(a, b, await admitted(watched, lab, two));
    await until('a rejection', async () => (await rejected(watched.daemon, 'ip_conn_limit')) === 1);
  });

  it('ends connections of blacklisted addresses, also those that were open before', async ({ lab }) => {
    const [one, two] = addresses(lab);
    const port = await lab.nearPeer.listen('0.0.0.0');
    const before = await lab.farPeer.connect({ host: lab.near.ipv4, port, localAddress: two });
    const good = await lab.farPeer.connect({ host: lab.near.ipv4, port, localAddress: one });
    const { daemon } = await watch(lab, { ip_blacklist: `[${two}/32]` }, { port });
    expect(await before.closed()).toBe('ECONNRESET');
    await expectRejected(lab, port, { localAddress: two });
    await expectOpen(good);
    await until('two endings', async () => (await metric(daemon, 'destroys_total', 'result="destroyed"')) === 2);
  });

  it('leaves what was there before, and counts it, unless it is told otherwise', async ({ lab }) => {
    const port = await lab.nearPeer.listen('0.0.0.0');
    const before = await lab.farPeer.connectMany(3, { host: lab.near.ipv4, port });
    const { daemon } = await watch(lab, { conn_limit: '1' }, { port });
    await expectRejected(lab, port);
    await expectOpen(...before);
    expect(await metric(daemon, 'connections')).toBe(3);
    await lab.abandonDaemons();
    const again = await watch(lab, { conn_limit: '1' }, { port, enforce: '-services.enforce=existing' });
    await until('two endings', async () => (await metric(again.daemon, 'destroys_total', 'result="destroyed"')) === 2);
    await sleep(QUIET_MS);
    expect(await metric(again.daemon, 'connections')).toBe(1);
  });

  it('ends idle connections: those without payload in either direction since their start, or lately', async ({
    lab,
  }) => {
    const watched = await watch(lab, { max_idle: '1' });
    const { daemon, port } = watched;
    const [silent, sending, receiving] = [
      await lab.connectIn(port),
      await lab.connectIn(port),
      await lab.connectIn(port),
    ];
    await lab.farPeer.stream([sending.far], 10, 100);
    await lab.nearPeer.stream([receiving.near], 10, 100);
    const startMs = performance.now();
    expect(await silent.far.closed()).toBe('ECONNRESET');
    const waitedMs = performance.now() - startMs;
    expect(waitedMs).toBeGreaterThan(500);
    expect(waitedMs).toBeLessThan(3000);
    await sleep(1500);
    await expectOpen(sending.near, receiving.near);
    await until('an idle end', async () => (await closed(daemon, 'idle')) === 1);
    await lab.farPeer.halt([sending.far]);
    expect(await sending.far.closed()).toBe('ECONNRESET');
    await lab.nearPeer.halt([receiving.near]);
    expect(await receiving.far.closed()).toBe('ECONNRESET');
    await until('three idle ends', async () => (await closed(daemon, 'idle')) === 3);
  });

  it('ends connections that only receive, if only what clients send counts', async ({ lab }) => {
    const { port } = await watch(lab, { max_idle: '1', idle_counts: 'read' });
    const [sending, receiving] = [await lab.connectIn(port), await lab.connectIn(port)];
    await lab.farPeer.stream([sending.far], 10, 100);
    await lab.nearPeer.stream([receiving.near], 10, 100);
    expect(await receiving.far.closed()).toBe('ECONNRESET');
    await expectOpen(sending.near);
  });

  it('ends connections by age, and the idlest in favour of a new one', async ({ lab }) => {
    const { daemon, port } = await watch(lab, { conn_limit: '2', when_full: 'evict_idle', max_lifetime: '3' });
    const [first, second] = [await lab.connectIn(port), await lab.connectIn(port)];
    await sleep(100);
    await first.far.send(1);
    await first.near.received(1);
    await sleep(100);
    const third = await lab.farPeer.connect({ host: lab.near.ipv4, port });
    expect(await second.far.closed()).toBe('ECONNRESET');
    await expectOpen(first.far, third);
    expect(await first.far.closed()).toBe('ECONNRESET');
    expect(await third.closed()).toBe('ECONNRESET');
    await until('ends', async () => (await closed(daemon, 'lifetime')) === 2);
    expect(await closed(daemon, 'evicted')).toBe(1);
  });

  it('is only watched in a dry run, which says what it would do', async ({ lab }) => {
    const { daemon, port } = await watch(lab, { conn_limit: '1' }, { enforce: '-services.enforce=dry-run' });
    const connections = [];
    for (let i = 0; i < 3; i++) connections.push(await lab.farPeer.connect({ host: lab.near.ipv4, port }));
    await until('three connections', async () => (await metric(daemon, 'connections')) === 3);
    await expectOpen(...connections);
    expect(await metric(daemon, 'destroys_total', 'result="dry-run"')).toBe(2);
    expect(await metric(daemon, 'destroys_total', 'result="destroyed"')).toBe(0);
    expect(await rejected(daemon, 'conn_limit')).toBe(0);
    expect(daemon.log.match(/msg="a rule would end this connection" service=web rule=conn_limit/g)).toHaveLength(2);
  });

  it('goes on without the right to end connections, and says so once', async ({ lab }) => {
    const { daemon, port } = await watch(lab, { conn_limit: '1' }, { wrapper: [...UNPRIVILEGED] });
    const connections = [];
    for (let i = 0; i < 3; i++) connections.push(await lab.farPeer.connect({ host: lab.near.ipv4, port }));
    await until(
      'two refusals',
      async () => (await metric(daemon, 'enforcement_failures_total', 'error="denied"')) === 2,
    );
    await expectOpen(...connections);
    expect(await metric(daemon, 'connections')).toBe(3);
    expect(daemon.log.match(/rules of services end no connection: CAP_NET_ADMIN is missing/g)).toHaveLength(1);
  });

  it('never ends connections of the collector itself', async ({ lab }) => {
    const { daemon } = await watch(lab, { ip_allowlist: '[192.0.2.1]' }, { port: METRICS_PORT });
    expect(daemon.log).toMatch(/msg="connections of this program itself are never ended" service=web ports=7070/);
    for (let i = 0; i < 5; i++) expect(await daemon.scrape()).toContain('tcpinfo_service_connections');
    expect(await metric(daemon, 'destroys_total', 'result="destroyed"')).toBe(0);
  });

  it('leaves a client alone that happens to use its port', async ({ lab }) => {
    const { daemon, port } = await watch(lab, { ip_allowlist: '[192.0.2.1]' }, { host: '127.0.0.1' });
    const remote = await lab.farPeer.listen('0.0.0.0');
    const local = { localPort: port, localAddress: lab.near.ipv4 };
    const near = await lab.nearPeer.connect({ host: lab.far.ipv4, port: remote, ...local });
    await expectOpen(near);
    await near.reset();
    await sleep(QUIET_MS);
    expect(await metric(daemon, 'accepted_total')).toBe(0);
  });

  it('is reloaded at SIGHUP with its counts, and a bad file changes nothing', async ({ lab }) => {
    const [one, two] = addresses(lab);
    const watched = await watch(lab, { conn_limit: '1' });
    const { daemon, port } = watched;
    const file = join(lab.folder, `services-${port}.yaml`);
    const first = await admitted(watched, lab, one);
    await expectRejected(lab, port, { localAddress: one });
    await until('a rejection', async () => (await rejected(daemon, 'conn_limit')) === 1);
    // Open before its service is known: only a list or a time may end it.
    const other = await lab.nearPeer.listen('127.0.0.1');
    const early = await lab.nearPeer.connect({ host: '127.0.0.1', port: other });

    writeFileSync(file, `web:\n  listen_port: ${port}\n  con_limit: 2\n`);
    daemon.kill('SIGHUP');
    await daemon.logged(/level=error msg="reload of services refused, nothing has changed" error=".*con_limit/);
    expect(await metric(daemon, 'connections')).toBe(1);

    const more = `local:\n  listen_port: ${other}\n  conn_limit: 1\n`;
    writeFileSync(file, `web:\n  listen_port: ${port}\n  conn_limit: 2\n${more}`);
    daemon.kill('SIGHUP');
    await daemon.logged(/msg="services reloaded" added=1 changed=1 removed=0 unchanged=0/);
    const local = (name: string) => metric(daemon, name, 'service="local"');
    await until('the loopback connection', async () => (await local('connections')) === 1);
    // It counts, so the limit is reached; it is not ended itself.
    const late = await lab.nearPeer.connect({ host: '127.0.0.1', port: other }).then(
      (connection) => connection.closed(),
      (error: PeerError) => error.code,
    );
    expect(late).toBe('ECONNRESET');
    const second = await admitted(watched, lab, one);
    await expectRejected(lab, port, { localAddress: one });
    await expectOpen(first, second, early);
    expect(await metric(daemon, 'accepted_total')).toBe(2);
    await until('both rejections', async () => (await rejected(daemon, 'conn_limit')) === 2);

    // A renamed service is the one of its address; a new list holds for open connections.
    await first.reset();
    await until('one connection', async () => (await metric(daemon, 'connections')) === 1);
    const third = await admitted(watched, lab, two);
    writeFileSync(file, `site:\n  listen_port: ${port}\n  ip_blacklist: [${one}]\n`);
    daemon.kill('SIGHUP');
    expect(await second.closed()).toBe('ECONNRESET');
    const site = (name: string) => metric(daemon, name, 'service="site"');
    await until(
      'a refusal',
      async () => (await metric(daemon, 'closed_total', 'reason="blacklist",service="site"')) === 1,
    );
    await expectOpen(third, early);
    expect(await site('accepted_total')).toBe(3);
    expect(await daemon.scrape()).not.toContain('service="local"');
  });

  it('is watched and limited in each recorded network namespace by itself', async ({ lab }) => {
    const port = await lab.nearPeer.listen('0.0.0.0');
    await lab.farPeer.listen('0.0.0.0', { port });
    const file = join(lab.folder, 'services.yaml');
    writeFileSync(file, `web:\n  listen_port: ${port}\n  conn_limit: 1\n`);
    const daemon = await lab.startDaemon({
      args: [`-services=${file}`, '-services.enforce', `-netns=${lab.far.name}`],
    });
    await daemon.logged(/msg="services are watched"/);
    const watched = { daemon, port };
    const near = await admitted(watched, lab);
    const intoFar = () => lab.nearPeer.connect({ host: lab.far.ipv4, port });
    const far = await intoFar();
    await until('one connection in each', async () => (await metric(daemon, 'connections')) === 2);
    const code = await intoFar().then(
      (connection) => connection.closed(),
      (error: PeerError) => error.code,
    );
    expect(code).toBe('ECONNRESET');
    await until('a rejection', async () => (await rejected(daemon, 'conn_limit')) === 1);
    await expectOpen(near, far);
    expect(await metric(daemon, 'accepted_total')).toBe(2);
    expect(await metric(daemon, 'clients')).toBe(2);
  });

  it('is in the live API, by network namespace, with what was since the start', async ({ lab }) => {
    const port = await lab.nearPeer.listen('0.0.0.0');
    const file = join(lab.folder, 'services.yaml');
    const socket = join(lab.folder, 'live.sock');
    writeFileSync(file, `web:\n  listen_port: ${port}\n  conn_limit: 1\n`);
    const daemon = await lab.startDaemon({ args: [`-services=${file}`, '-services.enforce', `-live=unix:${socket}`] });
    await daemon.logged(/msg="services are watched"/);
    const connection = await admitted({ daemon, port }, lab);
    await expectRejected(lab, port);
    await connection.send(1000);
    await until('a rejection', async () => (await rejected(daemon, 'conn_limit')) === 1);
    await until('its bytes', async () => (await metric(daemon, 'received_bytes_total')) === 1000);
    const json = lab.near.run('curl', '-sf', '--unix-socket', socket, 'http://localhost/api/v1/services');
    expect(JSON.parse(json)).toMatchObject({
      enforce: 'new',
      services: [
        {
          ...{ sid: `*:${port}`, name: 'web', mode: 'watched', netns: null, listen: [`0.0.0.0:${port}`] },
          ...{ connections: 1, clientCount: 1, ips: lab.far.ipv4, up: 1000, accepted: 1 },
          rejected: { conn_limit: 1 },
          acceptQueue: { now: 0 },
        },
      ],
    });
    const one = lab.near.run('curl', '-sf', '--unix-socket', socket, 'http://localhost/api/v1/services/web');
    expect((JSON.parse(one) as { services: unknown[] }).services).toHaveLength(1);
    const program = join(import.meta.dirname, '../../dist/cmd/tcp-info/main.js');
    const text = lab.near.run(process.execPath, program, 'services', `--api=unix:${socket}`);
    expect(text).toContain('since the start: accepted 1, rejected 1 (conn_limit 1), closed 0');
  });

  it('ends no connection that no rule names among many that come and go, and never its listener', async ({ lab }) => {
    const [one, two, three] = addresses(lab);
    const watched = await watch(lab, { ip_limit: '2' });
    const { daemon, port } = watched;
    const [a, b] = [await admitted(watched, lab, one), await admitted(watched, lab, two)];
    const rounds = 100;
    const perRound = 100;
    for (let i = 0; i < rounds; i++) {
      const [good] = await Promise.all([
        lab.farPeer.connectMany(perRound, { host: lab.near.ipv4, port, localAddress: i % 2 === 0 ? one : two }),
        expectRejected(lab, port, { localAddress: three }),
      ]);
      await Promise.all(good.map((each) => each.send(1)));
      await Promise.all(good.map((each) => each.reset()));
    }
    await expectOpen(a, b);
    await until('two connections', async () => (await metric(daemon, 'connections')) === 2);
    expect(await rejected(daemon, 'ip_limit')).toBe(rounds);
    expect(await metric(daemon, 'accepted_total')).toBe(rounds * perRound + 2);
    expect(daemon.log.match(/msg="connection ended by a rule"/g)).toHaveLength(rounds);
    await expectOpen(await admitted(watched, lab, one));
  }, 120_000);
});
