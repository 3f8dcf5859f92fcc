import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { RecordingJson, RecordingStartedJson, RecordingsJson } from '../../live/wire/index.js';
import { decodeRecord } from '../../parse/index.js';
import { archivePaths, readArchiveText } from '../support/archives.js';
import { DAEMON, type DaemonProcess, DIST } from '../support/daemon.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { LiveClient } from '../support/live-client.js';
import { havePrograms, skipped } from '../support/programs.js';
import { until } from '../support/waiting.js';

/** Returns true if file systems can be mounted; else reports on stderr what is skipped. */
function haveMount(what: string): boolean {
  if (process.getuid?.() === 0) return havePrograms(what, 'mount', 'umount');
  skipped(what, 'not root, who alone may mount');
  return false;
}

interface Recorded {
  readonly daemon: DaemonProcess;
  readonly client: LiveClient;
  readonly recordings: string;
}

async function startRecorder(
  lab: Lab,
  { args = [], output, recordings = join(lab.folder, 'recordings') }: RecorderLab = {},
): Promise<Recorded> {
  const socket = join(lab.folder, 'live.sock');
  const flags = ['-recorder=30s', `-recorder.output=${recordings}`, `-live=unix:${socket}`, ...args];
  const daemon = await lab.startDaemon({ args: flags, ...(output === undefined ? {} : { output }) });
  return { daemon, client: new LiveClient(socket), recordings };
}

interface RecorderLab {
  readonly args?: readonly string[];
  readonly output?: string;
  readonly recordings?: string;
}

/** Opens connections that send continuously. */
async function makeBusy(lab: Lab, count: number): Promise<void> {
  const port = await lab.nearPeer.listen('0.0.0.0');
  const far = await lab.farPeer.connectMany(count, { host: lab.near.ipv4, port });
  const near = await Promise.all(far.map(({ localPort }) => lab.nearPeer.accepted(port, localPort)));
  await lab.nearPeer.stream(near, 500, 20);
}

async function recorded({ client }: Recorded, name: string): Promise<RecordingJson> {
  return await until('the end of a recording', async () => {
    const { body } = await client.get<RecordingsJson>('/recordings');
    return body.recordings.find(({ recording, state }) => recording === name && state !== 'writing');
  });
}

async function record(lab: Recorded, body: object): Promise<RecordingStartedJson> {
  const { status, body: started, text } = await lab.client.post<RecordingStartedJson>('/recordings', body);
  expect(status, text).toBe(202);
  return started;
}

