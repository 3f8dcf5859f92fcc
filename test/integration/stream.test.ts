import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { CONNECTION_COLUMNS } from '../../export/columns/index.js';
import { DAEMON, type DaemonProcess } from '../support/daemon.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { haveLoad, Load, widen } from '../support/load.js';
import { havePrograms, skipped } from '../support/programs.js';
import { readLines, readSegments, wholeLines } from '../support/stream.js';
import { until } from '../support/waiting.js';

const COUNT = 5000;
const LONG = 20;
const KILLS = 6;
/** Connections a second while a disk is full: more than it takes to lose some, and few enough for a slow machine. */
const RATE = 1000;
const [PORT, PORTS] = [20_000, 4];

type Row = Record<string, unknown>;

/** Makes short connections from the near side, and waits until all have ended. */
async function churn(lab: Lab, count: number): Promise<void> {
  await using listening = Load.start(lab.far, 'churn-server', {
    address: lab.far.ipv4,
    port: PORT,
    ports: PORTS,
    reply: 1,
  });
  await listening.ready();
  const client = { to: lab.far.ipv4, port: PORT, ports: PORTS, count, out: join(lab.folder, 'counts.jsonl') };
  await using load = Load.start(lab.near, 'churn', client);
  expect(await load.totals()).toMatchObject({ connections: count, failed: 0 });
  expect(await listening.stop()).toMatchObject({ connections: count, failed: 0, wrong: 0 });
}

/** Opens connections that send, from the far side. */
async function hold(lab: Lab, count: number): Promise<void> {
  const port = await lab.nearPeer.listen('0.0.0.0');
  const far = await lab.farPeer.connectMany(count, { host: lab.near.ipv4, port });
  const near = await Promise.all(far.map(({ localPort }) => lab.nearPeer.accepted(port, localPort)));
  await lab.nearPeer.stream(near, 2000, 20);
}

/** Rows of archives by UUID, as `tcp-info query` prints them. */
function queried(output: string): Map<string, Row> {
  const sql = 'SELECT * FROM connections';
  const text = execFileSync(process.execPath, [DAEMON, 'query', '--format=jsonl', sql, output], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const rows = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);
  return new Map(rows.map((row) => [String(row['uuid']), row]));
}

/** A row as both sides have it: times in their own form are compared apart. */
function comparable(row: Row): Row {
  const names = CONNECTION_COLUMNS.filter(({ type }) => type !== 'timestamp').map(({ name }) => name);
  return Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
}

/** Checks that finished segments are whole, and that numbers follow one another without a gap. */
async function checkSegments(stream: string): Promise<void> {
  for (const kind of ['c', 'o', 'l', 's'] as const) {
    const next = new Map<string, number>();
    for (const { epoch, first, isOpen, frames, trailer, path } of await readSegments(stream, kind)) {
      expect(isOpen, path).toBe(false);
      expect(trailer, path).toEqual({ kind, epoch, first, frames: frames.length, rows: frames.flat().length });
      expect(first, path).toBe(next.get(epoch) ?? 0);
      next.set(epoch, first + frames.length);
    }
  }
}

/** Returns true if file systems can be mounted; else reports on stderr what is skipped. */
function haveMount(what: string): boolean {
  if (process.getuid?.() === 0) return havePrograms(what, 'mount', 'umount');
  skipped(what, 'not root, who alone may mount');
  return false;
}

async function metric(daemon: DaemonProcess, sample: string): Promise<number> {
  return await daemon.metric(`tcpinfo_stream_${sample}`);
}

