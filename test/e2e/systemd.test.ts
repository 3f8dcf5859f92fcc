import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { haveSystemd, MACHINE_NODE, SystemdMachine } from '../support/systemd.js';
import { until } from '../support/waiting.js';

const WHAT = 'the service under systemd';
const SOURCES = resolve(import.meta.dirname, '../../deploy/systemd');
const DROP_INS = '/etc/systemd/system/tcp-info.service.d';
const METRICS = 'http://127.0.0.1:9990';

/** A program that connects to its own recorded address, and closes. */
const TRAFFIC = `
  ip address replace 10.9.9.1/32 dev lo
  ${MACHINE_NODE} -e '
    const net = require("node:net");
    const server = net.createServer((socket) => socket.end("hello").resume());
    server.listen(8000, "10.9.9.1", () => net.connect(8000, "10.9.9.1").resume().on("close", () => server.close()));
  '`;

/** Creates the files for the machine besides the project: a program with the unit's name, the unit, and its options. */
function makeFiles(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tcp-info-test-'));
  for (const each of ['usr/bin', 'etc/systemd/system', 'etc/default'])
    mkdirSync(join(folder, each), { recursive: true });
  const program = join(folder, 'usr/bin/tcp-info');
  writeFileSync(program, `#!/bin/sh\nexec ${MACHINE_NODE} /usr/lib/tcp-info/dist/cmd/tcp-info/main.js "$@"\n`);
  chmodSync(program, 0o755);
  copyFileSync(join(SOURCES, 'tcp-info.service'), join(folder, 'etc/systemd/system/tcp-info.service'));
  return folder;
}

/** Boots the machine, which copies the files at its start. */
async function boot(): Promise<SystemdMachine | undefined> {
  const files = makeFiles();
  try {
    return await SystemdMachine.boot(WHAT, files);
  } finally {
    rmSync(files, { recursive: true, force: true });
  }
}

const booted = haveSystemd(WHAT) ? await boot() : undefined;

afterAll(async () => {
  await booted?.end();
});

