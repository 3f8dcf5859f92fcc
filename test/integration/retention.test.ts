import { lstatSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { checkArchives } from '../support/archives.js';
import { haveLab, it } from '../support/lab.js';
import { until } from '../support/waiting.js';

const MAX_BYTES = 2 ** 20;
const OPEN = 20;

/** Returns the disk usage of archives, except some; one deleted meanwhile counts 0. */
function diskBytes(output: string, without: readonly string[]): number {
  const names = readdirSync(output, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.jsonl.zst'),
  );
  const paths = names.map((name) => join(output, name)).filter((path) => !without.includes(path));
  return paths.reduce((sum, path) => sum + (lstatSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512, 0);
}

describe.skipIf(!haveLab('retention'))('retention', () => {
  it('keeps the folder below its bound during high turnover, and keeps every open file', async ({ lab }) => {
    const output = join(lab.folder, 'retention');
    const notes = join(output, '2020/01/01/notes.txt');
    const ancient = join(output, '2020/01/02/host_1_00000000000000AA.00000.jsonl.zst');
    const write = (path: string, seconds: number): void => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, 'x');
      utimesSync(path, seconds, seconds);
    };
    for (const path of [notes, ancient]) write(path, 1_577_900_000);
    // Archives of today and of the day before yesterday prove that the clock is right.
    for (const [cookie, hours] of [
      ['BB', 1],
      ['CC', 36],
    ] as const) {
      const ms = Date.now() - hours * 3_600_000;
      const day = new Date(ms).toISOString().slice(0, 10).replaceAll('-', '/');
      write(join(output, day, `host_1_00000000000000${cookie}.00000.jsonl.zst`), ms / 1000);
    }
    const args = ['--archive.max-size=1MiB', '--archive.keep=1000d', '--archive.flush-age=200ms'];
    const daemon = await lab.startDaemon({ output, args });
    const port = await lab.nearPeer.listen('0.0.0.0');
    // These stay open, and are the oldest.
    await lab.farPeer.connectMany(OPEN, { host: lab.near.ipv4, port });
    await until('files', () => daemon.openArchives().length === OPEN);
    const open = daemon.openArchives();
    await until('the ancient archive deleted', () => lstatSync(ancient, { throwIfNoEntry: false }) === undefined);

    // Each archive takes one or two blocks of 4 KiB.
    for (let round = 0; round < 4; round++) {
      const ends = await lab.farPeer.connectMany(150, { host: lab.near.ipv4, port });
      await sleep(300);
      await Promise.all(ends.map((end) => end.reset()));
    }
    const deleted = (reason: string): Promise<number> =>
      daemon.metric(`tcpinfo_archive_deleted_files_total{reason="${reason}"}`);
    await until('deletions', async () => (await deleted('size')) > 100);
    await until('below the bound', () => diskBytes(output, open) <= MAX_BYTES);
    expect(await daemon.metric('tcpinfo_archive_folder_bytes')).toBeLessThanOrEqual(MAX_BYTES);
    expect(await deleted('age')).toBe(1);
    expect(await daemon.metric('tcpinfo_archive_errors_total{operation="delete"}')).toBe(0);
    expect(daemon.openArchives()).toEqual(expect.arrayContaining(open));
    for (const path of open) expect(lstatSync(path).isFile()).toBe(true);
    expect(lstatSync(notes).size).toBe(1);
    expect(lstatSync(dirname(ancient), { throwIfNoEntry: false })).toBeUndefined();
    await daemon.stop();
    checkArchives(open);
  });
});