describe.skipIf(!haveLab('the stream of rows'))('the stream of rows', () => {
  it.skipIf(!haveLoad('short connections'))(
    'has each ended connection once, with the row of its archives',
    async ({ lab }) => {
      widen(lab);
      const stream = join(lab.folder, 'stream');
      const args = [`-stream.output=${stream}`, '-stream.every=1s', '-stream.cluster=test', '-stream.node=one'];
      const daemon = await lab.startDaemon({ args });
      await hold(lab, LONG);
      await churn(lab, COUNT);
      await until('all ends', async () => (await daemon.metric('tcpinfo_connections')) === LONG);
      await until('snapshots', async () => (await metric(daemon, 'rows_total{kind="c"}')) > 0);
      await daemon.scanned();
      expect(await daemon.stop()).toEqual({ code: 0, signal: null });

      const archived = queried(daemon.output);
      const ended = await readLines(stream, 'c');
      const open = await readLines(stream, 'o');
      expect(ended).toHaveLength(COUNT);
      expect(open).toHaveLength(LONG);
      expect(new Set([...ended, ...open].map(({ uuid }) => uuid)).size).toBe(archived.size);
      expect(archived.size).toBe(COUNT + LONG);
      expect(open.every(({ cause }) => cause === 'shutdown')).toBe(true);
      for (const row of [...ended, ...open]) {
        const expected = archived.get(String(row['uuid'])) ?? {};
        expect(comparable(row)).toEqual(comparable(expected));
        expect(row).toMatchObject({ cluster: 'test', node: 'one' });
        for (const name of ['start_time', 'end_time']) {
          expect(Number(row[name]) / 1e6).toBeCloseTo(Date.parse(String(expected[name])), -1);
        }
      }
      const snapshots = await readLines(stream, 's');
      expect(snapshots.length).toBeGreaterThanOrEqual(LONG);
      // On a busy machine, a short connection may be in the tables for a second, too.
      const shown = new Set(snapshots.map((row) => row['UUID']));
      expect(open.filter(({ uuid }) => !shown.has(uuid))).toEqual([]);
      expect(snapshots[0]).toMatchObject({ Cluster: 'test', Node: 'one', RawIDM: expect.any(String) });
      expect(await readLines(stream, 'l')).toEqual([]);
      await checkSegments(stream);
    },
  );

  it.skipIf(!haveLoad('kills'))(
    'leaves no half segment, uses no number twice and loses no written row when it is killed',
    { timeout: 60_000 + KILLS * 20_000 },
    async ({ lab }) => {
      widen(lab);
      const stream = join(lab.folder, 'stream');
      const args = [`-stream.output=${stream}`, '-stream.flush-age=1s', '-stream.every=1s'];
      await using server = Load.start(lab.far, 'churn-server', { address: lab.far.ipv4, port: PORT, ports: PORTS });
      await server.ready();
      const client = { to: lab.far.ipv4, port: PORT, ports: PORTS, count: 10_000_000, rate: 300 };
      await using load = Load.start(lab.near, 'churn', { ...client, out: join(lab.folder, 'counts.jsonl') });
      const finished = new Map<string, string>();
      const written = new Set<string>();
      for (let kill = 0; kill < KILLS; kill++) {
        const daemon = await lab.startDaemon({ args });
        await until('rows', async () => (await metric(daemon, 'rows_total{kind="c"}')) > 0);
        await sleep(Math.random() * 2000);
        const confirmed = await metric(daemon, 'rows_total{kind="c"}');
        daemon.kill('SIGKILL');
        expect(await daemon.exited()).toEqual({ code: null, signal: 'SIGKILL' });

        // What is finished stays as it is.
        for (const [path, content] of finished) expect(readFileSync(path, 'latin1'), path).toBe(content);
        const wholeFrames = await readWhole(stream);
        for (const row of written) expect(wholeFrames.has(row)).toBe(true);
        expect(wholeFrames.size - written.size).toBeGreaterThanOrEqual(confirmed);
        for (const row of wholeFrames) written.add(row);
        for (const name of readdirSync(join(stream, 'c')).filter((each) => each.endsWith('.zst'))) {
          const path = join(stream, 'c', name);
          finished.set(path, readFileSync(path, 'latin1'));
        }
      }
      await load.stop();
      const last = await lab.startDaemon({ args });
      await last.scanned();
      expect(await last.stop()).toEqual({ code: 0, signal: null });
      await checkSegments(stream);
      const rows = (await readSegments(stream, 'c')).flatMap(({ frames }) => frames.flat());
      expect(new Set(rows).size).toBe(rows.length);
      for (const row of written) expect(rows).toContain(row);
    },
  );

  it.skipIf(!haveLoad('losses') || !haveMount('a full disk'))(
    'says exactly what a full disk and a full folder cost',
    { timeout: 400_000 },
    async ({ lab }) => {
      widen(lab);
      const mount = join(lab.folder, 'small');
      mkdirSync(mount);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', mount]);
      try {
        const stream = join(mount, 'rows');
        const flags = ['flush-age=1s', 'max-size=1MiB', 'kinds=c'].map((flag) => `-stream.${flag}`);
        const args = [`-stream.output=${stream}`, ...flags, '-archive.max-buffered=1MiB'];
        const daemon = await lab.startDaemon({ args });
        await using server = Load.start(lab.far, 'churn-server', { address: lab.far.ipv4, port: PORT, ports: PORTS });
        await server.ready();
        // With ports of its own: the kernel takes long to choose one among those in TIME_WAIT.
        const client = { from: lab.near.ipv4, to: lab.far.ipv4, port: PORT, ports: PORTS, rate: RATE, count: 200_000 };
        await using load = Load.start(lab.near, 'churn', client);
        const lost = (reason: string) => async (): Promise<boolean> =>
          (await metric(daemon, `lost_rows_total{kind="c",reason="${reason}"}`)) > 0;
        await until('a full disk', lost('disk'), 120_000);
        expect(await metric(daemon, 'errors_total')).toBeGreaterThan(0);
        execFileSync('mount', ['-o', 'remount,size=64m', mount]);
        await until('a full folder', lost('size'), 150_000);
        const { connections } = await load.stop();
        const unreported = await daemon.metric('tcpinfo_destroy_events_lost_total');
        expect(await daemon.stop()).toEqual({ code: 0, signal: null });

        const ended = await readLines(stream, 'c');
        const losses = await readLines(stream, 'l');
        const rows = losses.reduce((sum, { rows }) => sum + Number(rows), 0);
        const seen = Number(/ closed=(\d+) .*\n.* msg=stopped /.exec(daemon.log)?.[1]);
        expect(new Set(losses.map(({ kind }) => kind))).toEqual(new Set(['c']));
        expect(losses.map(({ reason }) => reason)).toEqual(expect.arrayContaining(['disk', 'size']));
        expect(new Set(ended.map(({ uuid }) => uuid)).size).toBe(ended.length);
        expect(ended.length + rows).toBe(seen);
        if (unreported === 0) expect(seen).toBe(connections);
        const bytes = (await readSegments(stream, 'c')).reduce((sum, segment) => sum + segment.bytes, 0);
        expect(bytes).toBeLessThanOrEqual(2 ** 20);
      } finally {
        await lab.abandonDaemons();
        execFileSync('umount', [mount]);
      }
    },
  );

  it('is written by one collector only', async ({ lab }) => {
    const stream = join(lab.folder, 'stream');
    const args = [`-stream.output=${stream}`];
    const daemon = await lab.startDaemon({ args });
    const second = await lab.startDaemon({ args: [...args, '-prom=0', '-tcpinfo.eventsocket='], ready: false });
    expect(await second.exited()).toEqual({ code: 1, signal: null });
    expect(second.log).toMatch(/stream: cannot lock .*\.lock/);
    expect(statSync(join(stream, 'c')).mode & 0o777).toBe(0o750);
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
  });
});

/** Returns the rows of ended connections in whole frames, also of a segment whose last frame is cut. */
async function readWhole(stream: string): Promise<Set<string>> {
  const rows = new Set<string>();
  for (const name of readdirSync(join(stream, 'c'))) {
    for (const line of await wholeLines(join(stream, 'c', name))) rows.add(line);
  }
  return rows;
}