function tool(...args: readonly string[]): string {
  return execFileSync(process.execPath, [DAEMON, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
}

/** Returns the paths of the archives in a recording. */
function filesOf(recording: string): string[] {
  const names = readdirSync(recording).filter((name) => name.endsWith('.jsonl.zst'));
  return names.sort().map((name) => join(recording, name));
}

const records = (text: string): string[] => text.split('\n').filter((line) => line.includes('"RawIDM"'));
const timeOf = (line: string): number => Date.parse(decodeRecord(line).timestamp);

describe.skipIf(!haveLab('the flight recorder'))('the flight recorder', () => {
  it('saves the time before and after, each record once, for every tool', async ({ lab }) => {
    const context = await startRecorder(lab);
    await makeBusy(lab, 3);
    await context.daemon.scanned();
    await new Promise((resolve) => setTimeout(resolve, 4000));
    const { recording, connections } = await record(context, {
      filter: 'send > 0',
      before: '2s',
      after: '1s',
      note: 'a test',
    });
    expect(connections).toBe(3);
    const summary = await recorded(context, recording);
    expect(summary).toMatchObject({ state: 'saved', trigger: 'manual', note: 'a test', connections: 3, lostFrames: 0 });
    await context.daemon.stop();

    const folder = join(context.recordings, recording);
    expect(readdirSync(context.recordings)).toEqual([recording]);
    const paths = filesOf(folder);
    expect(paths).toHaveLength(3);
    const described = JSON.parse(readFileSync(join(folder, 'recording.json'), 'utf8')) as RecordingJson & {
      readonly files: readonly { readonly file: string; readonly records: number }[];
    };
    expect(described.files.map(({ file }) => file).sort()).toEqual(paths.map((path) => path.slice(folder.length + 1)));
    const [fromMs, untilMs] = [Date.parse(summary.from), Date.parse(summary.until)];
    let count = 0;
    for (const path of paths) {
      const text = readArchiveText(path);
      const { metadata } = decodeRecord(text.slice(0, text.indexOf('\n')));
      expect(metadata?.recording).toEqual({ trigger: 'manual', from: summary.from, until: summary.until });
      const lines = records(text);
      count += lines.length;
      const uuid = metadata?.uuid ?? '';
      const archive = archivePaths(context.daemon.output).filter((each) => each.includes(uuid));
      const all = archive.flatMap((each) => records(readArchiveText(each)));
      // A part of the archive without a gap, which has all of that time.
      const first = all.indexOf(lines[0] ?? '');
      expect(first).toBeGreaterThan(0);
      expect(lines).toEqual(all.slice(first, first + lines.length));
      const edge = 100;
      const wanted = all.filter((line) => timeOf(line) >= fromMs && timeOf(line) <= untilMs - edge);
      expect(wanted.length).toBeGreaterThan(50);
      expect(lines.slice(lines.indexOf(wanted[0] ?? ''))).toEqual(expect.arrayContaining(wanted));
    }
    expect(summary.records).toBe(count);
    expect(described.files.reduce((sum, each) => sum + each.records, 0)).toBe(count);

    const [path = ''] = paths;
    expect(JSON.parse(tool('show', '--format=json', path))).toMatchObject({
      connection: { snapshots: expect.any(Number) },
    });
    expect(tool('summary', folder)).toMatch(/3 connections/);
    const both = spawnSync(process.execPath, [DAEMON, 'summary', folder, context.daemon.output], { encoding: 'utf8' });
    expect(both.stderr).toBe(
      'tcp-info summary: 3 of 6 connections are from recordings of the flight recorder: what is in other archives, too, ' +
        'counts twice\n',
    );
    expect(tool('export', '--format=csv', '--output=-', folder).split('\n').length).toBeGreaterThan(count);
    expect(tool('top', '--once', folder)).toMatch(/3 connections|3 of 3|3/);
    const csv = execFileSync(process.execPath, [join(DIST, 'cmd', 'csvtool', 'main.js'), path], { encoding: 'utf8' });
    expect(csv.split('\n')).toHaveLength(records(readArchiveText(path)).length + 3);
  });

  it('gives a recording as a tar archive, which tools take as it is', async ({ lab }) => {
    const context = await startRecorder(lab);
    await makeBusy(lab, 2);
    await until('rows', async () => (await context.client.get<{ total: number }>('/connections')).body.total >= 2);
    const { recording } = await record(context, { filter: 'open = true' });
    await recorded(context, recording);
    const { status, headers, bytes } = await context.client.download(`/recordings/${recording}.tar`);
    expect([status, headers['content-type']]).toEqual([200, 'application/x-tar']);
    const tar = join(lab.folder, 'recording.tar');
    writeFileSync(tar, bytes);
    const names = execFileSync('tar', ['-tf', tar], { encoding: 'utf8' }).trim().split('\n');
    const folder = join(context.recordings, recording);
    expect(names).toEqual(
      readdirSync(folder)
        .sort()
        .map((name) => `${recording}/${name}`),
    );
    execFileSync('tar', ['-df', tar, '-C', context.recordings]);
    expect(tool('summary', tar)).toMatch(/2 connections/);
    expect((await context.client.get('/recordings/20260101T000000.000Z_manual.tar')).status).toBe(404);
    expect((await context.client.get('/recordings/..%2Foutput-1.tar')).status).toBe(404);
  });

  it('saves all at SIGUSR2 and writes nothing else with -archive.write=false', async ({ lab }) => {
    const context = await startRecorder(lab, { output: '', args: ['-archive.write=false'] });
    const { daemon, recordings } = context;
    await makeBusy(lab, 5);
    await daemon.scanned();
    expect(daemon.openArchives()).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    daemon.kill('SIGUSR2');
    await daemon.logged(/msg="recording saved"/);
    const [name = ''] = readdirSync(recordings);
    expect(name).toMatch(/^\d{8}T\d{6}\.\d{3}Z_signal$/);
    const paths = filesOf(join(recordings, name));
    expect(paths).toHaveLength(5);
    for (const path of paths) {
      const [head = '', ...lines] = readArchiveText(path).trim().split('\n');
      expect(decodeRecord(head).metadata).toMatchObject({ sequence: 0, recording: { trigger: 'signal' } });
      expect(lines.length).toBeGreaterThan(30);
      // Metadata comes once.
      expect(lines.every((line) => line.includes('"RawIDM"'))).toBe(true);
    }
    expect(await daemon.metric('tcpinfo_recordings_total{result="saved"}')).toBe(1);
    expect(await daemon.metric('tcpinfo_new_file_total')).toBe(0);
    expect(await daemon.metric('tcpinfo_recorder_bytes')).toBeGreaterThan(0);
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    expect(readdirSync(recordings)).toEqual([name]);
  });

  it('leaves no half recording under its name when it is killed, and cleans up at the next start', async ({ lab }) => {
    const context = await startRecorder(lab);
    await makeBusy(lab, 20);
    await context.daemon.scanned();
    const { recording } = await record(context, { filter: 'open = true', after: '30s' });
    const hidden = join(context.recordings, `.${recording}.partial`);
    await until('files', () => existsSync(hidden) && readdirSync(hidden).length === 20);
    context.daemon.kill('SIGKILL');
    await context.daemon.exited();
    expect(readdirSync(context.recordings)).toEqual([`.${recording}.partial`]);
    const { daemon } = await startRecorder(lab);
    await daemon.logged(/msg="leftover of a recording removed"/);
    expect(readdirSync(context.recordings)).toEqual([]);
    await daemon.stop();
  });

  it('completes a recording with what there is when the collector stops', async ({ lab }) => {
    const context = await startRecorder(lab);
    await makeBusy(lab, 2);
    await context.daemon.scanned();
    const { recording } = await record(context, { filter: 'open = true', after: '5m' });
    expect(await context.daemon.stop()).toEqual({ code: 0, signal: null });
    expect(readdirSync(context.recordings)).toEqual([recording]);
    expect(filesOf(join(context.recordings, recording))).toHaveLength(2);
  });

  it.skipIf(!haveMount('a full disk'))(
    'fails a recording on a full or read-only disk, and collecting goes on',
    async ({ lab }) => {
      const mount = join(lab.folder, 'small');
      mkdirSync(mount);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', mount]);
      try {
        const context = await startRecorder(lab, { recordings: join(mount, 'recordings') });
        const { daemon, client, recordings } = context;
        await makeBusy(lab, 50);
        await daemon.scanned();
        await new Promise((resolve) => setTimeout(resolve, 3000));
        const full = await record(context, { filter: 'open = true' });
        const failed = await recorded(context, full.recording);
        expect(failed).toMatchObject({ state: 'failed', error: expect.stringMatching(/ENOSPC/) });
        expect(readdirSync(recordings)).toEqual([]);
        expect(await daemon.metric('tcpinfo_recordings_total{result="failed"}')).toBe(1);
        execFileSync('mount', ['-o', 'remount,ro,size=64m', mount]);
        const denied = await record(context, { filter: 'open = true' });
        expect(await recorded(context, denied.recording)).toMatchObject({ error: expect.stringMatching(/EROFS/) });
        execFileSync('mount', ['-o', 'remount,rw,size=64m', mount]);
        const again = await record(context, { filter: 'open = true' });
        expect(await recorded(context, again.recording)).toMatchObject({ state: 'saved', connections: 50 });
        expect((await client.get<RecordingsJson>('/recordings')).body.recordings).toHaveLength(3);
        expect(await daemon.metric('tcpinfo_archive_errors_total{operation="write"}')).toBe(0);
        await daemon.scanned();
        expect(await daemon.stop()).toEqual({ code: 0, signal: null });
      } finally {
        await lab.abandonDaemons();
        execFileSync('umount', ['-l', mount]);
      }
    },
  );
});
