import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { makeArchives } from '../support/many-archives.js';
import { it } from '../support/run.js';
import { tempFolder } from '../support/temp.js';

const COMMAND = join(import.meta.dirname, '../../dist/cmd/tcp-info/export/command.js');

/** Runs the built command with this number of threads. */
function exportOn(threads: number, args: readonly string[]): { code: number | null; stdout: string; stderr: string } {
  const program = `const { runExport } = await import(${JSON.stringify(COMMAND)});
    const { stdout, stderr, argv } = process;
    const signals = { onShutdown: () => undefined };
    process.exitCode = await runExport({ args: argv.slice(1), stdout, stderr, signals }, ${threads});`;
  const run = ['--input-type=module', '-e', program, '--', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, run, { encoding: 'utf8', maxBuffer: 1 << 28 });
  return { code: status, stdout, stderr };
}

describe('tcp-info export on several cores', () => {
  it.each([
    ['--format=csv', '--columns=uuid,timestamp,idiag_cookie,tcpi_rtt,dropped', '--every=10s'],
    ['--format=jsonl', '--derive', '--columns=uuid,timestamp,tcpi_rtt,interval_us'],
    ['--format=etl'],
  ])('writes the same as on one core: %s', async (...flags) => {
    const folder = tempFolder();
    await makeArchives(folder, 400, true);
    const one = exportOn(1, [...flags, folder]);
    expect(one.code).toBe(3);
    expect(one.stderr).toMatch(/in all: 4 lines skipped\n$/);
    expect(one.stdout.length).toBeGreaterThan(10_000);
    const two = exportOn(2, [...flags, folder]);
    expect(untimed(two.stdout)).toBe(untimed(one.stdout));
    expect({ code: two.code, stderr: two.stderr }).toEqual({ code: one.code, stderr: one.stderr });
  });

  it('reads long windows on each thread on request', async ({ folder }) => {
    await makeArchives(folder, 400, false);
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.zst')) continue;
      const path = join(folder, name);
      const frames = readFileSync(path);
      // The first frame has a window of 256 MiB.
      frames.writeUInt8(0x90, 5);
      writeFileSync(path, frames);
    }
    const flags = ['--columns=uuid', '--max-window=256MiB', folder];
    const two = exportOn(2, flags);
    expect({ code: two.code, stderr: two.stderr }).toEqual({ code: 0, stderr: '' });
    expect(two.stdout).toBe(exportOn(1, flags).stdout);
    expect(exportOn(2, ['--columns=uuid', folder]).code).toBe(3);
  });

  it('stops at the first damage with --strict', async ({ folder }) => {
    await makeArchives(folder, 400, true);
    const strict = exportOn(2, ['--strict', '--columns=uuid', folder]);
    expect(strict.code).toBe(3);
    expect(strict.stderr.split('\n')[0]).toMatch(/line is not JSON$/);
  });
});

/** Removes the parse time from M-Lab's rows. */
function untimed(text: string): string {
  return text.replaceAll(/"(Time|time)":"[^"]*"/g, '');
}
