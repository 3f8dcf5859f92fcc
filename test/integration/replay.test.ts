import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { DAEMON, type DaemonProcess } from '../support/daemon.js';
import { EventReader } from '../support/events.js';
import { it, type Lab, UUID_PREFIX } from '../support/lab.js';
import { haveLoad, Load, widen } from '../support/load.js';
import { Running } from '../support/running.js';
import { until } from '../support/waiting.js';

const COUNT = 5000;
const PORT = 20_000;
const PORTS = 4;
const REPLAY_PORT = 7171;

/** Metrics of the machine, of the process, and of how far the disk is at the moment of the scrape. */
const NOT_OF_THE_RUN = [
  /^(process|nodejs|promhttp)_/,
  /^tcpinfo_(kernel|conntrack|ephemeral|netlink_recording|http)_/,
  /^tcpinfo_archive_(write|sync|fsync|open_files|waiting|close)/,
  /^tcpinfo_network_time_wait/,
  /_limit(_bytes)?$/,
];

/** Returns the samples of a page of metrics, by name and labels. */
function samples(page: string): Map<string, string> {
  const found = page.split('\n').flatMap((line) => {
    const [, sample = '', value = ''] = /^([a-z_]\S*(?:\{.*\})?) (\S+)$/i.exec(line) ?? [];
    const name = sample.replace(/\{.*/, '');
    return sample === '' || NOT_OF_THE_RUN.some((pattern) => pattern.test(name)) ? [] : [[sample, value] as const];
  });
  return new Map(found);
}

/** Returns the content of all files below a folder. */
function filesIn(folder: string): Map<string, Buffer> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return new Map(
    names.flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isFile() ? [[name, readFileSync(path)] as const] : [];
    }),
  );
}

/** Returns the lines of a recording up to a scan. */
function upToScan(path: string, scans: number): string {
  const lines = execFileSync('zstd', ['-dc', path], { maxBuffer: 2 ** 28, encoding: 'utf8' }).split('\n');
  let seen = 0;
  const end = lines.findIndex((line) => {
    const { Batch: batch } = JSON.parse(line) as { Batch?: { Kind: string; Source: number; Count?: number } };
    // Source 1 is that of listening sockets.
    if (batch?.Source === 0 && batch.Kind === 'scan') seen++;
    if (batch?.Source === 0 && batch.Kind === 'quiet') seen += batch.Count ?? 0;
    return seen >= scans;
  });
  expect(seen).toBe(scans);
  return `${lines.slice(0, end + 1).join('\n')}\n`;
}

/** Lets short connections pass a daemon that records, and returns when it has written all of them. */
async function churnPast(lab: Lab, daemon: DaemonProcess, count: number): Promise<void> {
  const server = { address: lab.far.ipv4, port: PORT, ports: PORTS, reply: 1 };
  await using listening = Load.start(lab.far, 'churn-server', server);
  await listening.ready();
  const client = { to: lab.far.ipv4, port: PORT, ports: PORTS, count, out: join(lab.folder, 'counts.jsonl') };
  await using churn = Load.start(lab.near, 'churn', client);
  expect(await churn.totals()).toMatchObject({ connections: count, failed: 0 });
  await listening.stop();
  await until('all ends', async () => (await daemon.metric('tcpinfo_connections')) === 0);
  await until('all files closed', async () => (await daemon.metric('tcpinfo_archive_open_files')) === 0);
  await daemon.scanned();
}

function startReplay(lab: Lab, file: string, ...args: string[]): Running {
  return Running.inside(lab.near, process.execPath, DAEMON, 'replay', file, ...args);
}

/** Replays to the end, and returns the exit code and all output. */
async function replayed(lab: Lab, file: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  await using running = startReplay(lab, file, ...args);
  const code = await running.ended();
  return { code, output: running.output };
}

