import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect } from 'vitest';
import { DAEMON } from '../support/daemon.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { LateAcceptor } from '../support/late-accept.js';
import type { PeerConnection } from '../support/peer.js';
import { programEnvironment } from '../support/program-environment.js';
import { havePrograms } from '../support/programs.js';
import { type Outcome, runDaemon, UNPRIVILEGED } from '../support/run.js';
import { until, within } from '../support/waiting.js';

const EXIT = { ok: 0, failed: 1, incomplete: 3, tooMany: 4 } as const;
const MANY = 5000;
const PER_SECOND = 1000;

/** Runs `tcp-info close` in the near namespace. */
function close({ near }: Lab, args: readonly string[], wrapper: readonly string[] = []): Promise<Outcome> {
  return runDaemon(['close', ...args], { wrapper: ['nsenter', `--net=/run/netns/${near.name}`, ...wrapper] });
}

/** Connection as the program prints it. */
interface Closed {
  readonly result: string;
  readonly uuid: string;
  readonly cookie: string;
  readonly state: string;
  readonly localPort: number;
  readonly remotePort: number;
  readonly netnsName: string | null;
}

/** Output of `--format=json`. */
interface ClosedJson {
  readonly connections: readonly Closed[];
  readonly matched: number;
  readonly destroyed?: number;
  readonly notTried?: number;
  readonly leftOut: { readonly timeWait: number; readonly listening: number; readonly own: number };
}

async function closeJson(lab: Lab, ...args: readonly string[]): Promise<ClosedJson & { readonly code: number | null }> {
  const { code, stdout } = await close(lab, ['--format=json', ...args]);
  return { code, ...(JSON.parse(stdout) as ClosedJson) };
}

/** Opens a connection to a listener of the near namespace. */
async function connect(lab: Lab, port: number): Promise<PeerConnection> {
  const far = await lab.farPeer.connect({ host: lab.near.ipv4, port });
  await lab.nearPeer.accepted(port, far.localPort);
  return far;
}

/** Returns the number of TCP sockets with a peer in a namespace, of one local port. */
function countSockets({ near }: Lab, port: number): number {
  return near.run('ss', '-Htn', 'state', 'established', 'sport', '=', `:${port}`).split('\n').length - 1;
}

/** Opens many connections to a new listener of the near namespace; returns its port. */
async function connectMany(lab: Lab, count: number): Promise<number> {
  const port = await lab.nearPeer.listen('0.0.0.0');
  for (let i = 0; i < count; i += 500) {
    await lab.farPeer.connectMany(Math.min(500, count - i), { host: lab.near.ipv4, port });
  }
  await until('all connections', () => countSockets(lab, port) === count);
  return port;
}

/** The program while it runs, with the lines that it has printed. */
class RunningClose implements AsyncDisposable {
  readonly #child;
  readonly lines: string[] = [];
  readonly #ended: Promise<number | null>;
  stderr = '';

