import { describe, expect, it } from 'vitest';
import type { OverviewJson, OverviewSecondJson } from '../../../live/wire/index.js';
import {
  hasHole,
  joinOverview,
  seriesOf,
  sharesOf,
  shownRange,
  totalsWithin,
} from '../../../web/overview/overview-history.js';

const START = Date.UTC(2026, 10, 28, 19, 5);

function second(n: number, values: Partial<OverviewSecondJson> = {}): OverviewSecondJson {
  const zeros = { open: 0, opened: 0, closed: 0, sentBytes: 0, receivedBytes: 0, retransmittedBytes: 0, limitedUs: {} };
  return { time: new Date(START + 1000 * n).toISOString(), ...zeros, ...values };
}

function answer(...seconds: readonly OverviewSecondJson[]): OverviewJson {
  return { windowUs: 900e6, widthUs: 1e6, seconds };
}

describe('the history of all connections', () => {
  it('takes over news, and replaces seconds that it has', () => {
    const first = joinOverview(undefined, answer(second(0), second(1, { open: 1 })));
    const next = joinOverview(first, answer(second(1, { open: 2 }), second(2, { open: 3 })));
    expect(next.parts.map(({ open }) => open)).toEqual([0, 2, 3]);
    expect(joinOverview(next, answer()).parts).toEqual(next.parts);
  });

  it('drops what is older than it keeps', () => {
    const all = answer(...Array.from({ length: 10 }, (_, n) => second(n, { open: n })));
    expect(joinOverview(undefined, all, 3000).parts.map(({ open }) => open)).toEqual([7, 8, 9]);
  });

  it('notices that seconds are missing', () => {
    const known = joinOverview(undefined, answer(second(0)));
    expect(hasHole(known, answer(second(1)))).toBe(false);
    expect(hasHole(known, answer(second(2)))).toBe(false);
    expect(hasHole(known, answer(second(3)))).toBe(true);
    expect(hasHole(undefined, answer(second(3)))).toBe(false);
    expect(hasHole(known, answer())).toBe(false);
  });

  it('has values per second, also of wider parts', () => {
    const parts = [second(0, { sentBytes: 500, retransmittedBytes: 50, opened: 20 }), second(10)];
    const series = seriesOf({ widthMs: 10_000, parts });
    expect(series.sent).toEqual([50, 0]);
    expect([series.opened, series.widthSec]).toEqual([[20, 0], 10]);
    expect(series.retransmitted).toEqual([0.1, null]);
    expect(series.timesMs).toEqual([START, START + 10_000]);
    expect(series.endMs).toBe(START + 20_000);
  });

  it('has shares of causes without idleness', () => {
    expect(sharesOf({ idle: 900, cwnd: 75, loss: 25 })).toMatchObject({ cwnd: 0.75, loss: 0.25, rwnd: 0 });
    expect(sharesOf({ idle: 900 })).toBeNull();
    const { shares } = seriesOf({ widthMs: 1000, parts: [second(0, { limitedUs: { cwnd: 10 } }), second(1)] });
    expect([shares.cwnd, shares.loss]).toEqual([
      [1, null],
      [0, null],
    ]);
  });

  it('is shown over a minute at least, and 15 minutes at most', () => {
    const range = (seconds: number) => {
      const { fromMs, untilMs } = shownRange({ timesMs: [0], endMs: 1000 * seconds }, false);
      return (untilMs - fromMs) / 1000;
    };
    expect([1, 60, 61, 130, 301, 5000].map(range)).toEqual([60, 60, 120, 300, 900, 900]);
    expect(shownRange({ timesMs: [7], endMs: 9e9 }, true)).toEqual({ fromMs: 7, untilMs: 9e9 });
  });
});

describe('sums of a time', () => {
  const series = seriesOf(
    joinOverview(
      undefined,
      answer(
        second(0, { sentBytes: 10, receivedBytes: 1, opened: 3, limitedUs: { peer: 900, idle: 5000 } }),
        second(1, { sentBytes: 20, receivedBytes: 2, opened: 1, closed: 2, limitedUs: { loss: 9000, peer: 100 } }),
        second(2, { sentBytes: 40 }),
      ),
    ),
  );

  it('weigh causes by their time, and leave idleness out', () => {
    expect(totalsWithin(series, { fromMs: START, untilMs: START + 3000 })).toMatchObject({
      ...{ sentBytes: 70, receivedBytes: 3, opened: 4, closed: 2 },
      shares: { loss: 0.9, peer: 0.1 },
    });
  });

  it('are of the parts in a range', () => {
    expect(totalsWithin(series, { fromMs: START + 1000, untilMs: START + 2000 })).toMatchObject({ sentBytes: 20 });
    expect(totalsWithin(series, { fromMs: START + 2000, untilMs: START + 3000 }).shares).toBeNull();
  });
});
