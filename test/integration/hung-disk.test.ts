import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { readOutput } from '../support/archives.js';
import { lastStatus } from '../support/daemon.js';
import { haveLab, it } from '../support/lab.js';
import { havePrograms, skipped } from '../support/programs.js';
import { until } from '../support/waiting.js';

const what = 'a disk that hangs';

/** Mounts a file system of 64 MiB at `folder`, in the file `image`. */
function mountImage(image: string, folder: string): void {
  const fd = openSync(image, 'w');
  ftruncateSync(fd, 64 * 1024 * 1024);
  closeSync(fd);
  execFileSync('mkfs.ext4', ['-q', image]);
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-o', 'loop', image, folder], { stdio: 'pipe' });
}

/** Returns true if a file system can be made, mounted and frozen; else reports on stderr what is skipped. */
function canFreeze(): boolean {
  if (process.getuid?.() !== 0) {
    skipped(what, 'not root, who alone may mount');
    return false;
  }
  if (!havePrograms(what, 'mount', 'umount', 'mkfs.ext4', 'fsfreeze')) return false;
  const folder = join(tmpdir(), `tcp-info-freeze-${process.pid}`);
  const image = `${folder}.img`;
  try {
    mountImage(image, folder);
    execFileSync('fsfreeze', ['-f', folder], { stdio: 'pipe' });
    execFileSync('fsfreeze', ['-u', folder]);
    execFileSync('umount', [folder]);
    return true;
  } catch (error) {
    skipped(what, `nothing can be mounted and frozen: ${String(error).split('\n', 1)[0]}`);
    return false;
  } finally {
    execFileSync('rm', ['-f', image]);
    rmdirSync(folder);
  }
}

describe.skipIf(!haveLab(what) || !canFreeze())(what, () => {
  it('delays neither scans nor events nor metrics, and costs nothing if it recovers in time', async ({ lab }) => {
    const mount = join(lab.folder, 'disk');
    mountImage(join(lab.folder, 'image'), mount);
    const freeze = (how: '-f' | '-u') => execFileSync('fsfreeze', [how, mount]);
    try {
      const daemon = await lab.startDaemon({ output: join(mount, 'out'), args: ['--archive.flush-age=100ms'] });
      const events = await lab.readEvents();
      const port = await lab.nearPeer.listen('0.0.0.0');
      const ends = await Promise.all(Array.from({ length: 20 }, () => lab.connectIn(port)));
      await lab.nearPeer.stream(
        ends.map(({ near }) => near),
        500,
        20,
      );
      await until('files', async () => (await daemon.metric('tcpinfo_archive_open_files')) >= 20);
      freeze('-f');
      try {
        const scans = async (): Promise<number> => await daemon.metric('tcpinfo_scans_total{result="complete"}');
        const [scansBefore, opened] = [await scans(), events.of('open').length];
        await until('lines to wait', async () => (await daemon.metric('tcpinfo_archive_waiting_bytes')) > 500_000);
        await Promise.all([lab.connectIn(port), lab.connectIn(port)]);
        await until('their events', () => events.of('open').length >= opened + 2);
        expect(await scans()).toBeGreaterThan(scansBefore + 20);
      } finally {
        freeze('-u');
      }
      await until('all to be written', async () => (await daemon.metric('tcpinfo_archive_waiting_bytes')) < 500_000);
      expect(await daemon.stop()).toEqual({ code: 0, signal: null });
      const rows = readOutput(daemon.output).reduce((sum, { rows }) => sum + rows.length, 0);
      expect(rows).toBe(lastStatus(daemon.log, 'records'));
    } finally {
      await lab.abandonDaemons();
      execFileSync('umount', [mount]);
    }
  });

  it('delays the end by a few seconds at most, as far as the kernel allows', async ({ lab }) => {
    const mount = join(lab.folder, 'disk');
    mountImage(join(lab.folder, 'image'), mount);
    try {
      const daemon = await lab.startDaemon({ output: join(mount, 'out'), args: ['--archive.flush-age=100ms'] });
      const port = await lab.nearPeer.listen('0.0.0.0');
      const ends = await Promise.all(Array.from({ length: 20 }, () => lab.connectIn(port)));
      await until('files', async () => (await daemon.metric('tcpinfo_archive_open_files')) >= 20);
      execFileSync('fsfreeze', ['-f', mount]);
      try {
        for (const { near } of ends) await near.send(500);
        await daemon.scanned();
        daemon.kill('SIGTERM');
        await daemon.logged(/msg=status/);
        expect(daemon.log).toMatch(/disk too slow or failing: dropping records.* reason=pressure/);
      } finally {
        // Until now the kernel blocks the writing thread, and with it the process.
        execFileSync('fsfreeze', ['-u', mount]);
      }
      expect(await daemon.exited()).toEqual({ code: 0, signal: null });
    } finally {
      await lab.abandonDaemons();
      execFileSync('umount', [mount]);
    }
  });
});
