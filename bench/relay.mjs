// Measures the relay of native/ beside an epoll floor and HAProxy, in pairs on the same load: `npm run bench:relay --
// [ROUNDS [KIND...]]`, as root; default 5 rounds of each kind. Kinds: bulk, trips, churn, idle, latency. All of it runs on
// loopback in a network namespace of its own. CPU time is that of the relay's process alone, with all its threads.
//
// Prints the median of each contender, and the median of the ratios to the floor and to HAProxy within each round.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildProgram } from './programs.mjs';
import { formatNumber, formatTable } from './report.mjs';
import { pairedRatios, quantile } from './statistics.mjs';
import { inTurns } from './turns.mjs';

const KINDS = ['bulk', 'trips', 'churn', 'idle', 'latency'];
const PORT = 7001;
const BACKEND_PORT = 7002;
const BUSY_MS = 100;
/** Limit on open files of each program. */
const DESCRIPTORS = Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }));
/** Idle connections: 10,000, or fewer where the machine does not allow twice as many descriptors. */
const IDLE = Math.min(10_000, Math.floor((DESCRIPTORS - 200) / 2));
/** Arguments of the load: connections, total, per second; and what the CPU time is divided by. */
const LOADS = {
  bulk: { args: ['bulk', 4, 3000], per: 3, unit: 'CPU s a GB' },
  trips: { args: ['trips', 32, 100_000], per: 0.1, unit: 'CPU µs a round trip' },
  churn: { args: ['churn', 500, 15_000, 5000], per: 0.015, unit: 'CPU µs a connection' },
};
const NAMESPACE = 'TCP_INFO_BENCH_NAMESPACE';

/** Folder for HAProxy's configuration. */
const folder = mkdtempSync(join(tmpdir(), 'tcp-info-bench-relay-'));

function haproxyConfig() {
  const path = join(folder, 'haproxy.cfg');
  writeFileSync(
    path,
    `global
  nbthread 1
  maxconn ${IDLE}
defaults
  mode tcp
  timeout connect 5s
  timeout client 900s
  timeout server 900s
  maxconn ${IDLE}
listen relay
  bind 127.0.0.1:${PORT} backlog 4096
  server backend 127.0.0.1:${BACKEND_PORT}
`,
  );
  return path;
}

async function contenders() {
  const floor = await buildProgram('relay-floor');
  const ports = [String(PORT), String(BACKEND_PORT)];
  const ours = join(import.meta.dirname, 'relay-ours.mjs');
  return {
    relay: [process.execPath, ours, ...ports],
    busy: [process.execPath, ours, ...ports, String(BUSY_MS)],
    floor: [floor, ...ports],
    splice: [floor, ...ports, 'splice'],
    haproxy: ['haproxy', '-db', '-f', haproxyConfig()],
  };
}

/** Returns CPU nanoseconds and context switches of all threads of a process. */
function usage(pid) {
  let cpuNs = 0;
  let switches = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    cpuNs += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    switches += Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1]);
  }
  return { cpuNs, switches };
}

const rssBytes = (pid) => 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Spawns a program with as many descriptors as are allowed. */
function spawnWide(command, args, stdio) {
  return spawn('sh', ['-c', `ulimit -n ${DESCRIPTORS} && exec "$0" "$@"`, command, ...args.map(String)], { stdio });
}

