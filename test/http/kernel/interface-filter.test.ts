import { expect, it } from 'vitest';
import { interfaceMatcher } from '../../../http/kernel/index.js';

it.each([
  [['eth0'], 'eth0', true],
  [['eth0'], 'eth01', false],
  [['eth*'], 'eth', true],
  [['eth*'], 'veth0', false],
  [['eth?', 'lo'], 'lo', true],
  [['eth?'], 'eth10', false],
  [['a.b'], 'a.b', true],
  [['a.b'], 'axb', false],
  [['a|b', '(x)', '[y]', 'q-z/1'], 'a|b', true],
  [['a|b'], 'a', false],
])('interfaces %j: %s is one of them: %s', (patterns, name, isMeant) => {
  expect(interfaceMatcher(patterns)(name)).toBe(isMeant);
});
