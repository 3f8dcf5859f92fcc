// Uses an installed package inside a clean root, with the Node under test: records a connection, listens to events,
// scrapes metrics, and reads the archives. Prints one JSON object, or fails with a message.
//
//   node scenario.mjs FOLDER ADDRESS PATH

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [folder, address, path] = process.argv.slice(2);
const env = { ...process.env, PATH: path };
const METRICS = 17070;
const DEADLINE_MS = 20_000;

async function until(what, look) {
  for (const end = Date.now() + DEADLINE_MS; Date.now() < end; await sleep(20)) {
    const found = await look();
    if (found) return found;
  }
  throw new Error(`${what}: not within ${DEADLINE_MS} ms\n${daemon.log}`);
}

/** Runs a program to its end. @throws when it fails */
function run(program, ...args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { env, encoding: 'utf8', timeout: 60_000 });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: exit code ${status}\n${stdout}${stderr}`);
  return stdout;
}

function start(program, ...args) {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const started = { child, log: '', exited: once(child, 'exit') };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      started.log += text;
    });
  }
  return started;
}

const socket = join(folder, 'events.sock');
const output = join(folder, 'data');
const flags = [`-output=${output}`, `-prom=127.0.0.1:${METRICS}`, `-tcpinfo.eventsocket=${socket}`];
const daemon = start('tcp-info', ...flags);
await until('first scan', () => daemon.log.includes('msg="first scan"'));
const client = start('example-eventsocket-client', `-tcpinfo.eventsocket=${socket}`);
await until('connection of the client', () => client.log.includes('connected'));

const server = createServer((peer) => peer.pipe(peer)).listen(0, address);
await once(server, 'listening');
const peer = connect(server.address().port, address);
peer.write(Buffer.alloc(100_000, 'x'));
let received = 0;
for await (const chunk of peer) {
  received += chunk.length;
  if (received === 100_000) peer.end();
}
server.close();
// The connection is recorded from both sides.
await until('events', () => (client.log.match(/^close\t/gm) ?? []).length >= 2);
const metrics = await (await fetch(`http://127.0.0.1:${METRICS}/metrics`)).text();
const health = (await fetch(`http://127.0.0.1:${METRICS}/healthz`)).status;
daemon.child.kill('SIGTERM');
const [code] = await daemon.exited;
if (code !== 0) throw new Error(`tcp-info ended with ${code}: ${daemon.log}`);
await client.exited;

const archives = readdirSync(output, { recursive: true }).filter((name) => name.endsWith('.jsonl.zst'));
const csv = run('csvtool', output).trim().split('\n');
const summary = JSON.parse(run('tcp-info', 'summary', '--format=json', output));
const help = run('tcp-info', '--help');
const doctor = /^ +doctor /m.test(help)
  ? spawnSync('tcp-info', ['doctor', '--json'], { env, encoding: 'utf8' })
  : undefined;
process.stdout.write(
  `${JSON.stringify({
    version: run('tcp-info', '--version').trim(),
    versions: ['csvtool', 'example-eventsocket-client'].map((program) => run(program, '--version').trim()),
    compressor: /compressor="?([^"\n]+)"?/.exec(daemon.log)?.[1],
    commit: /^git_short_commit\{commit="(.*)"\} (\S+)$/m.exec(metrics)?.slice(1),
    health,
    opened: (client.log.match(/^open\t/gm) ?? []).length,
    archives: archives.length,
    columns: csv[0].split(',').length,
    rows: csv.length - 1,
    summary: Object.keys(summary).length,
    doctor:
      doctor === undefined ? undefined : { code: doctor.status, stderr: doctor.stderr, lines: doctor.stdout.length },
  })}\n`,
);