  constructor({ near }: Lab, args: readonly string[]) {
    const [file, argv] = near.command(process.execPath, DAEMON, 'close', ...args);
    this.#child = spawn(file, argv, { stdio: ['ignore', 'pipe', 'pipe'], env: programEnvironment() });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.lines.push(line));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#ended = new Promise((resolve) => this.#child.once('close', resolve));
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async ended(): Promise<number | null> {
    return await within('the end of tcp-info close', this.#ended);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

describe.skipIf(!haveLab('tests of tcp-info close'))('tcp-info close', () => {
  it('ends the connections of a service, by its port or by its name in a file, and no others', async ({ lab }) => {
    const [port, other] = [await lab.nearPeer.listen('0.0.0.0'), await lab.nearPeer.listen('0.0.0.0')];
    const [one, two, left] = [await connect(lab, port), await connect(lab, port), await connect(lab, other)];
    // A client of another server that happens to use the service's port.
    const [remote, inside] = [await lab.farPeer.listen('0.0.0.0'), await lab.nearPeer.listen('127.0.0.1')];
    const local = { localPort: inside, localAddress: lab.near.ipv4 };
    const client = await lab.nearPeer.connect({ host: lab.far.ipv4, port: remote, ...local });
    expect(await closeJson(lab, `--service=${port}`)).toMatchObject({ code: EXIT.tooMany, matched: 2 });
    const first = ['--service', String(port), `dport ${one.localPort}`];
    expect(await closeJson(lab, ...first)).toMatchObject({ code: EXIT.ok, destroyed: 1 });
    expect(await one.closed()).toBe('ECONNRESET');
    const file = join(lab.folder, 'services.yaml');
    writeFileSync(file, `web:\n  listen_port: ${port}\nall:\n  listen_port: 1-${port - 1},${port + 1}-65535\n`);
    const byName = [`--config=${file}`, '--service=web', '--max=5'];
    expect(await closeJson(lab, ...byName)).toMatchObject({ code: EXIT.ok, destroyed: 1 });
    expect(await two.closed()).toBe('ECONNRESET');
    expect(await closeJson(lab, ...byName)).toMatchObject({ code: EXIT.ok, matched: 0 });
    expect(await closeJson(lab, `--service=${inside}`)).toMatchObject({ code: EXIT.ok, matched: 0 });
    await left.send(1);
    await client.send(1);
    const unknown = await close(lab, [`--config=${file}`, '--service=ftp']);
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('has no such service') as string });
  });

  it('ends exactly the connection of a condition, a UUID or a cookie', async ({ lab }) => {
    const port = await lab.nearPeer.listen('0.0.0.0');
    const [first, second, third, fourth] = [
      await connect(lab, port),
      await connect(lab, port),
      await connect(lab, port),
      await connect(lab, port),
    ];
    const { code, stdout, stderr } = await close(lab, ['sport', String(port), `dport ${first.localPort}`]);
    expect({ code, stderr }).toEqual({ code: EXIT.ok, stderr: '' });
    expect(stdout).toMatch(
      new RegExp(
        `^destroyed +ESTABLISHED +${lab.near.ipv4}:${port} +${lab.far.ipv4}:${first.localPort} +\\S+_[0-9A-F]{16}\\n` +
          '1 connection: 1 destroyed\\n$',
      ),
    );
    expect(await first.closed()).toBe('ECONNRESET');

    const find = async (far: PeerConnection): Promise<Closed> => {
      const { connections } = await closeJson(lab, '--dry-run', `dport ${far.localPort}`);
      const [found] = connections;
      if (found === undefined) throw new Error('not found');
      expect(found.result).toBe('would-destroy');
      return found;
    };
    const [two, three] = [await find(second), await find(third)];
    // Its idle time has grown.
    expect((await closeJson(lab, two.uuid)).connections).toMatchObject([
      { result: 'destroyed', uuid: two.uuid, cookie: two.cookie, remotePort: second.localPort },
    ]);
    expect(await second.closed()).toBe('ECONNRESET');
    expect(await closeJson(lab, `cookie:${three.cookie}`)).toMatchObject({ code: EXIT.ok, destroyed: 1 });
    expect(await third.closed()).toBe('ECONNRESET');
    // It has ended: that is no error.
    expect(await close(lab, [`cookie:${three.cookie}`])).toEqual({
      code: EXIT.ok,
      stdout: '0 connections\n',
      stderr: '',
    });
    expect(countSockets(lab, port)).toBe(1);
    await fourth.send(1);
  });

  it('ends nothing when more match than --max, and lists them', async ({ lab }) => {
    const port = await connectMany(lab, 2);
    const { code, stdout, stderr } = await close(lab, [`sport ${port}`]);
    expect({ code, stderr }).toEqual({
      code: EXIT.tooMany,
      stderr: 'tcp-info close: 2 connections match and --max is 1: none is ended; name fewer, or raise --max\n',
    });
    expect(stdout.match(/^matched /gm)).toHaveLength(2);
    const json = await closeJson(lab, '--dry-run', `sport ${port}`);
    expect(json).toMatchObject({ code: EXIT.tooMany, matched: 2 });
    expect(countSockets(lab, port)).toBe(2);
    expect(await closeJson(lab, '--max=2', `sport ${port}`)).toMatchObject({ code: EXIT.ok, destroyed: 2 });
    expect(countSockets(lab, port)).toBe(0);
  });

  it('never ends a listening socket', async ({ lab }) => {
    const port = await lab.nearPeer.listen('0.0.0.0');
    expect(await close(lab, [`sport ${port}`])).toEqual({
      code: EXIT.ok,
      stdout: '0 connections; 1 listening, never ended\n',
      stderr: '',
    });
    const cookie = / sk:([0-9a-f]+)/.exec(lab.near.run('ss', '-Htlne', 'sport', '=', `:${port}`))?.[1];
    expect(await close(lab, [`cookie:0x${cookie}`])).toEqual({
      code: EXIT.failed,
      stdout: '',
      stderr: 'tcp-info close: this is a listening socket: it is never ended\n',
    });
    await connect(lab, port);
  });

  it('removes entries in TIME_WAIT only when it is asked to', async ({ lab }) => {
    const port = await lab.nearPeer.listen('0.0.0.0');
    const { near, far } = await lab.connectIn(port);
    await near.end();
    await far.ended();
    await far.end();
    await near.closed();
    const condition = `dport ${far.localPort}`;
    await until('TIME_WAIT', async () => (await closeJson(lab, '--dry-run', condition)).leftOut.timeWait === 1);
    const { code, stdout } = await close(lab, [condition]);
    expect({ code, stdout }).toEqual({
      code: EXIT.ok,
      stdout: '0 connections; 1 in TIME_WAIT left out (--time-wait takes them too)\n',
    });
    const { connections } = await closeJson(lab, '--time-wait', condition);
    expect(connections).toMatchObject([{ result: 'destroyed', state: 'TIME_WAIT' }]);
    expect((await closeJson(lab, condition)).leftOut.timeWait).toBe(0);
  });

  it('ends those that have been idle for a time', async ({ lab }) => {
    const port = await lab.nearPeer.listen('0.0.0.0');
    const [silent, busy] = [await connect(lab, port), await connect(lab, port)];
    await until(
      'idle time',
      async () => (await closeJson(lab, '--dry-run', '--idle=1s', `dport ${silent.localPort}`)).matched === 1,
    );
    await lab.farPeer.stream([busy], 1, 50);
    // A minute has not passed for either.
    expect(await closeJson(lab, '--max=2', '--idle=1m', `sport ${port}`)).toMatchObject({ matched: 0 });
    const { connections } = await closeJson(lab, '--max=2', '--idle=1s', `sport ${port}`);
    expect(connections.map(({ remotePort }) => remotePort)).toEqual([silent.localPort]);
  });

  it.runIf(havePrograms('connections that wait for accept', 'python3'))(
    'ends connections that wait for accept',
    async ({ lab }) => {
      await using acceptor = await LateAcceptor.listen(lab.near, '0.0.0.0');
      const far = await lab.farPeer.connect({ host: lab.near.ipv4, port: acceptor.port });
      await until('the connection', () => countSockets(lab, acceptor.port) === 1);
      expect(await closeJson(lab, `is:queued sport ${acceptor.port}`)).toMatchObject({ destroyed: 1 });
      expect(await far.closed()).toBe('ECONNRESET');
      expect(await acceptor.accept('error')).toMatchObject({ peer: 'ENOTCONN', pending: 'ECONNABORTED' });
    },
  );

  it.runIf(havePrograms('tests without privileges', 'setpriv'))(
    'says once that a capability is missing',
    async ({ lab }) => {
      const port = await connectMany(lab, 60);
      const args = ['--max=100', `sport ${port}`];
      const { code, stdout, stderr } = await close(lab, args, UNPRIVILEGED);
      expect({ code, stderr }).toEqual({
        code: EXIT.failed,
        stderr:
          'tcp-info close: ending connections needs CAP_NET_ADMIN in the user namespace that owns the network namespace: ' +
          'run it as root, and in a container with the capability NET_ADMIN\n',
      });
      expect(stdout).toMatch(/\n60 connections: 50 denied, 10 not tried\n$/);
      const dry = await close(lab, ['--dry-run', ...args], UNPRIVILEGED);
      expect(dry.code).toBe(EXIT.ok);
      expect(dry.stdout).toMatch(/\n60 connections: 60 would be destroyed\n$/);
      expect(countSockets(lab, port)).toBe(60);
    },
  );

  it('finds connections in another network namespace, and in all', async ({ lab }) => {
    const port = await lab.nearPeer.listen('0.0.0.0');
    const [first, second] = [await connect(lab, port), await connect(lab, port)];
    const run = async (...args: readonly string[]): Promise<Outcome> =>
      await runDaemon(['close', '--format=json', ...args]);
    // From this namespace, where no connection has these ends.
    const ends = (far: PeerConnection): string => `src ${lab.near.ipv4} sport ${port} dport ${far.localPort}`;
    expect(JSON.parse((await run('--dry-run', ends(first))).stdout)).toMatchObject({ matched: 0 });
    const one = JSON.parse((await run(`--netns=${lab.near.name}`, ends(first))).stdout) as ClosedJson;
    expect(one.connections).toMatchObject([{ result: 'destroyed', netnsName: lab.near.name }]);
    expect(await first.closed()).toBe('ECONNRESET');
    // By its cookie: nothing else on the machine can be meant.
    const { stdout } = await run('--dry-run', `--netns=${lab.nearPeer.pid}`, ends(second));
    const [{ cookie = '' } = {}] = (JSON.parse(stdout) as ClosedJson).connections;
    const all = JSON.parse((await run('--netns=all', `cookie:${cookie}`)).stdout) as ClosedJson;
    expect(all.connections).toMatchObject([
      { result: 'destroyed', netnsName: lab.near.name, remotePort: second.localPort },
    ]);
    expect(await second.closed()).toBe('ECONNRESET');
    const unknown = await run('--netns=no-such-namespace', 'sport 1');
    expect(unknown).toMatchObject({ code: EXIT.failed, stdout: '' });
    expect(unknown.stderr).toMatch(/^tcp-info close: network namespace no-such-namespace: not found /);
  });

  it.runIf(havePrograms('a program with a socket as its input', 'python3'))(
    'never ends a socket of its own',
    async ({ lab }) => {
      const port = await lab.nearPeer.listen('0.0.0.0');
      const script =
        'import socket, subprocess, sys\n' +
        `s = socket.create_connection(('${lab.near.ipv4}', ${port}))\n` +
        'args = [*sys.argv[1:], f"sport {s.getsockname()[1]}"]\n' +
        'sys.exit(subprocess.run(args, stdin=s).returncode)';
      const [file, argv] = lab.near.command('python3', '-c', script, process.execPath, DAEMON, 'close');
      const { status, stdout } = spawnSync(file, argv, { encoding: 'utf8', env: programEnvironment() });
      expect({ status, stdout }).toEqual({
        status: EXIT.ok,
        stdout: '0 connections; 1 of this program itself, never ended\n',
      });
    },
  );

  it('goes on when the reader of its output has gone', async ({ lab }) => {
    const port = await connectMany(lab, 300);
    const command = `"$0" "$1" close --max=300 "sport ${port}" | head -n 1; exit "\${PIPESTATUS[0]}"`;
    const [file, argv] = lab.near.command('bash', '--norc', '-c', command, process.execPath, DAEMON);
    const { status, stdout, stderr } = spawnSync(file, argv, { encoding: 'utf8', env: programEnvironment() });
    expect({ status, stderr, lines: stdout.split('\n').length - 1 }).toEqual({ status: EXIT.ok, stderr: '', lines: 1 });
    expect(countSockets(lab, port)).toBe(0);
  });

  it(`ends ${MANY} connections, at most ${PER_SECOND} of them in any second`, async ({ lab }) => {
    const port = await connectMany(lab, MANY);
    await using program = new RunningClose(lab, [`--max=${MANY}`, `sport ${port}`]);
    const samples: { readonly fromMs: number; readonly toMs: number; readonly left: number }[] = [];
    await until('the end of all', async () => {
      const fromMs = performance.now();
      const left = countSockets(lab, port);
      samples.push({ fromMs, toMs: performance.now(), left });
      return left === 0;
    });
    expect(await program.ended()).toBe(EXIT.ok);
    expect(program.lines.at(-1)).toBe(`${MANY} connections: ${MANY} destroyed`);
    expect(program.lines).toHaveLength(MANY + 1);
    for (const [i, first] of samples.entries()) {
      for (const last of samples.slice(i + 1)) {
        // A listing takes a while: the shortest time that may lie between both counts, rounded up to whole seconds.
        const seconds = Math.ceil((last.toMs - first.fromMs) / 1000);
        expect(first.left - last.left).toBeLessThanOrEqual(seconds * PER_SECOND);
      }
    }
    const working = samples.filter(({ left }) => left > 0 && left < MANY);
    expect(working.length).toBeGreaterThan(3);
  });

  it('reports what was not tried when it is interrupted', async ({ lab }) => {
    const port = await connectMany(lab, 2000);
    await using program = new RunningClose(lab, ['--max=2000', `sport ${port}`]);
    await until('a part', () => program.lines.length >= 200);
    program.kill('SIGINT');
    expect(await program.ended()).toBe(EXIT.incomplete);
    const [, destroyed = '0', notTried = '0'] =
      /^2000 connections: (\d+) destroyed, (\d+) not tried$/.exec(program.lines.at(-1) ?? '') ?? [];
    expect(program.stderr).toBe(`tcp-info close: interrupted: ${notTried} of 2000 connections were not tried\n`);
    expect(Number(destroyed) + Number(notTried)).toBe(2000);
    expect(Number(notTried)).toBeGreaterThan(0);
    expect(program.lines.filter((line) => line.startsWith('destroyed'))).toHaveLength(Number(destroyed));
    expect(countSockets(lab, port)).toBe(Number(notTried));
  });

  it('has printed what it ended when it is killed, and ends the rest when it runs again', async ({ lab }) => {
    const port = await connectMany(lab, 1000);
    await using program = new RunningClose(lab, ['--max=1000', `sport ${port}`]);
    await until('a part', () => program.lines.length >= 200);
    program.kill('SIGKILL');
    await program.ended();
    const left = countSockets(lab, port);
    const printed = program.lines.filter((line) => line.startsWith('destroyed')).length;
    expect(1000 - left - printed).toBeGreaterThanOrEqual(0);
    // Two parts of 50 may be on their way.
    expect(1000 - left - printed).toBeLessThanOrEqual(PER_SECOND / 10);
    expect(await closeJson(lab, '--max=1000', `sport ${port}`)).toMatchObject({ matched: left, destroyed: left });
    expect(countSockets(lab, port)).toBe(0);
  });
});
