// What the collector costs: `npm run bench:cost -- [CONNECTIONS [ACTIVE [SECONDS]]]`, as root. Makes two network
// namespaces, holds CONNECTIONS between them of which ACTIVE send every 10 ms, runs the built collector in one of them,
// and prints its CPU (of one core), memory, scans and records. CPU is the process' own from /proc, all threads.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [connections, active, seconds] = [1000, 100, 20].map((fallback, i) => Number(process.argv[2 + i] ?? fallback));
const id = process.pid;
const [near, far] = [`tcpi-bench-${id}-a`, `tcpi-bench-${id}-b`];
const ip = (...args) => execFileSync('ip', args);
const ipIn = (namespace, ...args) => execFileSync('nsenter', [`--net=/run/netns/${namespace}`, 'ip', ...args]);
const children = [];
const data = mkdtempSync(join(tmpdir(), 'tcp-info-bench-'));
const METRICS = '10.78.0.1:9990';

/** Starts node in a namespace; resolves when its output has `until`. */
async function start(namespace, args, until) {
  const child = spawn('nsenter', [`--net=/run/netns/${namespace}`, process.execPath, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  await new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk) => {
      output += chunk;
      if (output.includes(until)) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', () => reject(new Error(`${args[0]} ended: ${output}`)));
  });
  return child;
}

/** CPU seconds of a process and of its poll thread. USER_HZ is 100 on every Linux. */
function cpu(pid) {
  const of = (path) => {
    const fields = readFileSync(path, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  };
  const tasks = execFileSync('ls', [`/proc/${pid}/task`], { encoding: 'utf8' })
    .trim()
    .split('\n');
  const poll = tasks.find((task) => readFileSync(`/proc/${pid}/task/${task}/comm`, 'utf8').trim() === 'netlink-poll');
  return { all: of(`/proc/${pid}/stat`), poll: of(`/proc/${pid}/task/${poll}/stat`) };
}

function scrape() {
  const page = execFileSync('nsenter', [`--net=/run/netns/${near}`, 'curl', '-s', `http://${METRICS}/metrics`], {
    encoding: 'utf8',
  });
  return (name) => Number(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (.*)$`, 'm').exec(page)?.[1]);
}

const pss = (pid) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1024;

try {
  for (const namespace of [near, far]) {
    ip('netns', 'add', namespace);
    ipIn(namespace, 'link', 'set', 'lo', 'up');
  }
  ip('link', 'add', `tb${id}a`, 'netns', near, 'type', 'veth', 'peer', 'name', `tb${id}b`, 'netns', far);
  for (const [namespace, end, host] of [
    [near, 'a', 1],
    [far, 'b', 2],
  ]) {
    ipIn(namespace, 'addr', 'add', `10.78.0.${host}/24`, 'dev', `tb${id}${end}`);
    ipIn(namespace, 'link', 'set', `tb${id}${end}`, 'up');
  }
  const folder = import.meta.dirname;
  await start(far, [join(folder, 'load.mjs'), 'server', '10.78.0.2', '5000'], 'ready');
  await start(
    near,
    [join(folder, 'load.mjs'), 'client', '10.78.0.2', '5000', String(connections), String(active)],
    'ready',
  );
  const main = join(folder, '../dist/cmd/tcp-info/main.js');
  const daemon = await start(near, [main, `-prom=${METRICS}`, `-output=${data}`], 'first scan');
  await sleep(3000);
  const [before, began, first] = [cpu(daemon.pid), performance.now(), scrape()];
  await sleep(seconds * 1000);
  const [after, last] = [cpu(daemon.pid), scrape()];
  const elapsed = (performance.now() - began) / 1000;
  const rate = (name) => ((last(name) - first(name)) / elapsed).toFixed(1);
  const percent = (used) => `${((used / elapsed) * 100).toFixed(1)} %`;
  const scans = last('tcpinfo_scan_duration_seconds_count') - first('tcpinfo_scan_duration_seconds_count');
  const scanSeconds = last('tcpinfo_scan_duration_seconds_sum') - first('tcpinfo_scan_duration_seconds_sum');
  console.log({
    connections,
    active,
    cpu: percent(after.all - before.all),
    pollThread: percent(after.poll - before.poll),
    scansPerSecond: (scans / elapsed).toFixed(1),
    scanMs: ((scanSeconds / scans) * 1000).toFixed(2),
    recordsPerSecond: rate('tcpinfo_snapshot_total'),
    proportionalMiB: pss(daemon.pid).toFixed(0),
  });
} finally {
  for (const child of children) child.kill('SIGKILL');
  for (const namespace of [near, far]) execFileSync('ip', ['netns', 'del', namespace]);
  rmSync(data, { recursive: true, force: true });
}
