import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { counterBy, level, tally } from '../../metrics/by-label.js';

const FAMILY = { name: 'a_total', help: 'A.' };
const lines = async (registry: Registry): Promise<string[]> =>
  (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('cheap counters and gauges', () => {
  it('show their sum at each scrape', async () => {
    const registry = new Registry();
    const count = tally(registry, FAMILY);
    expect(await lines(registry)).toEqual(['a_total 0']);
    count.inc();
    count.inc(2.5);
    expect(await lines(registry)).toEqual(['a_total 3.5']);
    expect(await lines(registry)).toEqual(['a_total 3.5']);
    count.inc();
    expect(await lines(registry)).toEqual(['a_total 4.5']);
  });

  it('show zero for known labels, and other labels once they are used', async () => {
    const registry = new Registry();
    const count = counterBy<string>(registry, FAMILY, 'why', ['known']);
    expect(await lines(registry)).toEqual(['a_total{why="known"} 0']);
    count.inc('other', 2);
    count.inc('known');
    count.inc('other');
    expect(await lines(registry)).toEqual(['a_total{why="known"} 1', 'a_total{why="other"} 3']);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('never accept %s', (by) => {
    expect(() => tally(new Registry(), FAMILY).inc(by)).toThrow(RangeError);
    expect(() => counterBy<string>(new Registry(), FAMILY, 'why', []).inc('x', by)).toThrow(RangeError);
  });

  it('show the last value', async () => {
    const registry = new Registry();
    const gauge = level(registry, { name: 'a', help: 'A.' });
    expect(await lines(registry)).toEqual(['a 0']);
    gauge.set(7);
    gauge.set(-2);
    expect(await lines(registry)).toEqual(['a -2']);
  });
});
