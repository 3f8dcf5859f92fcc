import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { archivePaths, checkArchives, readArchive, readOutput } from '../support/archives.js';
import { atStop, type DaemonProcess, lastStatus } from '../support/daemon.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { havePrograms, skipped } from '../support/programs.js';
import { readRemains } from '../support/remains.js';
import { until } from '../support/waiting.js';

const BUSY = 50;
/** Far more than the five seconds that the daemon waits for a failing disk. */
const STOP_DEADLINE_MS = 20_000;

/** Returns true if file systems can be mounted; else reports on stderr what is skipped. */
function haveMount(what: string): boolean {
  if (process.getuid?.() === 0) return havePrograms(what, 'mount', 'umount');
  skipped(what, 'not root, who alone may mount');
  return false;
}

/** Opens connections that send continuously. */
async function makeBusy(lab: Lab, count: number, everyMs = 20): Promise<void> {
  const port = await lab.nearPeer.listen('0.0.0.0');
  const far = await lab.farPeer.connectMany(count, { host: lab.near.ipv4, port });
  const near = await Promise.all(far.map(({ localPort }) => lab.nearPeer.accepted(port, localPort)));
  await lab.nearPeer.stream(near, 500, everyMs);
}

/** Returns the number of records that the daemon counts as lost. */
async function lost(daemon: DaemonProcess): Promise<number> {
  const lines = (await daemon.scrape()).match(/^tcpinfo_archive_lost_records_total\{.*\} \d+$/gm) ?? [];
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** Waits for further complete scans: trouble with the disk must not delay them. */
async function scansGoOn(daemon: DaemonProcess, count = 50): Promise<void> {
  const complete = async (): Promise<number> => await daemon.metric('tcpinfo_scans_total{result="complete"}');
  const before = await complete();
  await until('scans', async () => (await complete()) >= before + count);
}

/** Returns the number of records in the whole files of a folder. */
function recordsIn(folder: string): number {
  const paths = archivePaths(folder);
  checkArchives(paths);
  return paths.reduce((sum, path) => sum + readArchive(path).rows.length, 0);
}

describe.skipIf(!haveLab('disk trouble'))('disk trouble', () => {
  it.skipIf(!haveMount('a full disk'))(
    'by a full disk that gets room again costs the counted records only',
    async ({ lab }) => {
      const mount = join(lab.folder, 'small');
      const output = join(mount, 'out');
      const aside = join(lab.folder, 'aside');
      mkdirSync(mount);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', mount]);
      try {
        const daemon = await lab.startDaemon({
          output,
          args: ['--archive.flush-age=100ms', '--archive.max-buffered=1MiB', '--archive.rotate=3s'],
        });
        const events = await lab.readEvents();
        await makeBusy(lab, BUSY);
        await until('a full disk', async () => (await daemon.metric('tcpinfo_archive_retries_total')) > 0, 60_000);
        await until('losses', async () => (await lost(daemon)) > 0, 60_000);
        await scansGoOn(daemon);
        // A connection opened during the trouble still has its event.
        const opened = events.of('open').length;
        await lab.connectIn(await lab.nearPeer.listen('0.0.0.0'));
        await until('its event', () => events.of('open').length > opened);

        // Deleting closed files makes room, as an uploader would.
        const isOpen = new Set(daemon.openArchives());
        for (const path of archivePaths(output).filter((each) => !isOpen.has(each))) {
          const target = join(aside, path.slice(output.length));
          mkdirSync(join(target, '..'), { recursive: true });
          execFileSync('mv', [path, target]);
        }
        execFileSync('mount', ['-o', 'remount,size=64m', mount]);
        const frames = async (): Promise<number> => await daemon.metric('tcpinfo_archive_written_bytes_total');
        const before = await frames();
        await until('writing to go on', async () => (await frames()) > before);
        await until(
          'nothing to be waiting',
          async () => (await daemon.metric('tcpinfo_archive_waiting_bytes')) < 500_000,
        );
        const counted = await lost(daemon);
        const files = daemon.metric('tcpinfo_archive_open_files');
        expect(await files).toBeGreaterThan(0);
        await scansGoOn(daemon);
        expect(await lost(daemon)).toBe(counted);
        expect(await daemon.stop()).toEqual({ code: 0, signal: null });

        expect(counted).toBeGreaterThan(0);
        expect(recordsIn(output) + recordsIn(aside) + counted).toBe(lastStatus(daemon.log, 'records'));
        expect(daemon.log.match(/archive cannot be written/g)).toHaveLength(1);
        expect(daemon.log).toContain('code=ENOSPC');
      } finally {
        await lab.abandonDaemons();
        execFileSync('umount', [mount]);
      }
    },
  );

  it.skipIf(!haveMount('a full disk at the end'))(
    'by a disk that stays full does not delay the end, and the log counts the loss',
    async ({ lab }) => {
      const mount = join(lab.folder, 'small');
      const output = join(mount, 'out');
      mkdirSync(mount);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount]);
      try {
        const daemon = await lab.startDaemon({
          output,
          args: ['--archive.flush-age=100ms', '--archive.max-buffered=1MiB'],
        });
        await makeBusy(lab, BUSY);
        const refused = async () => await daemon.metric('tcpinfo_archive_lost_records_total{reason="enospc"}');
        await until('losses', async () => (await refused()) > 0, 60_000);
        const before = await lost(daemon);
        daemon.kill('SIGTERM');
        expect(await daemon.exited(STOP_DEADLINE_MS)).toEqual({ code: 0, signal: null });

        const remains = await readRemains(output);
        expect(remains.filter(({ empty, cut }) => empty || cut)).toEqual([]);
        const written = remains.reduce((sum, { rows }) => sum + rows.length, 0);
        expect(written).toBeGreaterThan(0);
        expect(atStop(daemon.log, 'files')).toBe(remains.length);
        // Records that waited until the end could not be written either.
        expect(atStop(daemon.log, 'lost')).toBeGreaterThan(before);
        expect(written + atStop(daemon.log, 'lost')).toBe(atStop(daemon.log, 'records'));
        expect(daemon.log).toContain('level=error msg=stopped');
      } finally {
        await lab.abandonDaemons();
        execFileSync('umount', [mount]);
      }
    },
  );

  it('by removed folders costs their content, and the next files are in new ones', async ({ lab }) => {
    const daemon = await lab.startDaemon({ args: ['--archive.flush-age=100ms'] });
    await makeBusy(lab, 20);
    await until('files', async () => (await daemon.metric('tcpinfo_archive_open_files')) >= 20);
    const removed = join(lab.folder, 'removed');
    renameSync(daemon.output, removed);
    rmSync(removed, { recursive: true });
    await until('new files', () => archivePaths(daemon.output).length >= 20);
    expect(await daemon.metric('tcpinfo_archive_removed_files_total')).toBeGreaterThanOrEqual(20);
    expect(await lost(daemon)).toBe(0);
    await daemon.stop();
    const all = readOutput(daemon.output);
    expect(all.length).toBeGreaterThanOrEqual(20);
    for (const { files } of all) expect(files[0]?.sequence).toBe(1);
  });

  it.skipIf(!havePrograms('few descriptors', 'prlimit'))(
    'by few descriptors costs nothing: the longest idle files are closed',
    async ({ lab }) => {
      const daemon = await lab.startDaemon({
        args: ['--archive.flush-age=1s'],
        wrapper: ['prlimit', '--nofile=200:256'],
      });
      // Node raises the soft limit to the hard one.
      expect(daemon.log).toContain('open_files=256');
      await makeBusy(lab, 400, 500);
      await until('early closes', async () => (await daemon.metric('tcpinfo_archive_idle_closed_total')) > 400);
      expect(daemon.openArchives().length).toBeLessThan(256);
      await scansGoOn(daemon);
      expect(await daemon.stop()).toEqual({ code: 0, signal: null });
      expect(daemon.log).not.toMatch(/dropp(?:ed|ing)/);
      const all = readOutput(daemon.output);
      expect(all).toHaveLength(400);
      expect(all.reduce((sum, { rows }) => sum + rows.length, 0)).toBe(lastStatus(daemon.log, 'records'));
      expect(daemon.log).not.toContain('cannot be written');
    },
  );

  it('does not change the requested mode of files and folders', async ({ lab }) => {
    const daemon = await lab.startDaemon({ args: ['--archive.mode=0640'] });
    await makeBusy(lab, 1);
    await daemon.scanned();
    await daemon.stop();
    const [path = ''] = archivePaths(daemon.output);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o750);
  });
});
