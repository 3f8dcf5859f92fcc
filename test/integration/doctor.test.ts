import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LEVELS, worse } from '../../doctor/check.js';
import { CHECKS } from '../../doctor/checks/index.js';
import { DAEMON, requireBuilt } from '../support/daemon.js';
import { havePrograms, skipped } from '../support/programs.js';
import { type RunOptions, runDaemon, UNPRIVILEGED } from '../support/run.js';
import { unfitForSanitizers } from '../support/sanitizers.js';
import { tempFolder } from '../support/temp.js';
import { until } from '../support/waiting.js';

const WHAT = 'the doctor';
const isRoot = process.getuid?.() === 0;
if (!isRoot) skipped(WHAT, 'not root, who alone may make namespaces and give up rights');
const canRun = isRoot && havePrograms(WHAT, 'setpriv', 'unshare', 'prlimit', 'python3', 'mount', 'ip');
const LOOPBACK_UP = ['sh', '-c', 'ip link set lo up && exec "$@"', 'sh'] as const;
const BASIC = CHECKS.filter(
  ({ name }) => !['event-socket', 'metrics-address', 'live-token', 'stream', 'services', 'alerts'].includes(name),
).map(({ name }) => name);

interface Report {
  readonly code: number | null;
  readonly level: string;
  readonly skipped: readonly string[];
  readonly checks: ReadonlyMap<
    string,
    { readonly level: string; readonly found: string; readonly advice?: string } & {
      readonly facts: Readonly<Record<string, unknown>>;
    }
  >;
}

/** Runs the doctor with --json, and checks the documented format of its output. */
async function examine(output: string, options: RunOptions = {}, ...args: readonly string[]): Promise<Report> {
  const { code, stdout, stderr } = await runDaemon(['doctor', '--json', `--output=${output}`, ...args], options);
  expect(stderr).toBe('');
  const report = JSON.parse(stdout) as Omit<Report, 'checks' | 'code'> & { readonly checks: readonly unknown[] };
  expect(Object.keys(report)).toEqual(['checks', 'skipped', 'level']);
  const checks = report.checks as readonly {
    name: string;
    level: (typeof LEVELS)[number];
    found: string;
    facts: object;
    advice?: string;
  }[];
  const known = CHECKS.map(({ name }) => name);
  for (const { name, level, found, facts, advice } of checks) {
    expect(known).toContain(name);
    expect(LEVELS).toContain(level);
    expect(found).not.toBe('');
    expect(typeof facts).toBe('object');
    expect(advice === undefined, `${name} advises if and only if it is not ok`).toBe(level === 'ok');
    for (const [fact, value] of Object.entries(facts)) expect(value, `${name}: ${fact}`).not.toBeNull();
  }
  expect(report.level).toBe(checks.reduce((worst, { level }) => worse(worst, level), 'ok' as (typeof LEVELS)[number]));
  expect(code).toBe(report.level === 'fail' ? 1 : 0);
  const byName = new Map(
    checks.map((check) => [check.name, { ...check, facts: { ...check.facts } as Record<string, unknown> }]),
  );
  return { code, level: report.level, skipped: report.skipped, checks: byName };
}

/** Returns a folder for archives, alone in another folder. */
function outputFolder(): string {
  const folder = join(tempFolder(), 'output');
  mkdirSync(folder);
  return folder;
}

/** Returns those of these checks that are not ok. */
function troubles({ checks }: Report, ...names: readonly string[]): string[] {
  return names.filter((name) => checks.get(name)?.level !== 'ok');
}

