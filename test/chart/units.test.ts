import { describe, expect, it } from 'vitest';
import { formatThings } from '../../chart/index.js';

describe('numbers of things', () => {
  it('have one thing, and several things', () => {
    expect([0, 1, 2, 12_345].map((count) => formatThings(count, 'snapshot'))).toEqual([
      '0 snapshots',
      '1 snapshot',
      '2 snapshots',
      '12,345 snapshots',
    ]);
    expect(formatThings(2, 'address', 'addresses')).toBe('2 addresses');
  });

  it('go by the number that is shown', () => {
    expect(formatThings(0.9, 'packet')).toBe('1 packet');
  });
});
