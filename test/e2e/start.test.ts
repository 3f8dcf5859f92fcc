import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { readOutput, sentBytes } from '../support/archives.js';
import { DAEMON } from '../support/daemon.js';
import { haveLab, type Lab, it as labIt } from '../support/lab.js';
import { havePrograms, skipped } from '../support/programs.js';
import { it, type Outcome, runDaemon, UNPRIVILEGED } from '../support/run.js';
import { until } from '../support/waiting.js';

const HAVE_SETPRIV = haveSetpriv('running without privileges');
/** Metrics address with any free port. */
const ANY = '-prometheusx.listen-address=127.0.0.1:0';

/** Returns true if privileges can be dropped here; else reports on stderr what is skipped. */
function haveSetpriv(what: string): boolean {
  if (process.getuid?.() === 0) return havePrograms(what, 'setpriv');
  skipped(what, 'not root, and so without any to lose');
  return false;
}

function listening(
  server: Server,
  where: { readonly path: string } | { readonly host: string; readonly port: number },
) {
  return new Promise<void>((resolve) => server.listen(where, resolve));
}

/** Expects exit code 1 and one line with the reason. */
function expectFailure({ code, stdout, stderr }: Outcome, ...says: readonly string[]) {
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  const last = stderr.trimEnd().split('\n').at(-1);
  for (const part of says) expect(last).toContain(part);
  expect(stderr).not.toMatch(/^\s+at /m);
}

