import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ArchiveInputError, openInputs, readRecords } from '../../../archive/input/index.js';
import { tempFolder } from '../../support/temp.js';

const RECORD = '{"Timestamp":"2026-11-20T23:28:03.1Z","RawIDM":"AAAA"}\n';

async function problemsOf(path: string): Promise<ArchiveInputError[]> {
  const problems: ArchiveInputError[] = [];
  const onProblem = (error: ArchiveInputError): void => void problems.push(error);
  for await (const { source } of openInputs([path], { onProblem })) {
    for await (const _ of readRecords(source, { onProblem }));
  }
  return problems;
}

describe('an unsupported compression', () => {
  it.each([
    ['xz', 'fd377a585a00', 'xz -dc'],
    ['bzip2', '425a6839314159265359', 'bzip2 -dc'],
    ['bzip2', '425a683917724538509000000000', 'bzip2 -dc'],
    ['zip', '504b03041400', 'unzip -p'],
    ['7z', '377abcaf271c', '7z x -so'],
    ['lz4', '04224d186440', 'lz4 -dc'],
  ])('is reported by name: %s', async (name, start, command) => {
    const folder = tempFolder();
    for (const file of ['a.jsonl', 'a.jsonl.zst', `a.jsonl.${name}`, 'a.tgz', 'a.tar', 'a.tar.zst', `a.tar.${name}`]) {
      const path = join(folder, file);
      writeFileSync(path, Buffer.concat([Buffer.from(start, 'hex'), Buffer.alloc(1000, 7)]));
      expect((await problemsOf(path)).map(({ code, message }) => [code, message])).toEqual([
        [
          'ERR_UNSUPPORTED',
          `read archive ${path}: packed with ${name}, which is not supported: unpack it first, for instance with ${command}`,
        ],
      ]);
    }
  });

  it('is not assumed from the file name', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'BZh9.jsonl'), RECORD);
    const path = join(folder, 'x.tar');
    execFileSync('tar', ['-C', folder, '-cf', path, 'BZh9.jsonl']);
    expect(await problemsOf(path)).toEqual([]);
  });
});
