import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { IMAGE, runToEnd } from './container.js';

/** Flags that match the init containers in deploy/kubernetes. */
const CONFINED = [
  ...['--network=none', '--read-only', '--cap-drop=ALL'],
  ...['--security-opt=no-new-privileges', '--memory=128m'],
];

const it = test.extend<{ readonly folder: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the pattern
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'tcp-info-init-'));
    try {
      await use(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});

describe.skipIf(inject('skipReason') !== '')('an init step', () => {
  it('changes the owner of the folders and writes the prefix, as root with two capabilities', ({ folder }) => {
    const day = join(folder, 'data', '2026', '11', '21');
    mkdirSync(day, { recursive: true });
    const rights = ['--cap-add=CHOWN', '--cap-add=DAC_READ_SEARCH', `--volume=${folder}:/mnt`];
    const flags = ['--folder=/mnt/data', '--owner=65534:65534', '--uuid-prefix-file=/mnt/prefix', '--name=node-1'];
    const { code, stdout, stderr } = runToEnd(...CONFINED, ...rights, IMAGE, 'prepare', ...flags);
    const boot = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1];
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `/mnt/data: 4 folders given to 65534:65534\n/mnt/prefix: node-1_${boot}\n`,
      stderr: '',
    });
    expect(statSync(day)).toMatchObject({ uid: 65534, gid: 65534 });
    expect(readFileSync(join(folder, 'prefix'), 'utf8')).toBe(`node-1_${boot}`);
  });

  it('with the doctor succeeds although it has no rights', ({ folder }) => {
    chownSync(folder, 65534, 65534);
    const words = ['--user=65534', `--volume=${folder}:/home`, IMAGE, 'doctor', '--json'];
    const { code, stdout } = runToEnd(...CONFINED, ...words);
    const { checks } = JSON.parse(stdout) as { checks: { name: string; level: string; advice?: string }[] };
    expect(checks.filter(({ level }) => level === 'fail')).toEqual([]);
    expect(code).toBe(0);
    for (const name of ['addon', 'compressor', 'sock-diag', 'destroy-events', 'output']) {
      expect(checks.find((check) => check.name === name)?.level, name).toBe('ok');
    }
    // Each warning has advice.
    expect(checks.filter(({ level, advice }) => level !== 'ok' && advice === undefined)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
