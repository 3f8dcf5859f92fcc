import { describe, expect, it } from 'vitest';
import { BootPrefixError, uuidPrefix } from '../../host/boot-prefix.js';

const STAT = 'cpu  1 2 3\nctxt 5\nbtime 1795217000\nprocesses 7\n';

describe('uuidPrefix', () => {
  it('consists of the name and the boot time in seconds', () => {
    expect(uuidPrefix('ndt-x7k2p', { stat: STAT })).toBe('ndt-x7k2p_1795217000');
  });

  it('contains digits of the boot id if given', () => {
    const bootId = '9f3c21ab-41ae-4c3a-8f0e-6a2c6c1f3e55\n';
    expect(uuidPrefix('localhost', { stat: STAT, bootId })).toBe('localhost-9f3c21ab_1795217000');
  });

  it.each(['', 'a/b', '.hidden', 'with space', 'ä', 'new\nline', 'x'.repeat(151)])('refuses the name %j', (name) => {
    expect(() => uuidPrefix(name, { stat: STAT })).toThrow(BootPrefixError);
  });

  it('rejects an unknown boot', () => {
    expect(() => uuidPrefix('x', { stat: 'cpu 1\n' })).toThrow('btime is missing');
    expect(() => uuidPrefix('x', { stat: STAT, bootId: '' })).toThrow('not a UUID');
  });
});
