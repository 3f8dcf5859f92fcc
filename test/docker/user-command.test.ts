import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { byPorts, readOutput, sentBytes } from '../support/archives.js';
import { DIST } from '../support/daemon.js';
import type { PeerConnection } from '../support/peer.js';
import { until, within } from '../support/waiting.js';
import { Cable } from './cable.js';
import { Container, IMAGE, startupMs } from './container.js';
import { output } from './programs.js';

/** Command of the README, verbatim. */
const COMMAND = `docker run --network=host -v ~/data:/home ${IMAGE} -prom=7070`;
const PORT = 7070;
const SENT_BYTES = 100_000;

describe.skipIf(inject('skipReason') !== '')(COMMAND, () => {
  const undo: (() => unknown)[] = [];
  let home: string;
  let cable: Cable;
  let program: ChildProcess;
  let printed = '';
  let ended: Promise<number | null>;
  let container: Container;
  let connection: PeerConnection;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'tcp-info-home-'));
    undo.push(() => rmSync(home, { recursive: true, force: true }));
    cable = new Cable();
    undo.push(() => cable[Symbol.asyncDispose]());
    // Another collector may be running here: it is left alone.
    const running = (): string[] => output('docker', 'ps', '--quiet', '--filter', `ancestor=${IMAGE}`).split('\n');
    const others = new Set(['', ...running()]);
    program = spawn('bash', ['-c', COMMAND], {
      env: { ...process.env, HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [program.stdout, program.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
      });
    }
    ended = new Promise((resolve) => program.once('close', resolve));
    const id = await until('the container', () => running().find((each) => !others.has(each)));
    container = new Container(id);
    undo.push(() => container[Symbol.dispose]());
    await container.logged(/msg="first scan"/);
  });

  afterAll(async () => {
    // The setup may have failed at any point: only what exists is removed.
    for (const each of undo.reverse()) await each();
  });

  it('scans within a few seconds', () => {
    const ms = startupMs(container);
    process.stdout.write(`from the container's start to its first scan: ${ms} ms\n`);
    expect(ms).toBeLessThan(5000);
  });

  it('runs as process 1, without a shell', () => {
    const words = output('cat', `/proc/${container.pid}/cmdline`).split('\0');
    expect(words.slice(0, 3)).toEqual(['/usr/lib/tcp-info/bin/node', '--disable-sigusr1', '/bin/tcp-info']);
  });

  it("records traffic on the host's network, and serves metrics of it", async () => {
    const port = await cable.far.listen(cable.farAddress);
    connection = await cable.host.connect({ host: cable.farAddress, port });
    const theirs = await cable.far.accepted(port, connection.localPort);
    const page = async (): Promise<string> => {
      const { status, body } = await cable.host.get(`http://127.0.0.1:${PORT}/metrics`);
      expect(status).toBe(200);
      return body;
    };
    const scans = async (): Promise<number> =>
      Number(/^tcpinfo_scans_total\{result="complete"\} (\d+)$/m.exec(await page())?.[1]);
    // On a slow machine too: the second of two more scans began after the connection.
    const before = await scans();
    await until('a scan that sees it', async () => (await scans()) >= before + 2);
    await connection.send(SENT_BYTES);
    await theirs.received(SENT_BYTES);
    await connection.end();
    await theirs.ended();
    await theirs.end();
    const metrics = await until('the end of the connection', async () => {
      const body = await page();
      return /^tcpinfo_connections_closed_total\{[^}]*\} [1-9]/m.test(body) && body;
    });
    expect(metrics).toMatch(/^tcpinfo_scans_total\{result="complete"\} [1-9]/m);
  });

  it('is reported as healthy by the engine', async () => {
    await container.healthy();
  });

  it('logs missing privileges once, and warns only about the prefix', () => {
    const warnings = printed.split('\n').filter((line) => /level=(warn|error)/.test(line));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('give -uuid-prefix=auto or -uuid-prefix-file');
    expect(printed.match(/cap_net_admin="no: /g)).toHaveLength(1);
  });

  it('ends in order and at once on docker stop', async () => {
    const started = performance.now();
    expect(container.stop()).toBe(0);
    expect(performance.now() - started).toBeLessThan(9000);
    expect(await within('the end of docker run', ended)).toBe(0);
    expect(printed).toContain('msg=stopping reason=SIGTERM');
    expect(printed).toMatch(/msg=stopped records=\d+ lost=0 /);
  });

  it('leaves archives that the host can read', () => {
    const data = join(home, 'data');
    const recorded = byPorts(readOutput(data), connection.localPort, connection.remotePort);
    expect(recorded.rows.length).toBeGreaterThan(1);
    expect(sentBytes(recorded.last)).toBe(SENT_BYTES);
    // csvtool reads them too: a header, and a row for each record.
    const csv = output(process.execPath, join(DIST, 'cmd/csvtool/main.js'), data).split('\n');
    expect(csv.length).toBeGreaterThan(recorded.rows.length);
  });
});
