import { describe, expect, it } from 'vitest';
import { CHART_KEYS, chartAction } from '../../../web/charts/chart-keys.js';

const RANGE = { fromMs: 1000, untilMs: 13_000 };

describe('keys of a chart', () => {
  it('move the cursor within the range, at first from its end', () => {
    expect(chartAction('ArrowLeft', false, RANGE, undefined)).toEqual({ kind: 'cursor', timeMs: 12_900 });
    expect(chartAction('ArrowLeft', true, RANGE, 5000)).toEqual({ kind: 'cursor', timeMs: 4000 });
    expect(chartAction('ArrowRight', false, RANGE, 13_000)).toEqual({ kind: 'cursor', timeMs: 13_000 });
    expect(chartAction('Home', false, RANGE, 5000)).toEqual({ kind: 'cursor', timeMs: 1000 });
  });

  it('zoom around the cursor', () => {
    expect(chartAction('+', false, RANGE, 5000)).toEqual({ kind: 'range', range: { fromMs: 3000, untilMs: 9000 } });
    expect(chartAction('-', false, RANGE, 5000)).toEqual({ kind: 'range', range: { fromMs: -3000, untilMs: 21_000 } });
  });

  it('cut the range at the cursor, but leave no empty one', () => {
    expect(chartAction('[', false, RANGE, 5000)).toEqual({ kind: 'range', range: { fromMs: 5000, untilMs: 13_000 } });
    expect(chartAction(']', false, RANGE, 5000)).toEqual({ kind: 'range', range: { fromMs: 1000, untilMs: 5000 } });
    expect(chartAction('[', false, RANGE, undefined)).toBeUndefined();
  });

  it('do nothing else', () => {
    expect(chartAction('f', false, RANGE, 5000)).toBeUndefined();
  });

  it('are all listed', () => {
    const listed = CHART_KEYS.flatMap(({ keys }) => keys.split(' '));
    const names = new Map([
      ['←', 'ArrowLeft'],
      ['→', 'ArrowRight'],
    ]);
    for (const key of listed) {
      expect(chartAction(names.get(key) ?? key, false, RANGE, 5000), key).toBeDefined();
    }
    expect(listed).toHaveLength(9);
  });
});
