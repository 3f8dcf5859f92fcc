import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it as base, expect } from 'vitest';
import { readRights } from '../../../host/processes/read-rights.js';

const it = base.extend<{ readonly proc: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the pattern
  proc: async ({}, use) => {
    const proc = mkdtempSync(join(tmpdir(), 'tcp-info-rights-'));
    mkdirSync(join(proc, '1'));
    mkdirSync(join(proc, 'self'));
    await use(proc);
    rmSync(proc, { recursive: true });
  },
});

it('without anything that can be read there are no rights', ({ proc }) => {
  expect(readRights(proc)).toEqual({ mayTrace: false, seesOthers: false });
  expect(readRights(join(proc, 'missing'))).toEqual({ mayTrace: false, seesOthers: false });
});

it('a first process that can be read stands for all, without the capability', ({ proc }) => {
  symlinkSync('/sbin/init', join(proc, '1/exe'));
  writeFileSync(join(proc, 'self/status'), 'CapEff:\t0000000000000000\n');
  expect(readRights(proc)).toEqual({ mayTrace: false, seesOthers: true });
});

it('the effective capability counts, not the permitted one', ({ proc }) => {
  const status = (permitted: string, effective: string) =>
    writeFileSync(join(proc, 'self/status'), `Name:\tnode\nCapPrm:\t${permitted}\nCapEff:\t${effective}\n`);
  // All but CAP_SYS_RESOURCE.
  status('000001fffeffffff', '000001fffeffffff');
  expect(readRights(proc)).toEqual({ mayTrace: true, seesOthers: true });
  status('000001fffeffffff', '0000000000000000');
  expect(readRights(proc)).toEqual({ mayTrace: false, seesOthers: false });
});
