import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { makeArchives } from '../support/many-archives.js';
import { it } from '../support/run.js';

const CSVTOOL = join(import.meta.dirname, '../../dist/cmd/csvtool/main.js');
const RUN = join(import.meta.dirname, '../../dist/cmd/csvtool/run.js');

/** Runs the built program with this number of threads. */
function csvtool(threads: number, args: readonly string[]): { code: number | null; stdout: string; stderr: string } {
  const program = `const { run } = await import(${JSON.stringify(RUN)});
    const { stdin, stdout, stderr, argv } = process;
    process.exitCode = await run({ args: argv.slice(1), stdin, stdout, stderr, threads: ${threads} });`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', program, '--', ...args],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    },
  );
  return { code: status, stdout, stderr };
}

describe('csvtool on several cores', () => {
  it('writes the same as on one core', async ({ folder }) => {
    await makeArchives(folder, 600);
    const one = csvtool(1, [folder]);
    expect(one).toMatchObject({ code: 0, stderr: '' });
    expect(one.stdout.split('\n').length).toBeGreaterThan(50_000);
    for (const threads of [2, 3]) expect(csvtool(threads, [folder])).toEqual(one);
    expect(execFileSync(process.execPath, [CSVTOOL, folder], { encoding: 'utf8', maxBuffer: 1 << 28 })).toBe(
      one.stdout,
    );
  });

  it('reports damage in the order of the files, and stops at the first with -strict', async ({ folder }) => {
    await makeArchives(folder, 600, true);
    const one = csvtool(1, [folder]);
    expect(one.code).toBe(3);
    expect(one.stderr).toMatch(
      /^(csvtool: read archive \S+, line \d+: line is not JSON\n){6}csvtool: in all: 6 lines skipped\n$/,
    );
    expect(csvtool(2, [folder])).toEqual(one);
    const strict = csvtool(1, ['-strict', folder]);
    expect(strict.code).toBe(3);
    expect(strict.stderr).toBe(one.stderr.slice(0, one.stderr.indexOf('\n') + 1));
    expect(csvtool(2, ['-strict', folder])).toEqual(strict);
  });

  it('ends silently when the reader closes the pipe', async ({ folder }) => {
    await makeArchives(folder, 600);
    const shell = `${process.execPath} ${CSVTOOL} ${folder} | head -n 2; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', shell], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.split('\n').slice(2)).toEqual(['0', '']);
  });
});
