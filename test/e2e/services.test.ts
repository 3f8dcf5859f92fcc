import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { ListedService } from '../../services/census/index.js';
import { DAEMON } from '../support/daemon.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { LateAcceptor } from '../support/late-accept.js';
import { programEnvironment } from '../support/program-environment.js';
import { havePrograms } from '../support/programs.js';
import { ReusePortListeners } from '../support/reuse-port.js';
import { type Outcome, runDaemon, UNPRIVILEGED } from '../support/run.js';
import { until } from '../support/waiting.js';

/** Runs `tcp-info services` in the near namespace, without any right there. */
function services({ near }: Lab, args: readonly string[]): Promise<Outcome> {
  return runDaemon(['services', ...args], {
    wrapper: ['nsenter', `--net=/run/netns/${near.name}`, ...UNPRIVILEGED],
  });
}

async function servicesJson(lab: Lab, ...args: readonly string[]): Promise<ListedService[]> {
  const { code, stdout, stderr } = await services(lab, ['--format=json', ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return (JSON.parse(stdout) as { services: ListedService[] }).services;
}

/** Returns one service of a listing without rates. */
async function service(lab: Lab, sid: string, ...args: readonly string[]): Promise<ListedService> {
  const all = await servicesJson(lab, '--no-rates', ...args);
  const found = all.find((each) => each.sid === sid);
  if (found === undefined) throw new Error(`no ${sid} among ${all.map((each) => each.sid).join(', ')}`);
  return found;
}

describe.skipIf(!haveLab('tests of tcp-info services'))('tcp-info services', () => {
  it('counts connections, clients and payload of every listener, loopback included', async ({ lab }) => {
    const [one, other] = [await lab.nearPeer.listen('0.0.0.0'), await lab.nearPeer.listen(lab.near.ipv4)];
    const [a, b] = [await lab.connectIn(one), await lab.connectIn(one)];
    const local = await lab.nearPeer.connect({ host: '127.0.0.1', port: one });
    await lab.nearPeer.accepted(one, local.localPort);
    await a.far.send(1000);
    await a.near.received(1000);
    await b.near.send(70_000);
    await b.far.received(70_000);
    await local.send(7);
    await lab.acknowledged();
    const found = await service(lab, `*:${one}`);
    expect(found).toMatchObject({
      name: `*:${one}`,
      mode: 'watched',
      connections: 3,
      clientCount: 2,
      up: 1007,
      down: 70_000,
      listen: [`0.0.0.0:${one}`],
      acceptQueue: { now: 0 },
      netns: null,
      accepted: null,
      rejected: null,
      closed: null,
      rates: null,
    });
    expect(found.clients).toEqual([
      { ip: lab.far.ipv4, connections: 2, up: 1000, down: 70_000 },
      { ip: '127.0.0.1', connections: 1, up: 7, down: 0 },
    ]);
    expect(found.rttUs.p50).toBeGreaterThan(0);
    expect(await service(lab, `${lab.near.ipv4}:${other}`)).toMatchObject({ connections: 0, clients: [] });
  });

  it('counts a FIN as no payload', async ({ lab }) => {
    const port = await lab.nearPeer.listen('0.0.0.0');
    const { near, far } = await lab.connectIn(port);
    await far.send(300);
    await near.received(300);
    await far.end();
    await near.ended();
    await near.send(20);
    await lab.acknowledged();
    expect(await service(lab, `*:${port}`)).toMatchObject({ connections: 1, up: 300, down: 20 });
  });

  it('tells an address from all addresses of its port', async ({ lab }) => {
    const port = await lab.nearPeer.listen('127.0.0.1');
    await lab.nearPeer.listen(lab.near.ipv4, { port });
    const local = await lab.nearPeer.connect({ host: '127.0.0.1', port });
    await lab.connectIn(port);
    await lab.connectIn(port);
    expect((await service(lab, `127.0.0.1:${port}`)).connections).toBe(1);
    expect((await service(lab, `${lab.near.ipv4}:${port}`)).connections).toBe(2);
    // Named for all addresses, they are one service.
    const named = await service(lab, `*:${port}`, `--listen=${port}`);
    expect(named).toMatchObject({ connections: 3, listen: [`${lab.near.ipv4}:${port}`, `127.0.0.1:${port}`].sort() });
    await local.destroy();
  });

  it('finds IPv4 connections of an IPv6 listener, and not where it is IPv6 only', async ({ lab }) => {
    const both = await lab.nearPeer.listen('::');
    await lab.connectIn(both);
    await lab.connectIn(both, lab.near.ipv6);
    const found = await service(lab, `*:${both}`);
    expect(found).toMatchObject({ connections: 2, clientCount: 2, listen: [`[::]:${both}`] });
    expect(found.ips.split(',').sort()).toEqual([lab.far.ipv4, lab.far.ipv6].sort());
    const only = await lab.nearPeer.listen('::', { ipv6Only: true });
    await lab.nearPeer.listen(lab.near.ipv4, { port: only });
    await lab.connectIn(only);
    await lab.connectIn(only, lab.near.ipv6);
    expect(await service(lab, `*:${only}`)).toMatchObject({ connections: 1, ips: lab.far.ipv6 });
    expect((await service(lab, `${lab.near.ipv4}:${only}`)).connections).toBe(1);
    const named = await service(lab, `${lab.near.ipv4}:${only}`, `--listen=${lab.near.ipv4}:${only}`);
    expect(named).toMatchObject({ connections: 1, listen: [`${lab.near.ipv4}:${only}`] });
  });

  it.skipIf(!havePrograms('tests of listeners with SO_REUSEPORT', 'python3'))(
    'takes listeners of one port for one service, and keeps connections whose listener has gone',
    async ({ lab }) => {
      await using listeners = await ReusePortListeners.listen(lab.near, '0.0.0.0', 3);
      const { port } = listeners;
      await lab.farPeer.connectMany(20, { host: lab.near.ipv4, port });
      await until('accepted connections', async () => (await service(lab, `*:${port}`)).acceptQueue?.now === 0);
      expect(await service(lab, `*:${port}`)).toMatchObject({ connections: 20, listen: [`0.0.0.0:${port}`] });
      await listeners.closeListeners();
      for (const args of [[], [`--listen=${port}`]]) {
        expect(await service(lab, `*:${port}`, ...args)).toMatchObject({
          connections: 20,
          listen: [],
          acceptQueue: null,
        });
      }
    },
  );

  it("leaves out a client that happens to use a listener's port", async ({ lab }) => {
    const port = await lab.nearPeer.listen('127.0.0.1');
    const remote = await lab.farPeer.listen('0.0.0.0');
    const near = await lab.nearPeer.connect({
      host: lab.far.ipv4,
      port: remote,
      localPort: port,
      localAddress: lab.near.ipv4,
    });
    await near.send(10);
    await lab.acknowledged();
    expect((await service(lab, `127.0.0.1:${port}`)).connections).toBe(0);
    expect((await service(lab, `*:${port}`, `--listen=${port}`)).connections).toBe(0);
  });

  it.skipIf(!havePrograms('tests of accept queues', 'python3'))(
    'counts connections that wait to be accepted',
    async ({ lab }) => {
      await using acceptor = await LateAcceptor.listen(lab.near, '0.0.0.0');
      const { port } = acceptor;
      await lab.farPeer.connectMany(3, { host: lab.near.ipv4, port });
      await until('waiting connections', async () => (await service(lab, `*:${port}`)).acceptQueue?.now === 3);
      expect(await service(lab, `*:${port}`)).toMatchObject({ connections: 3, clientCount: 1 });
      await acceptor.accept('nothing');
      expect((await service(lab, `*:${port}`)).acceptQueue?.now).toBe(2);
    },
  );

  it('shows rates between two listings', async ({ lab }) => {
    const port = await lab.nearPeer.listen('0.0.0.0');
    const { far } = await lab.connectIn(port);
    await lab.farPeer.stream([far], 1000, 10);
    const [found] = await servicesJson(lab, `--listen=${port}`);
    await lab.farPeer.halt([far]);
    expect(found?.rates?.upBytesPerSec).toBeGreaterThan(10_000);
    expect(found?.rates?.upBytesPerSec).toBeLessThan(200_000);
    expect(found?.rates?.downBytesPerSec).toBe(0);
    // The server sends nothing: its side is limited by nothing but its program.
    expect(found?.limitedBy.application).toBeGreaterThan(0.9);
  });

  it('shows the services of a file, watched and forwarded ones, in its order', async ({ lab }) => {
    const [web, db] = [await lab.nearPeer.listen('0.0.0.0'), await lab.nearPeer.listen('::')];
    const file = join(lab.folder, 'services.yaml');
    writeFileSync(file, `web:\n  listen_port: ${web}\n  backend_port: 1\n"d\u202eb":\n  listen_port: "${db}"\n`);
    await lab.connectIn(db);
    const found = await servicesJson(lab, '--no-rates', `--config=${file}`);
    expect(found).toMatchObject([
      { name: 'web', mode: 'forwarded', connections: 0 },
      { name: 'd\u202eb', mode: 'watched', connections: 1 },
    ]);
    const { stdout } = await services(lab, ['--no-rates', '--clients', `--config=${file}`]);
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^SERVICE +LISTEN +CONN +CLIENTS +UP\/s +DOWN\/s +UP +DOWN +RTT p50 +RETRANS +IDLE max/);
    expect(lines[2]).toMatch(new RegExp(`^d\\\\u\\{202e\\}b +\\[::\\]:${db} +1 +1 `));
    expect(lines[3]).toMatch(new RegExp(`^ {2}${lab.far.ipv4} +1 `));
    expect(lines[4]).toMatch(/^2 services, 1 connection; bytes are those of open connections/);
  });

  it('names the network namespace', async ({ lab }) => {
    const port = await lab.nearPeer.listen('0.0.0.0');
    const outcome = await runDaemon(['services', '--no-rates', '--format=json', `--netns=${lab.near.name}`]);
    const { services: found } = JSON.parse(outcome.stdout) as { services: ListedService[] };
    expect(found).toMatchObject([{ sid: `*:${port}`, netns: lab.near.name }]);
    const all = await runDaemon(['services', '--no-rates', '--netns=all']);
    expect(all.stdout).toMatch(new RegExp(`^${lab.near.name} +\\*:${port} `, 'm'));
    const missing = await runDaemon(['services', '--netns=no-such-namespace']);
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toMatch(/^tcp-info services: network namespace no-such-namespace: [^\n]*\n$/);
  });

  it('prints view after view until its reader has gone', ({ lab }) => {
    const [file, args] = lab.near.command(
      'sh',
      '-c',
      '"$@" services --watch=100ms --format=json | head -n 3',
      'sh',
      process.execPath,
      DAEMON,
    );
    const { stdout, stderr, status } = spawnSync(file, args, { env: programEnvironment(), encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const views = stdout.trimEnd().split('\n');
    expect(views.map((view) => (JSON.parse(view) as { services: unknown[] }).services)).toEqual([[], [], []]);
  });

  it('prints line and column of each mistake of a file', async ({ lab }) => {
    const file = join(lab.folder, 'wrong.yaml');
    writeFileSync(file, 'web:\n  listen_port: 0\n  lisen_ip: x\n');
    const { code, stdout, stderr } = await services(lab, [`--config=${file}`]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('wrong.yaml:3:3: unknown key');
  });
});
