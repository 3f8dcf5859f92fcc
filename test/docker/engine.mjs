// A container engine for tests: dockerd with its own folders, without bridge and firewall rules. Prints one line of
// JSON: {"host": …} when the engine answers, or {"error": …}. Runs until its stdin ends, which happens however its
// parent ends, and then removes everything.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const START_MS = 60_000;
const STOP_MS = 30_000;

const folder = mkdtempSync(join(tmpdir(), 'tcp-info-docker-'));
const socket = join(folder, 'docker.sock');
const host = `unix://${socket}`;

let log = '';
// A terminal's Ctrl-C is meant for the tests, which then close stdin of this program.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
const ended = new Promise((resolve) => process.stdin.on('end', resolve).on('error', resolve).resume());

const engine = spawn(
  'dockerd',
  [
    '--iptables=false',
    '--ip6tables=false',
    '--bridge=none',
    ...['--data-root', join(folder, 'data')],
    ...['--exec-root', join(folder, 'exec')],
    ...['--pidfile', join(folder, 'docker.pid')],
    ...['--host', host],
  ],
  { detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
);
for (const stream of [engine.stdout, engine.stderr]) {
  stream.setEncoding('utf8').on('data', (text) => {
    log = (log + text).slice(-20_000);
  });
}
const exited = new Promise((resolve) => {
  engine.once('error', (error) => resolve(error.message));
  engine.once('exit', (code, signal) => resolve(`dockerd ended with ${signal ?? code}`));
});

function say(result) {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

function answers() {
  return new Promise((resolve) => {
    const ping = request({ socketPath: socket, path: '/_ping', timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('error', () => resolve(false)).on('timeout', () => ping.destroy());
    ping.end();
  });
}

async function started() {
  const end = performance.now() + START_MS;
  while (performance.now() < end) {
    if (await answers()) return undefined;
    const over = await Promise.race([exited, sleep(200)]);
    if (over !== undefined) return over;
  }
  return `dockerd does not answer after ${START_MS / 1000} s`;
}

/** Returns the engine's own last error, or how it ended. */
function reason(over) {
  const complaint = log
    .split('\n')
    .filter((line) => /level=(fatal|error)|^failed|unable to/.test(line))
    .at(-1);
  return complaint === undefined ? over : `${over}: ${complaint.trim()}`;
}

function docker(...args) {
  return execFileSync('docker', ['-H', host, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

async function stop() {
  if (engine.exitCode === null && engine.signalCode === null && engine.pid !== undefined) {
    try {
      const running = docker('ps', '--quiet').split('\n').filter(Boolean);
      if (running.length > 0) docker('kill', ...running);
    } catch {
      // It no longer answers: the next steps end its containers.
    }
    engine.kill('SIGTERM');
    if ((await Promise.race([exited, sleep(STOP_MS, undefined, { ref: false })])) === undefined) {
      process.kill(-engine.pid, 'SIGKILL');
      await exited;
    }
  }
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${folder}/`));
  for (const mount of mounts.reverse()) execFileSync('umount', ['--lazy', mount]);
  rmSync(folder, { recursive: true, force: true });
}

try {
  const trouble = await Promise.race([started(), ended.then(() => 'not wanted any more')]);
  if (trouble === undefined) {
    say({ host });
    await ended;
  } else {
    say({ error: reason(trouble) });
  }
} finally {
  await stop();
}
