import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConnectionRow } from '../../../analysis/index.js';
import { eachChosen } from '../../../archive/connections/index.js';
import { findInputs, openFound, Problems } from '../../../archive/input/index.js';
import { openArchiveStore } from '../../../archive/store/index.js';
import { compileExpression } from '../../../expression/index.js';
import { CONNECTION_VOCABULARY } from '../../../fields/index.js';
import { makeArchives } from '../../support/many-archives.js';
import { tempFolder } from '../../support/temp.js';
import { DATABASE, folderOf, OPEN, WEB } from './written.js';

describe('opening a store over archives', () => {
  it('refuses more connections than it holds, and takes those of a filter', async () => {
    const folder = await folderOf(WEB, OPEN, DATABASE);
    await expect(openArchiveStore([folder], { maxRows: 2 })).rejects.toMatchObject({
      name: 'ArchiveStoreError',
      code: 'ERR_TOO_MANY',
      message: 'more than 2 connections: choose some by a filter, or give narrower paths',
    });
    const filter = compileExpression('port 443', CONNECTION_VOCABULARY).matches;
    const store = await openArchiveStore([folder], { maxRows: 2, filter });
    expect([...store.rows()].map(({ key }) => key)).toEqual([OPEN.uuid, WEB.uuid]);
    const selection = { ports: [{ first: 5432, last: 5432 }], peers: [] };
    expect([...(await openArchiveStore([folder], { selection })).rows()].map(({ key }) => key)).toEqual([
      DATABASE.uuid,
    ]);
  });

  it('reads a folder of thousands of small archives, and reports the damaged ones', async () => {
    const folder = tempFolder();
    await makeArchives(folder, 2000, true);
    const lines: string[] = [];
    // One thread: the others run the built program.
    const store = await openArchiveStore([folder], { onProblem: (line) => lines.push(line), threads: 1 });
    const expected = await rowsWithoutDamage(folder);
    expect(store.size).toBe(expected.length);
    expect(store.size).toBeGreaterThan(1900);
    for (const row of expected) expect({ ...store.row(row.uuid ?? '')?.connection }).toEqual(row);
    expect(lines).toHaveLength(21);
    expect(lines[0]).toMatch(/^read archive .*_0000000000000032\.00000\.jsonl\.zst, line \d+: line is not JSON$/);
    expect(lines.at(-1)).toBe('in all: 20 lines skipped');
  });

  it('without a receiver of problems stops at the first', async () => {
    const folder = await folderOf(WEB);
    writeFileSync(join(folder, 'bad.jsonl'), 'damaged\n');
    await expect(openArchiveStore([folder])).rejects.toMatchObject({ name: 'ArchiveInputError' });
    const lines: string[] = [];
    const store = await openArchiveStore([folder], { onProblem: (line) => lines.push(line) });
    expect(store.size).toBe(1);
    expect(lines).toHaveLength(1);
    await expect(openArchiveStore([folder], { onProblem: () => undefined, strict: true })).rejects.toMatchObject({
      name: 'ArchiveInputError',
    });
  });

  it('without any connection is empty', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'empty.jsonl'), '');
    const store = await openArchiveStore([folder], { onProblem: () => undefined });
    expect({ size: store.size, timeUs: store.timeUs, rows: [...store.rows()] }).toEqual({
      size: 0,
      timeUs: 0,
      rows: [],
    });
  });

  it('of a missing path is an error', async () => {
    await expect(openArchiveStore([join(tempFolder(), 'missing')])).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

/** Returns the rows of archives, some lines of them damaged. */
async function rowsWithoutDamage(folder: string): Promise<ConnectionRow[]> {
  const problems = new Problems({});
  const options = { onProblem: problems.report };
  const found = await findInputs([folder]);
  const rows: ConnectionRow[] = [];
  const none = (): void => undefined;
  const reading = { found, problems, options, archives: () => openFound(found, options), read: none, done: none };
  const choice = { selection: { ports: [], peers: [] }, where: undefined, strict: false, threads: 1 };
  await eachChosen(reading, choice, (row) => rows.push(row));
  return rows;
}