describe.runIf(canRun)('tcp-info doctor', () => {
  it('reports no problem as root in a network namespace', async () => {
    const report = await examine(outputFolder(), { wrapper: ['unshare', '-n', ...LOOPBACK_UP] });
    expect([...report.checks.keys()]).toEqual(BASIC);
    expect(report.skipped).toEqual([]);
    expect(troubles(report, 'addon', 'sock-diag', 'kernel', 'destroy-events', 'receive-buffer', 'output')).toEqual([]);
    expect(report.checks.get('kernel')?.facts['infoBytes']).toBeGreaterThanOrEqual(232);
    expect(report.checks.get('destroy-events')?.facts['toldNs']).toBeGreaterThan(0);
    expect(report.checks.get('hash-table')?.facts['emptyWalkNs']).toBeGreaterThan(0);
    expect(report.checks.get('scan')?.facts).toMatchObject({ failed: 0, sockets: 0 });
    expect(report.checks.get('scan')?.facts['scans']).toBeGreaterThan(10);
    expect(report.checks.get('receive-buffer')?.facts).toMatchObject({ forced: true, wantedEvents: 50_000 });
    expect(report.checks.get('uuid-prefix')?.level).toBe('warn');
  });

  it('needs no capability', async () => {
    const wrapper = ['unshare', '-n', ...LOOPBACK_UP, ...UNPRIVILEGED];
    const report = await examine(outputFolder(), { wrapper });
    expect(report.level).not.toBe('fail');
    expect(report.checks.get('capabilities')?.facts).toMatchObject({ netAdmin: false, sysAdmin: false });
    expect(report.checks.get('capabilities')?.level).toBe('ok');
    expect(report.checks.get('receive-buffer')?.facts).toMatchObject({ forced: false });
    expect(troubles(report, 'sock-diag', 'kernel', 'destroy-events', 'output')).toEqual([]);
  });

  it('checks the rules of alerts', async () => {
    const file = join(tempFolder(), 'alerts.json');
    const check = async (text: string) => {
      writeFileSync(file, text);
      const wrapper = ['unshare', '-n', ...LOOPBACK_UP];
      return (await examine(outputFolder(), { wrapper }, `--alerts=${file}`)).checks.get('alerts');
    };
    const rules = [
      { name: 'lossy', when: 'retransmitRateBytes > 5%' },
      { name: 'many', by: 'all', when: 'count() > 1000' },
    ];
    expect(await check(JSON.stringify({ alerts: rules }))).toMatchObject({
      level: 'ok',
      found: '2 rules, 1 of them on groups',
      facts: { rules: 2, ofGroups: 1 },
    });
    expect(await check('{"alerts":[\n{"name":"lossy","when":"rtt >"}]}')).toMatchObject({
      level: 'fail',
      found: expect.stringMatching(/alerts\.json:2:\d+: /),
    });
    rmSync(file);
    const report = await examine(outputFolder(), { wrapper: ['unshare', '-n', ...LOOPBACK_UP] }, `--alerts=${file}`);
    expect(report.checks.get('alerts')).toMatchObject({ level: 'fail', found: expect.stringContaining('ENOENT') });
  });

  it('checks watched services: their file, their ports and the right to end connections', async () => {
    const file = join(tempFolder(), 'services.yaml');
    const check = async (text: string, wrapper: readonly string[] = []) => {
      writeFileSync(file, text);
      const all = ['unshare', '-n', ...LOOPBACK_UP, ...wrapper];
      return (await examine(outputFolder(), { wrapper: all }, `--services=${file}`)).checks.get('services');
    };
    const limited = 'web: {listen_port: 80, conn_limit: 5}\nmail: {listen_port: 25}\n';
    expect(await check(limited)).toMatchObject({
      level: 'ok',
      found: expect.stringMatching(
        /^2 services, 1 with limits; .*connections can be ended; no listener .*web \(80\), mail/,
      ),
      facts: { services: 2, limited: 1, result: 'destroyed' },
    });
    expect(await check(limited, [...UNPRIVILEGED])).toMatchObject({
      level: 'warn',
      advice: expect.stringContaining('CAP_NET_ADMIN'),
      facts: { result: 'denied' },
    });
    expect(await check('web: {listen_port: 80}\n', [...UNPRIVILEGED])).toMatchObject({ level: 'ok' });
    expect(await check('web: {listen_prt: 80}\n')).toMatchObject({
      level: 'fail',
      found: expect.stringContaining('services.yaml:1:7'),
    });
    expect(await check('web: {listen_port: 80, backend_port: 81}\n')).toMatchObject({ level: 'fail' });
  });

  it('receives destroy events in a user namespace, too', async ({ skip }) => {
    if (spawnSync('unshare', ['-Urn', 'true']).status !== 0) {
      skipped(`${WHAT} in a user namespace`, 'none can be made here');
      skip();
    }
    const report = await examine(outputFolder(), { wrapper: ['unshare', '-Urn', ...LOOPBACK_UP] });
    expect(report.checks.get('destroy-events')?.facts['toldNs']).toBeGreaterThan(0);
    expect(report.checks.get('receive-buffer')?.facts).toMatchObject({ forced: false });
  });

  it('accepts a network namespace without loopback', async () => {
    const report = await examine(outputFolder(), { wrapper: ['unshare', '-n'] });
    expect(troubles(report, 'sock-diag', 'kernel', 'destroy-events', 'receive-buffer', 'scan')).toEqual([]);
    expect(report.checks.get('destroy-events')?.found).toContain('not tried');
  });

  it('fails for a folder on a read-only file system', async () => {
    const output = outputFolder();
    const wrapper = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs -o ro none "$0" && exec "$@"', output];
    const report = await examine(output, { wrapper });
    expect(report.checks.get('output')).toMatchObject({ level: 'fail', facts: { code: 'EROFS', type: 'tmpfs' } });
    expect(report.skipped).toEqual(['disk-space', 'disk-speed']);
  });

  it('fails for a folder of another user in which archives cannot be created', async () => {
    const folder = outputFolder();
    chmodSync(folder, 0o555);
    for (const output of [folder, join(folder, 'new')]) {
      const report = await examine(output, { wrapper: [...UNPRIVILEGED] });
      expect(report.checks.get('output')).toMatchObject({ level: 'fail', facts: { code: 'EACCES' } });
    }
  });

  it('warns about a small disk and fails for a full one', async () => {
    const output = outputFolder();
    const fill = (command: string): string[] => {
      return ['unshare', '-m', 'sh', '-c', `mount -t tmpfs -o size=8m none "$0" && ${command}; exec "$@"`, output];
    };
    const small = await examine(output, { wrapper: fill('true') });
    expect(small.checks.get('disk-space')?.level).toBe('warn');
    expect(small.checks.get('disk-speed')?.facts).toMatchObject({ notWritten: 'little space is free' });
    const full = await examine(output, { wrapper: fill('head -c 9m /dev/zero > "$0/full" 2>&-') });
    expect(full.checks.get('disk-space')).toMatchObject({ level: 'fail', facts: { freeBytes: 0 } });
  });

  it('warns about few open files', async () => {
    const report = await examine(outputFolder(), { wrapper: ['prlimit', '--nofile=600:600'] });
    expect(report.checks.get('open-files')).toMatchObject({ level: 'warn', facts: { limit: 600, archives: 300 } });
  });

  it.each([
    [1, 'EPERM', 'seccomp'],
    [93, 'EPROTONOSUPPORT', 'gVisor'],
  ])('fails when socket() fails with errno %i', async (errno, code, advice) => {
    const wrapper = ['python3', join(import.meta.dirname, '../support/no-sock-diag.py'), String(errno)];
    const report = await examine(outputFolder(), { wrapper });
    expect(report.checks.get('sock-diag')).toMatchObject({
      level: 'fail',
      found: expect.stringContaining(code),
      advice: expect.stringContaining(advice),
    });
    expect(report.skipped).toEqual(
      CHECKS.filter(
        ({ name, needs }) => BASIC.includes(name) && needs.some((need) => !['addon', 'output'].includes(need)),
      ).map(({ name }) => name),
    );
    expect(report.checks.get('output')?.level).toBe('ok');
  });

  const needsProc = unfitForSanitizers(`${WHAT} without /proc`, 'reads its options from /proc');
  it.skipIf(needsProc)('fails without /proc, like the collector, and runs the other checks', async () => {
    const wrapper = ['unshare', '-m', 'sh', '-c', 'umount -l /proc && exec "$@"', 'sh'];
    const report = await examine(outputFolder(), { wrapper });
    expect(report.checks.get('capabilities')).toMatchObject({ level: 'fail', facts: { readable: false } });
    expect([...report.checks.keys()]).toEqual(BASIC);
    const output = outputFolder();
    expect(await runDaemon([`-output=${output}`, '-reps=1', '-prom=0'], { wrapper })).toEqual({
      code: 1,
      stdout: '',
      stderr: 'tcp-info: read /proc/self/status: ENOENT: /proc has to be mounted\n',
    });
    expect(readdirSync(output)).toEqual([]);
  });

  it('fails without the addon, and runs the other checks', async () => {
    const report = await examine(outputFolder(), { env: { TCP_INFO_NETLINK_ADDON: '/nowhere/netlink.node' } });
    expect(report.checks.get('addon')).toMatchObject({ level: 'fail', found: expect.stringContaining('/nowhere') });
    expect(report.skipped).toContain('scan');
    expect(report.checks.has('disk-speed')).toBe(true);
  });

  it('uses options and environment', async () => {
    const folder = outputFolder();
    const prefix = join(folder, '../prefix');
    writeFileSync(prefix, 'pod_1\n');
    const env = { UUID_PREFIX_FILE: prefix, TCPINFO_EVENTSOCKET: join(folder, '../x.sock'), SCAN_INTERVAL: '' };
    const given = ['--metrics-address=192.0.2.1:9990', '--interval=1s'];
    const report = await examine(folder, { env }, ...given);
    expect(troubles(report, 'uuid-prefix', 'event-socket')).toEqual([]);
    expect(report.checks.get('scan')?.facts).toMatchObject({ intervalNs: 1e9 });
    expect(report.checks.get('metrics-address')).toMatchObject({ level: 'fail', facts: { code: 'EADDRNOTAVAIL' } });
    expect(readdirSync(join(folder, '..')).sort()).toEqual(['output', 'prefix']);
  });

  it('prints a line for each check, as plain ASCII unless on a terminal', async () => {
    const { code, stdout, stderr } = await runDaemon(['doctor', `--output=${outputFolder()}`]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    const names = lines.flatMap((line) => /^(?:ok|warn|fail) +([a-z-]+) {2,}\S/.exec(line)?.[1] ?? []);
    expect(names).toEqual(BASIC);
    expect(lines.at(-1)).toMatch(/^\d+ checks: \d+ ok, \d+ warnings?, 0 failed$/);
    expect(lines.at(-1)?.startsWith(`${BASIC.length} checks: `)).toBe(true);
    expect(stdout).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it.each([
    [['--interval=10']],
    [['--interval=2h']],
    [['what']],
    [['--metrics-address=a:b']],
    [['--output']],
  ])('rejects %j with exit code 2', async (args) => {
    const { code, stdout, stderr } = await runDaemon(['doctor', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^tcp-info doctor: /);
  });
});

/** Starts the doctor; ends it with the test. */
function start(output: string): ChildProcess {
  requireBuilt();
  const child = spawn(process.execPath, [DAEMON, 'doctor', `--output=${output}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

describe('leftovers of the doctor', () => {
  it.each([
    'program',
    'scan',
    'open-files',
    'output',
    'disk-space',
    'clock',
  ])('do not exist after an interrupt behind check %s', async (name) => {
    const output = outputFolder();
    const child = start(output);
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (text.includes(` ${name} `)) child.kill('SIGINT');
    });
    const ended = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    expect(text).toContain(` ${name} `);
    // After its last line there is nothing to interrupt: the signal comes before the end, behind it, or too late.
    if (/^\d+ checks: /m.test(text))
      expect([
        [0, null],
        [130, null],
        [null, 'SIGINT'],
      ]).toContainEqual(ended);
    else expect(ended).toEqual([130, null]);
    expect(readdirSync(output)).toEqual([]);
  });

  it.runIf(havePrograms(`${WHAT} and uploaders`, 'inotifywait'))('are not visible to an uploader', async () => {
    const output = outputFolder();
    const watcher = spawn('inotifywait', ['-m', '-r', '--format', '%e %f', output], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void watcher.kill());
    let [events, words] = ['', ''];
    watcher.stdout.setEncoding('utf8').on('data', (piece: string) => {
      events += piece;
    });
    watcher.stderr.setEncoding('utf8').on('data', (piece: string) => {
      words += piece;
    });
    await until('inotifywait', () => words.includes('Watches established'));
    const { code } = await runDaemon(['doctor', `--output=${output}`]);
    expect(code).toBe(0);
    writeFileSync(join(output, 'last'), 'x');
    await until('the last event', () => /CLOSE_WRITE\S* last\n/.test(events));
    rmSync(join(output, 'last'));
    const acted = events.split('\n').filter((line) => /CLOSE_WRITE|MOVED_TO/.test(line));
    expect(acted).toEqual(['CLOSE_WRITE,CLOSE last']);
    expect(events).toMatch(/^CREATE \.tcp-info-doctor-/m);
  });
});
