import { describe, expect, it } from 'vitest';
import { compileExpression, findUnit, UNITS } from '../../expression/index.js';
import { nameSaysUnit, OFFERED_UNITS } from '../../expression/units.js';
import { VOCABULARY } from './vocabulary.js';

const FIELD = { duration: 'rtt', bytes: 'sent', rate: 'send', ratio: 'loss' } as const;

describe('a unit', () => {
  it.each(UNITS.map((unit) => [unit.name, unit] as const))('%s is accepted for its dimension only', (name, unit) => {
    for (const [dimension, field] of Object.entries(FIELD)) {
      const compile = () => compileExpression(`${field} >= 2${name}`, VOCABULARY);
      if (dimension === unit.dimension) expect(compile).not.toThrow();
      else expect(compile).toThrow(/ is /);
    }
  });

  it('has one name in any case', () => {
    expect(new Set(UNITS.map(({ name }) => name.toLowerCase())).size).toBe(UNITS.length);
    expect(findUnit('MBIT/S')).toEqual({ name: 'Mbit/s', dimension: 'rate', factor: 125_000 });
    expect(findUnit('mb')?.factor).toBe(1e6);
    expect(findUnit('m')).toBeUndefined();
  });

  it('that errors offer exists', () => {
    for (const [dimension, names] of Object.entries(OFFERED_UNITS)) {
      for (const name of names) expect(findUnit(name)?.dimension).toBe(dimension);
    }
  });

  it.each<[string, string, boolean]>([
    ['rttUs', 'us', true],
    ['tcpi_rtt_us', 'us', true],
    ['rtt', 'us', false],
    ['status', 'us', false],
    ['lastDataSentMs', 'ms', true],
    ['rttUs', 'ms', false],
    ['wqueueBytes', 'B', true],
    ['goodputBytesPerSec', 'B/s', true],
    ['goodputBytesPerSec', 's', false],
    ['send_bytes_per_sec', 'B/s', true],
  ])('in the name %s: %s %s', (name, unit, expected) => {
    expect(nameSaysUnit(name, unit)).toBe(expected);
  });
});