describe('tcp-info does not start', () => {
  it('when its port is in use', async ({ folder }) => {
    const server = createServer();
    await listening(server, { host: '127.0.0.1', port: 0 });
    const { port } = server.address() as AddressInfo;
    const outcome = await runDaemon([`-prom=127.0.0.1:${port}`, `-output=${folder}`]);
    server.close();
    expectFailure(outcome, `127.0.0.1:${port}`, 'address already in use');
  });

  it('when its output folder cannot be created', async ({ folder }) => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expectFailure(await runDaemon([ANY, `-output=${join(file, 'below')}`]), join(file, 'below'), 'ENOTDIR');
  });

  it('when its output path is a file', async ({ folder }) => {
    const file = join(folder, 'file');
    writeFileSync(file, 'kept');
    expectFailure(await runDaemon([ANY, `-output=${file}`]), file, 'EEXIST');
    expect(readFileSync(file, 'utf8')).toBe('kept');
  });

  it('when a flag of the live API cannot be used, and opens nothing', async ({ folder }) => {
    const [output, token] = [join(folder, 'output'), join(folder, 'token')];
    writeFileSync(token, 'a-token-of-enough-letters', { mode: 0o644 });
    for (const [flags, reason] of [
      [['-live=0.0.0.0:0'], 'other machines reach 0.0.0.0: give -live.token-file'],
      [['-live=0'], 'no place for its token'],
      [['-live.read-only'], 'there is no live API'],
      [['-live=0', `-live.token-file=${token}`], `-live.token-file=${token}: other users may read it`],
      [['-live=0', `-live.token-file=${join(folder, 'none')}`], 'cannot be read: ENOENT'],
    ] as const) {
      const { code, stdout, stderr } = await runDaemon([ANY, `-output=${output}`, ...flags], {
        env: { RUNTIME_DIRECTORY: '', XDG_RUNTIME_DIR: '' },
      });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(reason);
      expect(existsSync(output)).toBe(false);
    }
  });

  it('when an address of the live API is taken or has no folder', async ({ folder }) => {
    const server = createServer();
    const [path, missing] = [join(folder, 'live.sock'), join(folder, 'no', 'live.sock')];
    await listening(server, { path });
    for (const [flag, reason] of [
      [`-live=unix:${path}`, `live API: listen on unix:${path}: another process serves it already`],
      [`-live=unix:${missing}`, `the folder ${join(folder, 'no')} is missing`],
    ] as const) {
      const { code, stdout, stderr } = await runDaemon([ANY, `-output=${join(folder, 'output')}`, flag]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(reason);
      expect(stderr).not.toMatch(/^\s+at /m);
    }
    expect(lstatSync(path).isSocket()).toBe(true);
    server.close();
  });

  it('when another program serves its event socket', async ({ folder }) => {
    const path = join(folder, 'events.sock');
    const server = createServer();
    await listening(server, { path });
    const outcome = await runDaemon([ANY, `-output=${folder}`, `-tcpinfo.eventsocket=${path}`]);
    expectFailure(outcome, path, 'another process serves it already');
    // It is still there, and still theirs.
    expect(lstatSync(path).isSocket()).toBe(true);
    server.close();
  });

  it('when the path of its event socket is not a socket', async ({ folder }) => {
    const path = join(folder, 'events.sock');
    writeFileSync(path, 'precious');
    expectFailure(await runDaemon([ANY, `-output=${folder}`, `-tcpinfo.eventsocket=${path}`]), path, 'not a socket');
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  it('when the folder of its event socket does not exist', async ({ folder }) => {
    const path = join(folder, 'no', 'events.sock');
    expectFailure(await runDaemon([ANY, `-output=${folder}`, `-tcpinfo.eventsocket=${path}`]), path, 'ENOENT');
  });

  it.skipIf(!HAVE_SETPRIV)('when it may not write its output', async ({ folder }) => {
    const output = join(folder, 'read-only');
    mkdirSync(output, { mode: 0o555 });
    const outcome = await runDaemon([ANY, `-output=${output}`, '-reps=1'], { wrapper: UNPRIVILEGED });
    expectFailure(outcome, output, 'EACCES');
  });
});

describe('the output folder', () => {
  it.for([
    ['0640', 0o750],
    ['0600', 0o700],
    ['0666', 0o777],
  ] as const)('created with -archive.mode=%s has the same permissions as the folders below', async ([
    mode,
    folderMode,
  ], { folder }) => {
    const output = join(folder, 'made', 'too');
    const { code } = await runDaemon([ANY, `-output=${output}`, `-archive.mode=${mode}`, '-reps=1']);
    expect(code).toBe(0);
    for (const path of [output, join(folder, 'made')]) {
      expect((statSync(path).mode & 0o777).toString(8)).toBe((folderMode & ~process.umask()).toString(8));
    }
  });

  it('keeps its mode if it exists', async ({ folder }) => {
    chmodSync(folder, 0o751);
    expect(await runDaemon([ANY, `-output=${folder}`, '-archive.mode=0640', '-reps=1'])).toMatchObject({ code: 0 });
    expect(statSync(folder).mode & 0o777).toBe(0o751);
  });
});

/** Returns the link-local address of the cable's near side. */
async function linkLocal(lab: Lab): Promise<string> {
  return await until('a link-local address', () => {
    const line = lab.near.run('ip', '-6', 'addr', 'show', 'dev', 'cable', 'scope', 'link', '-tentative');
    return /inet6 (fe80\S+)\//.exec(line)?.[1];
  });
}

describe.skipIf(!haveLab('starting the daemon'))('tcp-info starts', () => {
  labIt('on a link-local address with its interface', async ({ lab }) => {
    const address = `${await linkLocal(lab)}%cable`;
    const daemon = await lab.startDaemon({ args: [`-prom=[${address}]:7071`], ready: false });
    await until('the first scan', () => daemon.log.includes('first scan'));
    expect(daemon.log).toContain(` metrics=http://[${address}]:7071/metrics `);
    const script = `require('node:http').get({ host: '${address}', port: 7071, path: '/healthz' }, (r) => r.pipe(process.stdout))`;
    expect(lab.near.run(process.execPath, '-e', script)).toBe('ok\n');
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    const [file, argv] = lab.near.command(
      process.execPath,
      DAEMON,
      `-prom=[${address}0]:7071`,
      `-output=${lab.folder}`,
    );
    const { status, stderr } = spawnSync(file, argv, { encoding: 'utf8', timeout: 30_000 });
    expect({ status, stderr: stderr.trimEnd().split('\n').at(-1) }).toEqual({
      status: 1,
      stderr: expect.stringContaining(`listen on [${address}0]:7071: no such interface`),
    });
  });

  labIt('and replaces a stale event socket', async ({ lab }) => {
    const killed = await lab.startDaemon();
    killed.kill('SIGKILL');
    await killed.exited();
    expect(lstatSync(lab.eventSocket).isSocket()).toBe(true);
    const daemon = await lab.startDaemon();
    const events = await lab.readEvents();
    const port = await lab.nearPeer.listen('0.0.0.0');
    const { near } = await lab.connectIn(port);
    await events.opened(port, near.remotePort);
    await daemon.stop();
    expect(existsSync(lab.eventSocket)).toBe(false);
  });

  labIt('with flags in every form, and the environment for the others', async ({ lab }) => {
    const port = await lab.nearPeer.listen('0.0.0.0');
    await lab.connectIn(port);
    const daemon = await lab.startDaemon({
      args: ['-reps', '20', '--scan.interval=20ms', '-logx.debug', '--exclude-dstip', '192.0.2.1,192.0.2.2'],
      env: { EXCLUDE_SRCPORT: String(port), REPS: '1', TCPINFO_EVENTSOCKET: join(lab.folder, 'not-this') },
    });
    expect(await daemon.exited()).toEqual({ code: 0, signal: null });
    expect(daemon.log).toContain('interval=20ms');
    expect(daemon.log).toContain(`eventsocket=${lab.eventSocket}`);
    // The excluded port came from the environment, the number of scans did not.
    expect(daemon.log).toMatch(/scans=2[01] .* opened=0 /);
  });

  labIt.skipIf(!HAVE_SETPRIV)('without any capability, as in containers', async ({ lab }) => {
    lab.near.set('net/ipv4/tcp_fin_timeout', 1);
    const daemon = await lab.startDaemon({ wrapper: UNPRIVILEGED });
    expect(daemon.log).toContain('cap_net_admin="no');
    const port = await lab.nearPeer.listen('::');
    const ends = [await lab.connectIn(port), await lab.connectIn(port, lab.near.ipv6)];
    for (const { near, far } of ends) {
      await near.send(5000);
      await far.received(5000);
    }
    await daemon.scanned();
    // A mini-socket has no attribute at all without CAP_NET_ADMIN.
    await ends[0]?.near.destroy();
    await until('its end', async () => (await daemon.metric('tcpinfo_connections')) === 1);
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    const all = readOutput(daemon.output);
    expect(all).toHaveLength(2);
    for (const { rows } of all) {
      const last = rows.findLast(({ info }) => info !== undefined);
      expect(last && sentBytes(last)).toBe(5000);
      expect(rows.filter(({ info }) => info === undefined).length).toBeLessThanOrEqual(2);
    }
  });

  labIt('and answers on its pages from the first scan to the last', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    for (const page of ['healthz', 'readyz']) {
      expect(await lab.nearPeer.get(`http://127.0.0.1:7070/${page}`)).toEqual({ status: 200, body: 'ok\n' });
    }
    expect(await lab.farPeer.get(`http://[${lab.near.ipv6}]:7070/metrics`)).toMatchObject({ status: 200 });
    expect(await lab.farPeer.get(`http://${lab.near.ipv4}:7070/other`)).toMatchObject({ status: 404 });
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    await expect(lab.nearPeer.get('http://127.0.0.1:7070/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
