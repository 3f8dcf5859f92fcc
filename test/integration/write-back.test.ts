import { execFileSync } from 'node:child_process';
import { closeSync, copyFileSync, ftruncateSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { archivePaths, readOutput } from '../support/archives.js';
import { atStop } from '../support/daemon.js';
import { haveLab, it } from '../support/lab.js';
import { havePrograms, skipped } from '../support/programs.js';
import { until } from '../support/waiting.js';

const what = 'a disk that fails later';
/** Size that the device claims, in bytes, and a sufficient size of the tmpfs. */
const SAID = 256 * 1024 * 1024;
const ROOM_AGAIN = '300m';

/**
 * Mounts a thin device: a sparse image in a smaller tmpfs, with ext4 without a journal at `disk`. Writes go to the page
 * cache and fail on write-back.
 */
function mountThin(folder: string) {
  const [thin, disk] = [join(folder, 'thin'), join(folder, 'disk')];
  const image = join(thin, 'image');
  mkdirSync(thin, { recursive: true });
  mkdirSync(disk);
  const run = (program: string, ...args: string[]): string =>
    execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe' });
  run('mount', '-t', 'tmpfs', '-o', `size=${ROOM_AGAIN}`, 'tmpfs', thin);
  const fd = openSync(image, 'w');
  ftruncateSync(fd, SAID);
  closeSync(fd);
  run('mkfs.ext4', '-q', '-O', '^has_journal', '-b', '4096', '-N', '2048', '-E', 'lazy_itable_init=0,nodiscard', image);
  const device = run('losetup', '-f', '--show', image).trim();
  run('mount', '-o', 'errors=continue', device, disk);
  return {
    disk,
    /** Leaves room for this many bytes more. */
    shrink: (more: string) => {
      const kilobytes = Number(run('du', '-sk', thin).split(/\s/)[0]) + Number.parseInt(more, 10) * 1024;
      run('mount', '-o', `remount,size=${kilobytes}k`, thin);
    },
    grow: () => run('mount', '-o', `remount,size=${ROOM_AGAIN}`, thin),
    /** Mounts the real content of the device at a folder. */
    mountCopy: (at: string): void => {
      const copy = join(folder, 'copy');
      copyFileSync(image, copy);
      mkdirSync(at);
      run('mount', '-o', 'loop,ro,noload', copy, at);
    },
    remove: () => {
      for (const each of [disk, thin]) {
        if (each === thin) run('losetup', '-d', device);
        run('umount', '-l', each);
      }
    },
  };
}

/** Returns true if such a device can be made here; else reports on stderr what is skipped. */
function haveThin(): boolean {
  if (process.getuid?.() !== 0) {
    skipped(what, 'not root, who alone may mount');
    return false;
  }
  if (!havePrograms(what, 'mount', 'umount', 'mkfs.ext4', 'losetup')) return false;
  const folder = join(tmpdir(), `tcp-info-thin-${process.pid}`);
  try {
    mountThin(folder).remove();
    return true;
  } catch (error) {
    skipped(what, `no loop device can be had: ${String(error).split('\n', 1)[0]}`);
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe.skipIf(!haveLab(what) || !haveThin())(what, () => {
  it('is logged and counted, and records in memory reach the disk when there is room again', async ({ lab }) => {
    const thin = mountThin(lab.folder);
    const seen = join(lab.folder, 'seen');
    try {
      const output = join(thin.disk, 'out');
      const daemon = await lab.startDaemon({ output, args: ['--archive.flush-age=100ms', '--archive.sync=500ms'] });
      const port = await lab.nearPeer.listen('0.0.0.0');
      const connect = async (count: number): Promise<void> => {
        const far = await lab.farPeer.connectMany(count, { host: lab.near.ipv4, port });
        await Promise.all(far.map(({ localPort }) => lab.nearPeer.accepted(port, localPort)));
      };
      const errors = async () => await daemon.metric('tcpinfo_archive_errors_total{operation="sync"}');
      const waiting = async () => await daemon.metric('tcpinfo_archive_waiting_bytes');
      await connect(100);
      await until('files', () => archivePaths(output).length === 100);
      await until('all to be confirmed', async () => (await waiting()) === 0);
      expect(await errors()).toBe(0);

      // Less than one block for each of the coming files.
      thin.shrink('0');
      await connect(200);
      await until('the error to be told', async () => (await errors()) > 0, 60_000);
      expect(daemon.log).toContain('operation=sync code=ENOSPC');
      thin.grow();
      await until('nothing to be waiting', async () => (await waiting()) === 0, 60_000);
      expect(await daemon.stop()).toEqual({ code: 0, signal: null });
      expect(atStop(daemon.log, 'lost')).toBe(0);

      thin.mountCopy(seen);
      const rows = readOutput(join(seen, 'out'));
      expect(rows).toHaveLength(300);
      expect(rows.reduce((sum, each) => sum + each.rows.length, 0)).toBe(atStop(daemon.log, 'records'));
    } finally {
      await lab.abandonDaemons();
      execFileSync('sh', ['-c', 'umount -l "$1" 2>/dev/null; true', 'sh', seen]);
      thin.remove();
    }
  });
});
