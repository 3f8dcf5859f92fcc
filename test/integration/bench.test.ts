import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import { it } from '../support/lab.js';
import { haveLoad } from '../support/load.js';
import { havePrograms } from '../support/programs.js';
import { unfitForSanitizers } from '../support/sanitizers.js';

const MAIN = resolve(import.meta.dirname, '../../bench/main.mjs');
const SHORT = ['--pairs=1', '--seconds=1', '--warm-up=1'];
const run = promisify(execFile);

interface Results {
  readonly scenarios: readonly {
    readonly name: string;
    readonly samples: readonly Readonly<Record<string, number | string>>[];
  }[];
}

// The benchmark gives its collectors no environment, and so no sanitizer.
const here =
  haveLoad('the benchmark') &&
  havePrograms('the benchmark', 'ss', 'curl') &&
  !unfitForSanitizers('the benchmark', 'is not loaded into its collectors, and blocks curl');

describe.skipIf(!here)('the benchmark', () => {
  it('measures every contender on the same load, and leaves nothing behind', async ({ lab }) => {
    const json = join(lab.folder, 'bench.json');
    const page = join(lab.folder, 'page.md');
    writeFileSync(page, 'before\n<!-- bench -->\n<!-- /bench -->\nafter\n');
    const args = ['--scenario=20/5,50/s', ...SHORT, '--peer=sleep 1000', `--json=${json}`, `--work=${lab.folder}`];
    const { stdout } = await run(process.execPath, [MAIN, ...args]);
    const { scenarios } = JSON.parse(readFileSync(json, 'utf8')) as Results;
    expect(scenarios.map(({ name }) => name)).toEqual(['20/5', '50/s']);
    for (const { samples } of scenarios) {
      expect(samples.map(({ contender }) => contender)).toEqual([
        ...['floor, one walk', 'floor, two walks', 'tcp-info', 'ss -tin', 'peer sleep'],
      ]);
      for (const { error, beatMs, cores } of samples) {
        expect(error).toBeUndefined();
        expect(beatMs).toBeGreaterThan(0);
        expect(cores).toBeGreaterThanOrEqual(0);
      }
    }
    const [held, closing] = scenarios.map(({ samples }) => samples[2]);
    expect(held?.['recordsPerSecond']).toBeGreaterThan(0);
    expect(held?.['bytesPerRecord']).toBeGreaterThan(0);
    // Exactly the opened and closed connections are recorded.
    expect(closing).toMatchObject({ connections: 100, final: 100, missing: 0, wrong: 0, leftOver: 0, lostEvents: 0 });
    expect(stdout).toContain('### 20 connections, 5 sending every 10 ms\n');

    const again = await run(process.execPath, [MAIN, `--from=${json}`, `--markdown=${page}`]);
    expect(again.stdout).toContain('| floor, one walk ');
    expect(readFileSync(page, 'utf8')).toBe(`before\n<!-- bench -->\n${again.stdout}<!-- /bench -->\nafter\n`);
    expect(readdirSync(lab.folder).filter((name) => name.startsWith('tcp-info-load-'))).toEqual([]);
  });

  it('continues without a failing contender, and reports it by its exit status', async ({ lab }) => {
    const json = join(lab.folder, 'bench.json');
    const args = ['--scenario=5/0', ...SHORT, '--no-ss', '--peer=false', `--json=${json}`];
    const failed = await run(process.execPath, [MAIN, ...args]).then(
      () => undefined,
      (error: { readonly code: number; readonly stdout: string }) => error,
    );
    expect(failed).toMatchObject({ code: 1, stdout: expect.stringContaining('peer false failed: peer false ended') });
    expect(failed?.stdout).toContain('| tcp-info ');
  });

  it.for([
    { args: ['--scenario=x'], says: '--scenario=x' },
    { args: ['--work=/nowhere/at/all'], says: '--work: /nowhere/at/all cannot be written to (ENOENT)' },
    { args: ['--from=/nowhere.json'], says: '--from=/nowhere.json: not a file of results' },
  ])('rejects $args before it measures anything', async ({ args, says }) => {
    const refused = run(process.execPath, [MAIN, ...args]);
    await expect(refused).rejects.toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(says) });
  });
});
