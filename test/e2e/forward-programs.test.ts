import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNamespacePair, haveNamespaces, type NamespacePair } from '../support/namespaces.js';
import { havePrograms } from '../support/programs.js';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'cmd', 'tcp-info', 'main.js');
const isPossible =
  haveNamespaces('programs behind tcp-info forward') &&
  havePrograms('programs behind tcp-info forward', 'sshd', 'ssh', 'ssh-keygen', 'psql', 'curl', 'python3', 'unshare');
const POSTGRES = 'postgres';
const MIB = 1024 * 1024;
/** Backends, and the ports that are forwarded to them. */
const PORTS = { ssh: [2022, 22], sshIdle: [2022, 23], sql: [5432, 6432], web: [8080, 80] } as const;
const BIG_BYTES = 1024 * MIB;

/** Serves `/small`, and `/big` of a gigabyte, with keep-alive. */
const WEB = `
import http.server, sys
BLOCK = bytes(range(256)) * 4096
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        blocks = ${BIG_BYTES / MIB} if self.path == '/big' else 0
        self.send_response(200)
        self.send_header('Content-Length', str(blocks * len(BLOCK) or 5))
        self.end_headers()
        if blocks == 0: self.wfile.write(b'small')
        for _ in range(blocks): self.wfile.write(BLOCK)
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(('127.0.0.1', ${PORTS.web[0]}), Handler)
print('ready', flush=True)
server.serve_forever()
`;

