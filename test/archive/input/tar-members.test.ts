import { execFileSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  linkSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ArchiveInputError, openInputs, Problems, readRecords } from '../../../archive/input/index.js';
import { tempFolder } from '../../support/temp.js';

const record = (n: number): string => `{"Timestamp":"2026-11-20T23:28:03.${n}Z","RawIDM":"AAAA"}\n`;

/** Reads paths and timestamp fractions of all records, and problems. */
async function read(path: string): Promise<{ rows: string[]; problems: ArchiveInputError[] }> {
  const rows: string[] = [];
  const problems: ArchiveInputError[] = [];
  const onProblem = (error: ArchiveInputError): void => void problems.push(error);
  for await (const { path: where, source } of openInputs([path], { onProblem })) {
    for await (const each of readRecords(source, { onProblem })) {
      rows.push(`${where.slice(path.length + 1)} ${each.record.timestamp.slice(20, -1)}`);
    }
  }
  return { rows, problems };
}

/** Packs files of a folder with the tar program. */
function pack(folder: string, names: readonly string[], ...options: readonly string[]): string {
  const out = join(tempFolder(), 'x.tar');
  execFileSync('tar', ['-C', folder, ...options, '-cf', out, ...names]);
  return out;
}

const WAYS: readonly { readonly options: readonly string[] }[] = [
  { options: ['--format=gnu'] },
  { options: ['--format=posix', '--sparse-version=0.0'] },
  { options: ['--format=posix', '--sparse-version=0.1'] },
  { options: ['--format=posix', '--sparse-version=1.0'] },
];

describe('a sparse member of a tar', () => {
  it.each(WAYS)('is read as written by tar -S $options', async ({ options }) => {
    const folder = tempFolder();
    const fd = openSync(join(folder, 'a.jsonl'), 'w');
    for (let i = 0; i < 40; i++) writeSync(fd, `${record(i)}`, i * 131_072);
    ftruncateSync(fd, 40 * 131_072);
    closeSync(fd);
    writeFileSync(join(folder, 'b.jsonl'), record(99));
    const sparse = pack(folder, ['a.jsonl', 'b.jsonl'], '-S', ...options);
    expect(statSync(sparse).size).toBeLessThan(1_000_000);
    const { rows, problems } = await read(sparse);
    const plain = await read(pack(folder, ['a.jsonl', 'b.jsonl'], ...options.slice(0, 1)));
    expect(rows).toEqual(plain.rows);
    expect(rows).toHaveLength(2);
    expect(problems.map(({ code, line }) => [code, line])).toEqual(
      plain.problems.map(({ code, line }) => [code, line]),
    );
    expect(problems.at(-1)?.line).toBe(41);
  });

  it('is read when its map has no holes', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'a.jsonl'), record(1) + record(2));
    const tar = readFileSync(pack(folder, ['a.jsonl'], '--format=gnu'));
    const bytes = Buffer.byteLength(record(1) + record(2));
    const octal = (value: number): string => `${value.toString(8).padStart(11, '0')}\0`;
    tar.write('S', 156);
    tar.write(octal(0) + octal(bytes) + octal(bytes) + octal(0), 386, 'latin1');
    tar.write(octal(bytes), 483, 'latin1');
    const path = join(folder, 'x.tar');
    writeFileSync(path, withChecksum(tar));
    expect(await read(path)).toEqual({ rows: ['a.jsonl 1', 'a.jsonl 2'], problems: [] });
    // A trailing hole of 8 GiB would take very long.
    tar.write(octal(8 ** 11 - 1), 483, 'latin1');
    writeFileSync(path, withChecksum(tar));
    const { problems } = await read(path);
    expect(problems).toMatchObject([{ code: 'ERR_CORRUPT', message: expect.stringContaining('holes beyond') }]);
    // A segment longer than the file.
    tar.write(octal(bytes - 1), 483, 'latin1');
    writeFileSync(path, withChecksum(tar));
    expect((await read(path)).problems).toMatchObject([{ code: 'ERR_CORRUPT' }]);
  });
});

/** Corrects the checksum of the first header. */
function withChecksum(tar: Buffer): Buffer {
  tar.fill(' ', 148, 156);
  const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return tar;
}

describe('a link in a tar', () => {
  it.each(['gnu', 'posix', 'ustar'])('with the name of an archive is a problem, in a %s tar', async (format) => {
    const folder = tempFolder();
    const long = format === 'ustar' ? 'b' : 'b'.repeat(150);
    writeFileSync(join(folder, `${long}.jsonl`), record(1));
    linkSync(join(folder, `${long}.jsonl`), join(folder, 'hard.jsonl'));
    symlinkSync(`${long}.jsonl`, join(folder, 'soft.jsonl.zst'));
    symlinkSync('nowhere', join(folder, 'notes.txt'));
    execFileSync('mkfifo', [join(folder, 'pipe.jsonl')]);
    const names = [`${long}.jsonl`, 'hard.jsonl', 'soft.jsonl.zst', 'notes.txt', 'pipe.jsonl'];
    const path = pack(folder, names, `--format=${format}`);
    const { rows, problems } = await read(path);
    expect(rows).toEqual([`${long}.jsonl 1`]);
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      ['ERR_LINK', `read archive ${path}:hard.jsonl: hard link to ${long}.jsonl in a tar: nothing is read`],
      ['ERR_LINK', `read archive ${path}:soft.jsonl.zst: symbolic link to ${long}.jsonl in a tar: nothing is read`],
      ['ERR_MEMBER', `read archive ${path}:pipe.jsonl: tar member of type "6": nothing is read`],
    ]);
    const counted = new Problems({});
    for (const problem of problems) counted.report(problem);
    expect(counted.exitCode).toBe(3);
  });
});
