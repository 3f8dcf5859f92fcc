import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { encodeRecord, ZERO_TIMESTAMP } from '../../parse/index.js';
import { compressFrame } from '../../zstd/index.js';
import { it } from '../support/run.js';

const CSVTOOL = join(import.meta.dirname, '../../dist/cmd/csvtool/main.js');
const RUN = join(import.meta.dirname, '../../dist/cmd/csvtool/run.js');

/** Runs the built program with so many threads. */
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

/** Archives of different lengths, in some folders; every hundredth is damaged if wanted. */
async function makeArchives(folder: string, count: number, damaged = false): Promise<void> {
  const info = Buffer.alloc(232, 1);
  for (let i = 0; i < count; i++) {
    const uuid = `h_1_${i.toString(16).toUpperCase().padStart(16, '0')}`;
    const lines = [
      encodeRecord({ timestamp: ZERO_TIMESTAMP, metadata: { uuid, sequence: 0, startTime: ZERO_TIMESTAMP } }),
    ];
    const rawIdm = Buffer.alloc(72);
    rawIdm.writeUInt32LE(i, 60);
    for (let n = 0; n < (i * 37) % 200; n++) {
      lines.push(
        encodeRecord({ timestamp: `2026-11-20T23:28:03.${1000 + n}Z`, rawIdm, attributes: [null, null, info] }),
      );
    }
    if (damaged && i % 100 === 50) lines.push('damaged\n');
    const day = join(folder, `2026/11/${10 + (i % 7)}`);
    mkdirSync(day, { recursive: true });
    writeFileSync(join(day, `${uuid}.00000.jsonl.zst`), await compressFrame(Buffer.from(lines.join(''))));
  }
}

describe('csvtool on several cores', () => {
  it('writes what it writes on one', async ({ folder }) => {
    await makeArchives(folder, 600);
    const one = csvtool(1, [folder]);
    expect(one).toMatchObject({ code: 0, stderr: '' });
    expect(one.stdout.split('\n').length).toBeGreaterThan(50_000);
    for (const threads of [2, 3]) expect(csvtool(threads, [folder])).toEqual(one);
    expect(execFileSync(process.execPath, [CSVTOOL, folder], { encoding: 'utf8', maxBuffer: 1 << 28 })).toBe(
      one.stdout,
    );
  });

  it('tells of damage in the order of the files, and stops at the first if strict', async ({ folder }) => {
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

  it('ends silently when nobody reads any more', async ({ folder }) => {
    await makeArchives(folder, 600);
    const shell = `${process.execPath} ${CSVTOOL} ${folder} | head -n 2; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', shell], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.split('\n').slice(2)).toEqual(['0', '']);
  });
});