function sqlPrograms(): string {
  const base = '/usr/lib/postgresql';
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(base, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
  if (found === undefined) throw new Error('psql is installed, but no server');
  return found;
}

describe.runIf(isPossible)('tcp-info forward before real servers', () => {
  let pair: NamespacePair;
  let folder: string;
  let forwarder: ChildProcess;
  let log = '';
  const servers: ChildProcess[] = [];

  /** Starts a program in the namespace, and waits until it prints or accepts something. */
  function start(
    file: string,
    args: readonly string[],
    isReady: () => boolean | Promise<boolean>,
  ): Promise<ChildProcess> {
    const [command, argv] = pair.near.command(file, ...args);
    const child = spawn(command, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (text) => {
      log += text;
    });
    child.stderr.on('data', (text) => {
      log += text;
    });
    servers.push(child);
    return ready(child, isReady);
  }

  async function ready(child: ChildProcess, isReady: () => boolean | Promise<boolean>): Promise<ChildProcess> {
    for (const began = Date.now(); Date.now() - began < 30_000; await sleep(50)) {
      if (child.exitCode !== null) break;
      if (await isReady()) return child;
    }
    throw new Error(`${child.spawnargs.join(' ')} is not ready: ${log}`);
  }

  const listens = (port: number) => (): boolean => {
    const sockets = pair.near.run('ss', '-Hltn', `sport = :${port}`);
    return sockets.trim() !== '';
  };

  beforeAll(async () => {
    pair = createNamespacePair();
    folder = mkdtempSync(join(tmpdir(), 'tcp-info-forward-programs-'));
    chmodSync(folder, 0o755);
    await startSsh();
    await startSql();
    await start('python3', ['-c', WEB], listens(PORTS.web[0]));
    const service = ([backend, port]: readonly [number, number], more = {}) => ({
      listen_ip: '127.0.0.1',
      listen_port: port,
      backend_ip: '127.0.0.1',
      backend_port: backend,
      ...more,
    });
    const services = {
      ssh: service(PORTS.ssh, { max_idle: 0, read_timeout: 0 }),
      idle: service(PORTS.sshIdle, { max_idle: 10 }),
      sql: service(PORTS.sql),
      web: service(PORTS.web),
    };
    // JSON is YAML.
    writeFileSync(join(folder, 'services.yaml'), JSON.stringify(services));
    const args = [MAIN, 'forward', '-c', join(folder, 'services.yaml')];
    forwarder = await start(process.execPath, args, listens(PORTS.web[1]));
  }, 120_000);

  afterAll(async () => {
    for (const server of servers.reverse()) {
      if (server.exitCode === null && server.signalCode === null) {
        server.kill(server === forwarder ? 'SIGTERM' : 'SIGINT');
        const timer = setTimeout(() => server.kill('SIGKILL'), 5000);
        await once(server, 'exit');
        clearTimeout(timer);
      }
    }
    pair?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  async function startSsh(): Promise<void> {
    for (const name of ['host', 'user']) {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
    }
    const options = {
      HostKey: join(folder, 'host'),
      AuthorizedKeysFile: join(folder, 'user.pub'),
      ListenAddress: '127.0.0.1',
      PidFile: 'none',
      PermitRootLogin: 'yes',
      StrictModes: 'no',
      UsePAM: 'no',
    };
    const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    // The server wants a folder in /run, which must not stay behind.
    const command = ['mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && exec /usr/sbin/sshd "$@"', 'sshd'];
    const args = ['-D', '-e', '-f', '/dev/null', '-p', String(PORTS.ssh[0]), ...flags];
    await start('unshare', ['--mount', 'sh', '-c', ...command, ...args], listens(PORTS.ssh[0]));
  }

  async function startSql(): Promise<void> {
    const bin = sqlPrograms();
    const data = join(folder, 'data');
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, POSTGRES], { encoding: 'utf8' })));
    mkdirSync(data, { mode: 0o700 });
    chownSync(data, uid ?? 0, gid ?? 0);
    const asUser = ['-u', POSTGRES, '--'];
    execFileSync('runuser', [...asUser, join(bin, 'initdb'), '-D', data, '--auth=trust', '--locale=C.UTF-8'], {
      cwd: data,
      stdio: 'ignore',
    });
    const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=`, 'fsync=off'];
    const server = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
    await start('runuser', [...asUser, join(bin, 'postgres'), ...server], listens(PORTS.sql[0]));
  }

  function ssh(port: number, ...command: readonly string[]): readonly [string, string[]] {
    const options = ['BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];
    const flags = options.flatMap((option) => ['-o', option]);
    return pair.near.command(
      'ssh',
      ...flags,
      '-i',
      join(folder, 'user'),
      '-p',
      String(port),
      'root@127.0.0.1',
      ...command,
    );
  }

  /** Returns the session lines of a service. */
  const sessions = (service: string): string[] =>
    log.split('\n').filter((line) => line.includes('msg=session') && line.includes(`service=${service} `));

  async function sessionOf(service: string, count = 1): Promise<string> {
    for (let i = 0; sessions(service).length < count; i++) {
      if (i > 200) throw new Error(`no ${count} sessions of ${service}:\n${log}`);
      await sleep(50);
    }
    return sessions(service).at(-1) ?? '';
  }

  it('OpenSSH: a command, and 64 MiB in both directions, whole', async () => {
    const [file, args] = ssh(PORTS.ssh[1], 'echo $((6 * 7))');
    expect(execFileSync(file, args, { encoding: 'utf8' })).toBe('42\n');
    const bytes = Buffer.alloc(64 * MIB, 'forwarded');
    const [cat, catArgs] = ssh(PORTS.ssh[1], 'cat');
    const back = execFileSync(cat, catArgs, { input: bytes, maxBuffer: 2 * bytes.length });
    expect(createHash('sha256').update(back).digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(await sessionOf('ssh', 2)).toMatch(/ended=client .*rtt_ms=[\d.]+/);
  });

  it('OpenSSH: an idle session outlives max_idle 0, and dies at max_idle 10', async () => {
    const idle = (port: number): { child: ChildProcess; beganMs: number; ended: Promise<number> } => {
      const [file, args] = ssh(port, 'cat');
      const child = spawn(file, args, { stdio: ['pipe', 'ignore', 'ignore'] });
      const beganMs = performance.now();
      return { child, beganMs, ended: once(child, 'exit').then(() => performance.now() - beganMs) };
    };
    const lasting = idle(PORTS.ssh[1]);
    const dying = idle(PORTS.sshIdle[1]);
    const ms = await dying.ended;
    // The clock starts with the last byte of the log-in; the check and the program's end take some time, too.
    expect(ms).toBeGreaterThan(10_000);
    expect(ms).toBeLessThan(16_000);
    expect(await sessionOf('idle')).toContain('ended=idle');
    await sleep(3000);
    expect(lasting.child.exitCode).toBeNull();
    lasting.child.stdin?.end();
    await lasting.ended;
    expect(lasting.child.exitCode).toBe(0);
  }, 60_000);

  it('PostgreSQL: queries, a long answer, and a cancelled query', async () => {
    const psql = (...statements: readonly string[]): string => {
      const commands = statements.flatMap((statement) => ['-c', statement]);
      const flags = ['-h', '127.0.0.1', '-p', String(PORTS.sql[1]), '-U', POSTGRES, '-At', '-d', POSTGRES];
      const [file, args] = pair.near.command('psql', ...flags, ...commands);
      return execFileSync(file, args, { encoding: 'utf8', maxBuffer: 64 * MIB });
    };
    expect(psql('select 6 * 7')).toBe('42\n');
    const rows = psql("select i, repeat('x', 1000) from generate_series(1, 20000) as i").trim().split('\n');
    expect([rows.length, rows.at(-1)]).toEqual([20_000, `20000|${'x'.repeat(1000)}`]);
    // A cancel request is a connection of its own, which the server closes first.
    const flags = ['-h', '127.0.0.1', '-p', String(PORTS.sql[1]), '-U', POSTGRES, '-d', POSTGRES];
    const [file, args] = pair.near.command('timeout', '-s', 'INT', '1', 'psql', ...flags, '-c', 'select pg_sleep(30)');
    const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (text) => {
      errors += text;
    });
    await once(child, 'close');
    expect(errors).toContain('canceling statement due to user request');
    expect(await sessionOf('sql', 4)).toContain('ended=');
  }, 60_000);

  it('curl: two requests on one connection, and 1 GiB, whole', async () => {
    const url = `http://127.0.0.1:${PORTS.web[1]}`;
    const written = ['-w', '%{num_connects} '];
    const output = pair.near.run(
      'curl',
      '-sf',
      '-o',
      '/dev/null',
      '-o',
      '/dev/null',
      ...written,
      `${url}/small`,
      `${url}/small`,
    );
    expect(output).toBe('1 0 ');
    const [file, args] = pair.near.command('sh', '-c', `curl -sf ${url}/big | sha256sum`);
    const got = execFileSync(file, args, { encoding: 'utf8' }).split(' ')[0];
    const block = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const hash = createHash('sha256');
    const piece = Buffer.concat(Array.from({ length: 4096 }, () => block));
    for (let i = 0; i < BIG_BYTES / MIB; i++) hash.update(piece);
    expect(got).toBe(hash.digest('hex'));
    const session = await sessionOf('web', 2);
    const down = Number(/ down=(\d+)/.exec(session)?.[1]);
    expect(down).toBeGreaterThan(BIG_BYTES);
    expect(down).toBeLessThan(BIG_BYTES + 1000);
  }, 120_000);
});
