import { describe, expect, it } from 'vitest';
import { formatThings } from '../../../view/chart/index.js';

describe('counted nouns', () => {
  it('use the singular for one and the plural otherwise', () => {
    expect([0, 1, 2, 12_345].map((count) => formatThings(count, 'snapshot'))).toEqual([
      '0 snapshots',
      '1 snapshot',
      '2 snapshots',
      '12,345 snapshots',
    ]);
    expect(formatThings(2, 'address', 'addresses')).toBe('2 addresses');
  });

  it('follow the number as shown', () => {
    expect(formatThings(0.9, 'packet')).toBe('1 packet');
  });
});