describe.skipIf(!haveLoad('record and replay'))('a recorded churn', () => {
  it('of 5,000 short connections gives the same archives, events and metrics when it is replayed', async ({ lab }) => {
    widen(lab);
    const recording = join(lab.folder, 'run.rec');
    const daemon = await lab.startDaemon({
      args: [
        ...[`-record.netlink=${recording}`, '-archive.provenance', '-archive.flush-age=300ms', '-archive.rotate=2s'],
        ...['-events.v2', '-metrics.ports=20001'],
      ],
    });
    const events = await lab.readEvents();
    await churnPast(lab, daemon, COUNT);
    const before = samples(await daemon.scrape());
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    expect(events.lines.length).toBe(2 * COUNT);

    const output = join(lab.folder, 'again');
    const socket = join(lab.folder, 'again.sock');
    await using again = startReplay(
      lab,
      recording,
      ...[`-output=${output}`, `-tcpinfo.eventsocket=${socket}`, '-events.v2', '--hold', '--delay=2s'],
    );
    await until('the event socket', () => again.output.includes('msg=collecting'));
    const replayedEvents = await EventReader.connect(socket);
    await until('all events', () => replayedEvents.lines.length >= events.lines.length);
    await until('the end of the recording', () => again.output.includes('the recording is at its end'));
    expect(await again.stop()).toBe(0);
    replayedEvents.stop();
    expect(replayedEvents.lines).toEqual(events.lines);
    const [first, second] = [filesIn(daemon.output), filesIn(output)];
    expect([...second.keys()]).toEqual([...first.keys()]);
    expect(first.size).toBeGreaterThanOrEqual(COUNT);
    expect([...first].filter(([name, bytes]) => second.get(name)?.equals(bytes) !== true)).toEqual([]);

    // The collector went on to scan after its metrics were read: up to there, they are the same.
    const untilScrape = join(lab.folder, 'scrape.rec');
    writeFileSync(untilScrape, upToScan(recording, Number(before.get('tcpinfo_scans_total{result="complete"}'))));
    await using held = startReplay(
      lab,
      untilScrape,
      ...[`-output=${join(lab.folder, 'held')}`, `-prom=127.0.0.1:${REPLAY_PORT}`, '--hold'],
      ...[`-tcpinfo.eventsocket=${join(lab.folder, 'held.sock')}`, '-events.v2', '--delay=1s'],
    );
    await until('the event socket', () => held.output.includes('msg=collecting'));
    const client = await EventReader.connect(join(lab.folder, 'held.sock'));
    await until('the end of the recording', () => held.output.includes('the recording is at its end'));
    const scrape = async (): Promise<string> =>
      (await lab.nearPeer.get(`http://127.0.0.1:${REPLAY_PORT}/metrics`)).body;
    await until('all files closed', async () => /tcpinfo_archive_open_files 0\n/.test(await scrape()));
    await until('all events', () => client.lines.length >= events.lines.length);
    const after = samples(await scrape());
    client.stop();
    expect(Object.fromEntries(after)).toEqual(Object.fromEntries(before));
    expect(after.size).toBeGreaterThan(200);
  });

  it('of watched connections gives the same archives', async ({ lab }) => {
    for (const more of [[], ['-watch.archive']]) {
      const recording = join(lab.folder, `watched${more.length}.rec`);
      const port = await lab.farPeer.listen('0.0.0.0');
      const daemon = await lab.startDaemon({
        args: [
          ...[`-record.netlink=${recording}`, '-archive.provenance', `-netns=${lab.far.name}`],
          ...[`-live=unix:${join(lab.folder, 'live.sock')}`, `-watch=port ${port}`, '-watch.max=3', ...more],
        ],
      });
      const { near } = await lab.connectOut(port);
      const second = await lab.connectOut(port);
      await until('watches', async () => (await daemon.metric('tcpinfo_watch_connections')) === 3);
      await lab.nearPeer.stream([near, second.near], 300, 1);
      await until('reads', async () => (await daemon.metric('tcpinfo_watch_records_total')) > 300);
      await second.near.reset();
      await lab.nearPeer.halt([near]);
      await until('its ends', async () => (await daemon.metric('tcpinfo_watch_connections')) < 3);
      const third = await lab.connectOut(port);
      await until('another watch', async () => (await daemon.metric('tcpinfo_watch_connections')) === 3);
      const reads = await daemon.metric('tcpinfo_watch_records_total');
      await lab.nearPeer.stream([third.near], 300, 1);
      await until('more reads', async () => (await daemon.metric('tcpinfo_watch_records_total')) > reads);
      await daemon.stop();
      const output = join(lab.folder, `watched${more.length}`);
      expect(await replayed(lab, recording, `-output=${output}`)).toMatchObject({ code: 0 });
      const [first, again] = [filesIn(daemon.output), filesIn(output)];
      expect([...again.keys()]).toEqual([...first.keys()]);
      expect(first.size).toBeGreaterThanOrEqual(5);
      expect([...first].filter(([name, bytes]) => again.get(name)?.equals(bytes) !== true)).toEqual([]);
      const lines = [...first.values()].flatMap((bytes) =>
        execFileSync('zstd', ['-dc'], { input: bytes, encoding: 'utf8' }).split('\n'),
      );
      expect(lines.filter((line) => line.includes('"Watch":true')).length).toBeGreaterThan(more.length > 0 ? 300 : 10);
    }
  });

  it('is replayed as far as it is whole, and by its exit code says that it is not', async ({ lab }) => {
    const recording = join(lab.folder, 'run.rec');
    const daemon = await lab.startDaemon({ args: [`-record.netlink=${recording}`] });
    await churnPast(lab, daemon, 50);
    await daemon.stop();
    const cut = join(lab.folder, 'cut.rec');
    copyFileSync(recording, cut);
    truncateSync(cut, statSync(recording).size - 20);
    const { code, output } = await replayed(lab, cut, `-output=${join(lab.folder, 'cut')}`);
    expect(output).toContain('tcp-info replay: recording ');
    expect(output).toContain('ends inside the frame');
    expect(code).toBe(3);
    expect(filesIn(join(lab.folder, 'cut')).size).toBe(50);

    const none = await replayed(lab, join(lab.folder, 'prefix'), `-output=${join(lab.folder, 'none')}`);
    expect(none).toMatchObject({ code: 3, output: expect.stringContaining('is no recording') });
    const missing = await replayed(lab, join(lab.folder, 'missing.rec'));
    expect(missing).toMatchObject({ code: 1, output: expect.stringContaining('ENOENT') });
    const refused = await replayed(lab, recording, '-conntrack=on');
    expect(refused).toMatchObject({ code: 2, output: expect.stringContaining('reads nothing of this machine') });
  });

  it('holds no address, name or key of the machine once it is anonymised, and still gives its archives', async ({
    lab,
  }) => {
    const recording = join(lab.folder, 'run.rec');
    const daemon = await lab.startDaemon({
      args: [`-record.netlink=${recording}`, `-filter=exclude dst 198.51.100.7`],
    });
    await churnPast(lab, daemon, 50);
    await daemon.stop();
    const report = join(lab.folder, 'report.rec');
    expect(await replayed(lab, recording, `--anonymize=${report}`)).toEqual({ code: 0, output: '' });
    const text = execFileSync('zstd', ['-dc', report], { maxBuffer: 2 ** 28, encoding: 'utf8' });
    for (const secret of ['198.51.100.7', UUID_PREFIX]) expect(text.includes(secret)).toBe(false);
    expect(text).toMatch(/^\{"Recording":\{[^\n]*"Host":"anonymous"/);

    const output = join(lab.folder, 'report');
    expect((await replayed(lab, report, `-output=${output}`)).code).toBe(0);
    const files = filesIn(output);
    expect(files.size).toBe(50);
    const [name = '', bytes = Buffer.alloc(0)] = [...files][0] ?? [];
    expect(name).toMatch(/anonymous_[0-9A-F]{16}\.00000\.jsonl\.zst$/);
    const lines = execFileSync('zstd', ['-dc'], { input: bytes, encoding: 'utf8' }).trim().split('\n');
    const address = Buffer.from(lab.far.ipv4.split('.').map(Number));
    for (const line of lines) {
      const { RawIDM } = JSON.parse(line) as { RawIDM?: string };
      if (RawIDM !== undefined) expect(Buffer.from(RawIDM, 'base64').includes(address)).toBe(false);
    }
    expect(lines.length).toBeGreaterThan(1);
  });
});
