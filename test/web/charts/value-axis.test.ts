import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantityText, valueAxis } from '../../../web/charts/value-axis.js';

describe('axis of values', () => {
  it.each([
    [12.5e6, 'rate', false, 'Mbit/s', ['0', '20', '40', '60', '80', '100']],
    [12.5e6, 'rate', true, 'MB/s', ['0', '5', '10', '15']],
    [39_000, 'duration', false, 'ms', ['0', '10', '20', '30', '40']],
    [2, 'count', false, '', ['0', '1', '2']],
    [0, 'bytes', false, 'B', ['0', '1']],
  ] as const)('up to %d of %s has round figures in one unit', (max, quantity, bytes, unit, labels) => {
    const axis = valueAxis(max, quantity, bytes, 5);
    expect(axis.unit).toBe(unit);
    expect(axis.ticks.map(({ label }) => label)).toEqual(labels);
  });

  it('reaches every value', () => {
    const max = fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 1e15, noNaN: true }));
    fc.assert(
      fc.property(
        max,
        fc.constantFrom('rate', 'bytes', 'duration', 'count', 'share'),
        fc.boolean(),
        (value, quantity, bytes) => {
          expect(valueAxis(value, quantity, bytes, 4).end).toBeGreaterThanOrEqual(value * (1 - 1e-9));
        },
      ),
    );
  });
});

describe('value of a chart in words', () => {
  it('has bits or bytes a second', () => {
    expect(quantityText(1.25e6, 'rate', false)).toBe('10 Mbit/s');
    expect(quantityText(1.25e6, 'rate', true)).toBe('1.25 MB/s');
    expect(quantityText(0, 'rate', true)).toBe('0');
    expect(quantityText(null, 'duration', false)).toBe('–');
  });

  it('has percent for shares, also below one', () => {
    const { unit, ticks } = valueAxis(0.0062, 'share', false, 3);
    expect(unit).toBe('%');
    expect(ticks.map(({ label }) => label)).toEqual(['0', '0.5', '1']);
    expect(ticks.map(({ value }) => value)).toEqual([0, 0.005, 0.01]);
    expect(quantityText(0.0062, 'share', false)).toBe('0.6 %');
  });
});
