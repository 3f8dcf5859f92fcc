import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { changesOf, MACHINE, type MachinePaths, readMachine } from './machine-state.js';
import { tempFolder } from './temp.js';

function setUp() {
  const folder = tempFolder();
  const [device, variable, names] = ['device', 'variable', 'names'].map((name) => join(folder, name));
  if (device === undefined || variable === undefined || names === undefined) throw new Error('three paths expected');
  writeFileSync(device, '', { mode: 0o600 });
  writeFileSync(variable, '4096\n');
  mkdirSync(names);
  writeFileSync(join(names, 'lo'), '');
  const paths: MachinePaths = { devices: [device], variables: [variable], listings: [{ folder: names, names: /^l/ }] };
  return { device, variable, names, paths };
}

it('an unchanged machine has no changes', () => {
  const { names, paths } = setUp();
  const before = readMachine(paths);
  writeFileSync(join(names, 'other'), '');
  expect(changesOf(before, readMachine(paths))).toEqual([]);
});

it('a changed device, variable and name are each reported', () => {
  const { device, variable, names, paths } = setUp();
  const before = readMachine(paths);
  chmodSync(device, 0o644);
  writeFileSync(variable, '1\n');
  writeFileSync(join(names, 'left'), '');
  const changes = changesOf(before, readMachine(paths));
  expect(changes).toHaveLength(3);
  expect(changes[0]).toMatch(/device was "mode 100600 owner .*" and is "mode 100644 owner /);
  expect(changes[1]).toMatch(/variable was "4096" and is "1"$/);
  expect(changes[2]).toMatch(/names was "lo" and is "left lo"$/);
  rmSync(device);
  expect(changesOf(before, readMachine(paths))[0]).toMatch(/and is "ENOENT"$/);
});

it('the real machine is read', () => {
  const state = readMachine(MACHINE);
  expect(state.get('/dev/null')).toMatch(/^mode 20666 owner 0:0 device 1:3$/);
  expect(Number(state.get('/proc/sys/net/core/somaxconn'))).toBeGreaterThan(0);
  expect(state.get('/sys/class/net')?.split(' ')).toContain('lo');
});
