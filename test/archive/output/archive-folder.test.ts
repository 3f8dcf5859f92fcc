import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ArchiveFolder } from '../../../archive/output/index.js';
import { STORE_START_US } from '../../support/live-store.js';
import { tempFolder } from '../../support/temp.js';

const UUID = 'host_1795890818_0000000000000D8F';
const DAY_MS = 24 * 3600e3;
const START_MS = STORE_START_US / 1000;

/** Writes an empty archive below a folder, by day; returns its path. */
function writeArchive(folder: string, day: string, name: string): string {
  const path = join(folder, day, name);
  mkdirSync(join(folder, day), { recursive: true });
  writeFileSync(path, '');
  return path;
}

describe('an output folder', () => {
  it('has the archives of a connection, in order, of its days only', async () => {
    const folder = tempFolder();
    const [first, second, third] = [
      writeArchive(folder, '2026/11/28', `${UUID}.00000.jsonl.zst`),
      writeArchive(folder, '2026/11/29', `${UUID}.00002.jsonl.zst`),
      writeArchive(folder, '2026/11/28', `${UUID}.00001.jsonl.zst`),
    ];
    writeArchive(folder, '2026/11/28', `${UUID}0.00000.jsonl.zst`);
    writeArchive(folder, '2026/11/28', 'other_0000000000000001.00000.jsonl.zst');
    writeArchive(folder, '2026/11/27', `${UUID}.00000.jsonl.zst`);
    const archives = new ArchiveFolder(folder);
    expect(await archives.find(UUID, START_MS, START_MS + DAY_MS)).toEqual([first, third, second]);
    expect(await archives.find(UUID, START_MS, START_MS)).toEqual([first, third]);
    expect(await archives.find('', START_MS, START_MS)).toEqual([]);
    expect(await archives.find('../28/host', START_MS, START_MS)).toEqual([]);
    expect(await new ArchiveFolder(join(folder, 'none')).find(UUID, 0, START_MS)).toEqual([]);
  });

  it('ignores links and folders with the name of an archive', async () => {
    const folder = tempFolder();
    const other = writeArchive(tempFolder(), '2026/11/28', `${UUID}.00000.jsonl.zst`);
    const own = writeArchive(folder, '2026/11/28', `${UUID}.00000.jsonl.zst`);
    symlinkSync(other, join(folder, '2026/11/28', `${UUID}.00001.jsonl.zst`));
    mkdirSync(join(folder, '2026/11/28', `${UUID}.00002.jsonl.zst`));
    expect(await new ArchiveFolder(folder).find(UUID, START_MS, START_MS)).toEqual([own]);
  });
});
