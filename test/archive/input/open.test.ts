import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Archive,
  type ArchiveInputError,
  findInputs,
  type InputOptions,
  openInputs,
  readRecords,
} from '../../../archive/input/index.js';
import { compressFrame } from '../../../zstd/index.js';
import { tempFolder } from '../../support/temp.js';
import { packings, tar } from './packed.js';
import { chunks, collect } from './sources.js';

const record = (n: number): string => `{"Timestamp":"2026-11-20T23:28:03.${n}Z","RawIDM":"AAAA"}\n`;
const [ONE, TWO] = [Buffer.from(record(1) + record(2)), Buffer.from(record(3))];
const TWO_ZST = await compressFrame(TWO);

/**
 * Reads all inputs of some paths: `<path> <fraction of the timestamp>` for each record, the problems, and skipped
 * paths.
 */
async function all(
  paths: readonly string[],
  options: InputOptions = {},
): Promise<{ rows: string[]; problems: ArchiveInputError[]; passedOver: string[] }> {
  const rows: string[] = [];
  const problems: ArchiveInputError[] = [];
  const passedOver: string[] = [];
  const onProblem = (error: ArchiveInputError): void => void problems.push(error);
  const opened = openInputs(paths, { onProblem, onPassedOver: (path) => passedOver.push(path), ...options });
  for await (const { path, source } of opened) {
    for await (const each of readRecords(source, { onProblem })) {
      rows.push(`${path} ${each.record.timestamp.slice(20, -1)}`);
    }
  }
  return { rows, problems, passedOver };
}

function folderOf(...names: readonly string[]): string {
  const folder = tempFolder();
  for (const name of names) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), name.endsWith('.zst') ? TWO_ZST : ONE);
  }
  return folder;
}

describe('findInputs', () => {
  it('finds only archives and tars, at any depth, by connection and sequence', async () => {
    const names = ['b/u_2.00001.jsonl.zst', 'a/u_2.00002.jsonl', 'b/c/u_2.00000.jsonl', 'b/u_1.00010.jsonl', 'x.tgz'];
    const folder = folderOf(
      ...names,
      'README.md',
      'b/n-1.index.jsonl',
      'b/u_1.00009.jsonl.zst.part',
      'a/u_1.00009.jsonl',
    );
    const found = (await findInputs([folder])).map((path) => relative(folder, path));
    expect(found).toEqual([
      'x.tgz',
      'a/u_1.00009.jsonl',
      'b/u_1.00010.jsonl',
      'b/c/u_2.00000.jsonl',
      'b/u_2.00001.jsonl.zst',
      'a/u_2.00002.jsonl',
    ]);
  });

  it('keeps the order of the arguments, but groups the files of one connection', async () => {
    const folder = folderOf('z.jsonl', 'u.00001.jsonl', 'a.jsonl', 'u.00000.jsonl');
    const given = ['z.jsonl', 'u.00001.jsonl', 'a.jsonl', 'u.00000.jsonl', 'z.jsonl'].map((name) => join(folder, name));
    const found = (await findInputs(given)).map((path) => relative(folder, path));
    expect(found).toEqual(['z.jsonl', 'u.00000.jsonl', 'u.00001.jsonl', 'a.jsonl']);
  });

  it('accepts patterns, and a file whose name looks like one', async () => {
    const folder = folderOf(
      '2026/11/20/u.00000.jsonl',
      '2026/11/21/u.00001.jsonl',
      '2026/12/01/u.00002.jsonl',
      '[1].jsonl',
    );
    const find = async (pattern: string) =>
      (await findInputs([join(folder, pattern)])).map((each) => relative(folder, each));
    const november = ['2026/11/20/u.00000.jsonl', '2026/11/21/u.00001.jsonl'];
    expect(await find('2026/11/*/*.jsonl')).toEqual(november);
    expect(await find('2026/1[01]')).toEqual(november);
    expect(await find('**/u.0000{0,1}.*')).toEqual(november);
    expect(await find('[1].jsonl')).toEqual(['[1].jsonl']);
  });

  it('follows links given as arguments, and inside folders neither in circles nor twice', async () => {
    const folder = folderOf('data/u.00000.jsonl');
    symlinkSync('..', join(folder, 'data/up'));
    symlinkSync('u.00000.jsonl', join(folder, 'data/v.00000.jsonl'));
    symlinkSync('data', join(folder, 'link'));
    expect(await findInputs([join(folder, 'data')])).toEqual([join(folder, 'data/u.00000.jsonl')]);
    expect(await findInputs([join(folder, 'link')])).toEqual([join(folder, 'link/u.00000.jsonl')]);
    expect(await findInputs([`${folder}/**`])).toEqual([join(folder, 'data/u.00000.jsonl')]);
    symlinkSync('self', join(folder, 'self'));
    await expect(findInputs([join(folder, 'self')])).rejects.toMatchObject({ code: 'ELOOP' });
  });

  it('reports a missing path before it reads anything', async () => {
    const folder = folderOf('a.jsonl', 'empty/README');
    const missing = join(folder, 'missing.jsonl');
    const rejects = async (path: string, message: string) =>
      expect(
        await collect(openInputs([join(folder, 'a.jsonl'), path], { onProblem: () => expect.unreachable() })),
      ).toEqual({
        items: [],
        error: expect.objectContaining({ name: 'ArchiveInputError', message: expect.stringContaining(message) }),
      });
    await rejects(missing, `read archive ${missing}: no such file or directory (ENOENT)`);
    await rejects(join(folder, 'empty'), 'empty: no archive in this folder (*.jsonl, *.jsonl.zst, *.tar');
    await rejects(join(folder, 'x*'), 'x*: no archive matches this pattern');
  });
});