describe.skipIf(booted === undefined)('tcp-info.service', () => {
  const machine = booted as SystemdMachine;

  let mark = '';

  beforeEach(async () => {
    machine.output(`
      systemctl stop tcp-info
      rm -rf ${DROP_INS} /var/lib/tcp-info /var/lib/private/tcp-info
      mkdir -p /etc/default
      : >/etc/default/tcp-info
      systemctl daemon-reload
      systemctl reset-failed`);
    mark = `mark ${performance.now()}`;
    machine.output(`systemd-cat -t tcp-info echo '${mark}'`);
    await logged(new RegExp(`^${mark}$`, 'm'));
  });

  function install(dropIn: string): void {
    const text = readFileSync(join(SOURCES, 'drop-ins', dropIn), 'utf8');
    machine.output(`mkdir -p ${DROP_INS}; cat >${DROP_INS}/${dropIn} <<'END'\n${text}\nEND\nsystemctl daemon-reload`);
  }

  async function start(options = ''): Promise<void> {
    machine.output(
      `cat >/etc/default/tcp-info <<'END'\n${options}\nEND\nsystemctl daemon-reload; systemctl restart tcp-info`,
    );
    await ready();
  }

  async function ready(): Promise<void> {
    await until('the collector to be ready', () => machine.run(`curl -sf ${METRICS}/readyz`).code === 0);
  }

  /** Returns what the service has logged since the test began. */
  function journal(): string {
    const text = machine.output('journalctl -q -t tcp-info -o cat');
    return text.slice(text.lastIndexOf(mark));
  }

  async function logged(pattern: RegExp): Promise<void> {
    await until(`${pattern} in the journal`, () => pattern.test(journal()));
  }

  function property(name: string): string {
    return machine.output(`systemctl show -P ${name} tcp-info`);
  }

  function status(field: string): string {
    return machine.output(`sed -n 's/^${field}:\\s*//p' "/proc/$(systemctl show -P MainPID tcp-info)/status"`);
  }

  function archives(): string[] {
    return machine.output("find -L /var/lib/tcp-info -name '*.zst' -printf '%m %u %p\\n'").split('\n').sort();
  }

  it('records as an unprivileged user, sends events, and ends in order', async () => {
    await start();
    expect([status('CapPrm'), status('CapBnd'), status('NoNewPrivs'), status('Seccomp')]).toEqual([
      '0000000000000000',
      '0000000000000000',
      '1',
      '2',
    ]);
    expect(status('Uid').split('\t')[0]).not.toBe('0');
    const client = '/usr/lib/tcp-info/dist/cmd/example-eventsocket-client/main.js';
    // As in docs/systemd.md: a service with the same dynamic user, which exists only while one of the two runs.
    machine.output(`
      printf '%s\\n' '[Service]' DynamicUser=yes User=tcp-info StandardOutput=file:/run/events StandardError=file:/run/events.log \\
        'ExecStart=${MACHINE_NODE} ${client} -tcpinfo.eventsocket=/run/tcp-info/events.sock' >/etc/systemd/system/client.service
      systemctl daemon-reload
      systemctl start client
      until grep -q connected /run/events.log; do sleep 0.1; done
      ${TRAFFIC}`);
    const prefix = machine.output('cat /run/tcp-info/uuid-prefix');
    expect(prefix).toMatch(/^[^_]+-[0-9a-f]{8}_\d+$/);
    await until('events', () => machine.output('cat /run/events').split('\n').length >= 4);
    expect(machine.output('cat /run/events')).toContain(`\t${prefix}_`);
    expect(machine.output(`curl -s ${METRICS}/metrics`)).toMatch(/^tcpinfo_uuid_prefix_unsafe 0$/m);
    expect(machine.output('systemctl stop tcp-info; systemctl show -P Result tcp-info')).toBe('success');
    await logged(/msg=stopped records=\d+ lost=0 files=2$/m);
    expect(archives()).toHaveLength(2);
    for (const archive of archives()) {
      expect(archive).toMatch(
        new RegExp(`^640 \\S+ /var/lib/tcp-info/\\d+/\\d+/\\d+/${prefix}_[0-9A-F]{16}\\.00000\\.jsonl\\.zst$`),
      );
    }
    expect(machine.output('stat -L -c %a /var/lib/private')).toBe('700');
  });

  it('starts new archives on reload', async () => {
    await start();
    machine.output(`
      ip address replace 10.9.9.1/32 dev lo
      ${MACHINE_NODE} -e '
        require("node:net").createServer().listen(8000, "10.9.9.1", () => require("node:net").connect(8000, "10.9.9.1"));
      ' >/dev/null 2>&1 &
      echo $! >/run/traffic.pid`);
    await until('the connection', () =>
      machine.output(`curl -s ${METRICS}/metrics`).includes('\ntcpinfo_flow_events_total{event="open"} 2\n'),
    );
    machine.output('systemctl reload tcp-info');
    await until('the archives of the connection', () => archives().length >= 2);
    expect(property('ActiveState')).toBe('active');
    machine.output('kill $(cat /run/traffic.pid)');
    await until('the archives behind them', () => archives().some((path) => path.endsWith('.00001.jsonl.zst')));
  });

  it('is restarted after a crash, but not after an unusable option', async () => {
    await start();
    machine.output('systemctl kill --signal=KILL tcp-info');
    await until('the restart', () => property('NRestarts') === '1' && property('ActiveState') === 'active');
    await ready();
    machine.output('echo SCAN_INTERVAL=5 >/etc/default/tcp-info');
    machine.run('systemctl restart tcp-info');
    await until('the end', () => property('ActiveState') === 'failed');
    expect([property('ExecMainStatus'), property('NRestarts')]).toEqual(['2', '0']);
    await logged(/SCAN_INTERVAL=5 in the environment: expected a duration/);
  });

  it('accepts options with spaces and semicolons in /etc/default/tcp-info, and all that the file lists', async () => {
    const all = readFileSync(join(SOURCES, 'tcp-info.default'), 'utf8').replaceAll(/^#(?=[A-Z])/gm, '');
    await start(`${all}\nFILTER=exclude sport 8000; exclude dport 8000\nEVENTS_REPLAY=true`);
    machine.output(TRAFFIC);
    machine.output('systemctl stop tcp-info');
    await logged(/msg=stopped records=0 lost=0 files=0$/m);
  });

  it('has one capability with its drop-in', async () => {
    install('10-net-admin.conf');
    await start();
    expect([status('CapEff'), status('CapBnd')]).toEqual(['0000000000001000', '0000000000001000']);
    await logged(/ cap_net_admin=yes /);
  });

  it('reads HTTP with its drop-in, with one capability', async () => {
    install('15-http.conf');
    await start();
    expect([status('CapEff'), status('CapBnd')]).toEqual(['0000000000002000', '0000000000002000']);
    expect(machine.output(`curl -s ${METRICS}/metrics`)).toMatch(/^tcpinfo_packets_total\{result="dropped"\} 0$/m);
    expect(journal()).not.toMatch(/level=(warn|error)/);
  });

  it('records other network namespaces with its drop-in', async () => {
    install('20-all-namespaces.conf');
    machine.output('ip netns add before');
    await start();
    await logged(/msg="recording network namespace" netns=before /);
    // This mount is made after the service's own view of files.
    machine.output('ip netns add after; unshare --net sleep 30 >/dev/null 2>&1 &');
    await until('the new namespaces', () => /netns=after /.test(journal()) && /netns=pid:\d+ /.test(journal()));
    expect(machine.output(`curl -s ${METRICS}/metrics`)).toMatch(
      /^tcpinfo_namespace_failures_total\{operation="enter"\} 0$/m,
    );
    expect(journal()).not.toMatch(/level=(warn|error)/);
    machine.output('systemctl stop tcp-info; ip netns delete before; ip netns delete after');
  });

  it('with the drop-in for its own user keeps archives readable for its group', async () => {
    // Existing archives of the service move along.
    await start();
    machine.output(TRAFFIC);
    // While the service runs, its name belongs to the dynamic user.
    machine.output('systemctl stop tcp-info');
    machine.output('useradd --system tcp-info; useradd --system --groups tcp-info reader');
    install('30-static-user.conf');
    await start();
    machine.output(TRAFFIC);
    machine.output('systemctl stop tcp-info');
    expect(machine.output('stat -c "%F %U %G %a" /var/lib/tcp-info')).toBe('directory tcp-info tcp-info 750');
    expect(archives()).toHaveLength(4);
    expect(archives().every((line) => line.startsWith('640 tcp-info '))).toBe(true);
    const read = (user: string): number | null =>
      machine.run(
        `setpriv --reuid=${user} --init-groups --regid=${user} find /var/lib/tcp-info -name '*.zst' -exec head -c 1 {} +`,
      ).code;
    expect([read('reader'), read('nobody')]).toEqual([0, 1]);
  });
});