async function start([command, ...args]) {
  const child = spawnWide(command, args, ['ignore', 'ignore', 'inherit']);
  const listens = () => execFileSync('ss', ['-Hltn', `sport = ${PORT}`], { encoding: 'utf8' }) !== '';
  while (!listens()) {
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode} before it listened`);
    await pause(20);
  }
  await pause(200);
  return child;
}

async function stop(child) {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

function startLoad(program, args) {
  const child = spawnWide(program, args, ['pipe', 'pipe', 'inherit']);
  let text = '';
  const ready = new Promise((resolve) => {
    child.stdout.on('data', (data) => {
      text += data;
      if (text.startsWith('ready\n')) resolve();
    });
  });
  const ended = new Promise((resolve, reject) => {
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(text.trim().split('\n').at(-1)));
      else reject(new Error(`relay-load ${args.join(' ')} ended with ${code}`));
    });
  });
  return { child, ready, ended };
}

async function measureLoad(load, command, { args: [mode, connections, ...rest], per }) {
  const relay = await start(command);
  const before = usage(relay.pid);
  const result = await startLoad(load, [mode, PORT, BACKEND_PORT, connections, ...rest]).ended;
  await pause(50);
  const after = usage(relay.pid);
  await stop(relay);
  const seconds = (after.cpuNs - before.cpuNs) / 1e9;
  return { cost: seconds / per, ...result };
}

async function measureIdle(load, command) {
  const relay = await start(command);
  const before = rssBytes(relay.pid);
  const { child, ready, ended } = startLoad(load, ['idle', PORT, BACKEND_PORT, IDLE, IDLE]);
  await ready;
  await pause(1000);
  const kib = (rssBytes(relay.pid) - before) / IDLE / 1024;
  const calm = usage(relay.pid);
  await pause(3000);
  const after = usage(relay.pid);
  child.stdin.end();
  await ended;
  await stop(relay);
  return { cost: kib, wakesPerSecond: (after.switches - calm.switches) / 3 };
}

/** Round trips at a moderate pace, without a relay for `direct`. */
async function measureLatency(load, command) {
  const relay = command === undefined ? undefined : await start(command);
  const port = relay === undefined ? BACKEND_PORT : PORT;
  const result = await startLoad(load, ['paced', port, BACKEND_PORT, 8, 4000, 1000]).ended;
  if (relay !== undefined) await stop(relay);
  return { cost: result.p99Us, ...result };
}

const median = (values) => quantile(values, 0.5);

function print(kind, unit, samples, bases) {
  const names = Object.keys(samples);
  const costs = Object.fromEntries(names.map((name) => [name, samples[name].map(({ cost }) => cost)]));
  const rows = names.map((name) => [
    name,
    formatNumber(median(costs[name])),
    ...bases.map((base) => formatNumber(median(pairedRatios(costs[name], costs[base])))),
  ]);
  process.stdout.write(`\n${kind}\n${formatTable(['contender', unit, ...bases.map((base) => `× ${base}`)], rows)}\n`);
  for (const name of names) process.stdout.write(`${JSON.stringify({ kind, name, samples: samples[name] })}\n`);
}

async function main(rounds, kinds) {
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  const load = await buildProgram('relay-load');
  const commands = await contenders();
  for (const kind of kinds) {
    if (kind === 'idle') {
      const samples = await inTurns(1, ['relay', 'floor', 'haproxy'], (name) => measureIdle(load, commands[name]));
      print(kind, 'KiB a connection', samples, ['haproxy']);
    } else if (kind === 'latency') {
      const names = ['direct', 'relay', 'busy', 'floor', 'haproxy'];
      const samples = await inTurns(rounds, names, (name) => measureLatency(load, commands[name]));
      print(kind, 'p99 µs', samples, ['direct']);
    } else {
      const names = ['relay', 'floor', 'splice', 'haproxy'];
      const samples = await inTurns(rounds, names, (name) => measureLoad(load, commands[name], LOADS[kind]));
      print(kind, LOADS[kind].unit, samples, ['floor', 'haproxy']);
    }
  }
}

const [rounds = '5', ...kinds] = process.argv.slice(2);
if (process.env[NAMESPACE] === undefined) {
  const args = ['--net', process.execPath, ...process.argv.slice(1)];
  const child = spawn('unshare', args, { stdio: 'inherit', env: { ...process.env, [NAMESPACE]: '1' } });
  child.once('close', (code) => {
    process.exitCode = code ?? 1;
  });
  rmSync(folder, { recursive: true });
} else {
  try {
    await main(Number(rounds), kinds.length > 0 ? kinds : KINDS);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