describe('openInputs', () => {
  const files = {
    '2026/11/20/u.00000.jsonl.zst': TWO_ZST,
    'notes.txt': Buffer.from('not an archive'),
    [`2026/11/20/${'long/'.repeat(20)}v.00000.jsonl`]: ONE,
    '2026/11/20/w.00000.jsonl': Buffer.alloc(0),
  };
  const [first = '', , long = ''] = Object.keys(files);

  it.each(['gnu', 'posix', 'ustar'])('reads members of %s tars, for every compression', async (format) => {
    for (const [ending, packed] of Object.entries(await packings(tar(files, `--format=${format}`)))) {
      const path = join(tempFolder(), `x${ending}`);
      writeFileSync(path, packed);
      const expected = (name: string) => ({
        rows: [`${name}:${first} 3`, `${name}:${long} 1`, `${name}:${long} 2`],
        problems: [],
        passedOver: [`${name}:notes.txt`],
      });
      expect(await all([path])).toEqual(expected(path));
      expect(await all(['-'], { stdin: chunks(packed, 777) })).toEqual(expected('standard input'));
    }
  });

  it('recognises files with other names by their content', async () => {
    const folder = tempFolder();
    const contents = { a: ONE, b: TWO_ZST, c: tar({ 'm.jsonl': TWO }) };
    for (const [name, content] of Object.entries(contents)) writeFileSync(join(folder, name), content);
    const { rows, problems } = await all(['a', 'b', 'c'].map((name) => join(folder, name)));
    expect(problems).toEqual([]);
    expect(rows.map((row) => relative(folder, row))).toEqual(['a 1', 'a 2', 'b 3', 'c:m.jsonl 3']);
    expect((await all(['-'], { stdin: chunks(Buffer.alloc(0)) })).rows).toEqual([]);
  });

  it('reads small archives ahead of time, but not large, uncompressed or damaged ones', async () => {
    const folder = tempFolder();
    const newlines = await compressFrame(Buffer.alloc(1024 * 1024, '\n'));
    const contents = {
      'a.jsonl.zst': TWO_ZST,
      'b.jsonl.zst': TWO_ZST,
      'long.jsonl.zst': Buffer.concat(Array.from({ length: 5 }, () => newlines)),
      'cut.jsonl.zst': TWO_ZST.subarray(0, -1),
      'plain.jsonl': ONE,
    };
    const paths = Object.entries(contents).map(([name, content]) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    });
    const problems: ArchiveInputError[] = [];
    const onProblem = (error: ArchiveInputError): void => void problems.push(error);
    const read: string[] = [];
    for await (const { path, source } of openInputs(paths, { onProblem })) {
      // A deleted file does not matter: its content is in memory.
      rmSync(folder, { recursive: true, force: true });
      for await (const _ of readRecords(source, { onProblem })) read.push(relative(folder, path));
    }
    expect(read).toEqual(['a.jsonl.zst', 'b.jsonl.zst']);
    expect(problems.map(({ code, path }) => [code, relative(folder, path)])).toEqual(
      ['long.jsonl.zst', 'cut.jsonl.zst', 'plain.jsonl'].map((name) => ['ENOENT', name]),
    );
  });

  it('continues with the next member after a damaged one', async () => {
    const bad = Buffer.from(TWO_ZST);
    bad[bad.length - 1] = (bad.at(-1) ?? 0) ^ 1;
    const path = join(tempFolder(), 'x.tar');
    writeFileSync(path, tar({ 'a.jsonl.zst': bad, 'b.jsonl': Buffer.from(`x\n${record(7)}`), 'c.jsonl.zst': TWO_ZST }));
    const { rows, problems } = await all([path]);
    expect(rows).toEqual([`${path}:b.jsonl 7`, `${path}:c.jsonl.zst 3`]);
    expect(problems.map(({ code, line, path: where }) => [code, line, where])).toEqual([
      ['ERR_CHECKSUM', undefined, `${path}:a.jsonl.zst`],
      ['ERR_JSON', 1, `${path}:b.jsonl`],
    ]);
  });

  it('skips members that the caller does not read, or not completely', async () => {
    const path = join(tempFolder(), 'x.tar');
    writeFileSync(
      path,
      tar({ 'a.jsonl': Buffer.alloc(100_000, record(1)), 'b.jsonl': Buffer.alloc(100_000, record(1)), 'c.jsonl': TWO }),
    );
    const seen: string[] = [];
    for await (const archive of openInputs([path]) as AsyncIterable<Archive>) {
      seen.push(relative(path, archive.path));
      if (archive.path.endsWith('b.jsonl')) for await (const _ of readRecords(archive.source)) break;
    }
    expect(seen.map((each) => each.slice(-7))).toEqual(['a.jsonl', 'b.jsonl', 'c.jsonl']);
  });

  it('returns everything before a cut, and reports the cut once', async () => {
    const plain = tar({ 'a.jsonl': ONE, 'b.jsonl.zst': TWO_ZST });
    const whole = (await all(['-'], { stdin: chunks(plain) })).rows;
    expect(whole).toHaveLength(3);
    for (const [ending, packed] of Object.entries(await packings(plain))) {
      const path = join(tempFolder(), `x${ending}`);
      await fc.assert(
        fc.asyncProperty(fc.nat(packed.length - 1), async (cut) => {
          writeFileSync(path, packed.subarray(0, cut));
          const { rows, problems } = await all([path]);
          expect(rows).toEqual(whole.map((row) => row.replace('standard input', path)).slice(0, rows.length));
          // Missing zeros and a checksum after the end mark need not be reported.
          if (rows.length < whole.length) expect(problems.length).toBeGreaterThan(0);
          expect(problems.filter(({ line }) => line === undefined).length).toBeLessThanOrEqual(1);
          expect(problems.length).toBeLessThanOrEqual(2);
        }),
        { numRuns: 60 },
      );
    }
  });

  it('rejects an extended header that would exhaust memory', async () => {
    const header = tar({ 'a.jsonl': ONE }, '--format=gnu').subarray(0, 512);
    header.write('L', 156);
    header.write('77777777777\0', 124);
    header.fill(' ', 148, 156);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    const { rows, problems } = await all(['-'], { stdin: chunks(Buffer.concat([header, ONE])) });
    expect(rows).toEqual([]);
    expect(problems.map(({ message }) => message)).toEqual([
      'read archive standard input: damaged: tar at byte 0: an extended header of 8589934591 bytes',
    ]);
  });
});
