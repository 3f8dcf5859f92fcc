import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  lacksRows,
  layoutList,
  MAX_HEIGHT_PX,
  ROWS_AROUND,
  scrollToRow,
  windowAround,
} from '../../../web/connections/row-range.js';

const list = fc
  .record({
    count: fc.oneof(fc.nat(200), fc.nat(12_000), fc.nat(3_000_000)),
    rowPx: fc.integer({ min: 20, max: 40 }),
    boxPx: fc.integer({ min: 40, max: 2000 }),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ part, ...rest }) => ({
    ...rest,
    scrollTop: Math.floor(part * Math.max(0, Math.min(rest.count * rest.rowPx, MAX_HEIGHT_PX) - rest.boxPx)),
  }));

describe('the rows in the document', () => {
  it('cover the box, with 20 to 25 more on each side, and lie where the box is', () => {
    fc.assert(
      fc.property(list, (given) => {
        const { count, rowPx, boxPx, scrollTop } = given;
        const { visible, shown, topPx, heightPx } = layoutList(given);
        expect(heightPx).toBeLessThanOrEqual(MAX_HEIGHT_PX);
        expect(shown.first).toBe(Math.max(0, shown.first));
        expect(visible.first - shown.first).toBeGreaterThanOrEqual(Math.min(ROWS_AROUND, visible.first));
        expect(visible.first - shown.first).toBeLessThan(ROWS_AROUND + 5);
        expect(shown.end - visible.end).toBeGreaterThanOrEqual(Math.min(ROWS_AROUND, count - visible.end));
        expect(shown.end - visible.end).toBeLessThan(ROWS_AROUND + 5);
        expect(shown.end).toBeLessThanOrEqual(count);
        // The visible rows fill the box, or are all that there are.
        const top = topPx + (visible.first - shown.first) * rowPx;
        expect(top).toBeLessThanOrEqual(scrollTop + 1e-3);
        expect(top + (visible.end - visible.first) * rowPx).toBeGreaterThanOrEqual(
          Math.min(scrollTop + boxPx, heightPx) - 1e-3,
        );
      }),
    );
  });

  it('reach from the first row to the last one, also in a list that is higher than browsers can show', () => {
    for (const count of [1, 10_000, 5_000_000]) {
      const base = { count, rowPx: 28, boxPx: 700 };
      expect(layoutList({ ...base, scrollTop: 0 }).visible.first).toBe(0);
      const { heightPx } = layoutList({ ...base, scrollTop: 0 });
      expect(layoutList({ ...base, scrollTop: Math.max(0, heightPx - 700) }).visible.end).toBe(count);
    }
  });

  it('have a row wholly in the box after it was scrolled to, and stay when it is there', () => {
    fc.assert(
      fc.property(list, fc.nat(), (given, wanted) => {
        fc.pre(given.count > 0 && given.boxPx >= given.rowPx);
        const index = wanted % given.count;
        const scrollTop = scrollToRow(given, index);
        const { visible, shown, topPx } = layoutList({ ...given, scrollTop });
        expect(index).toBeGreaterThanOrEqual(visible.first);
        expect(index).toBeLessThan(visible.end);
        const rowTop = topPx + (index - shown.first) * given.rowPx;
        const allowance = 1e-3;
        expect(rowTop).toBeGreaterThanOrEqual(scrollTop - allowance);
        expect(rowTop + given.rowPx).toBeLessThanOrEqual(scrollTop + given.boxPx + allowance);
        expect(scrollToRow({ ...given, scrollTop }, index)).toBeCloseTo(scrollTop, 3);
      }),
    );
  });
});

describe('the window that is asked for', () => {
  it('has the rows of the document, at most as many as a source streams', () => {
    fc.assert(
      fc.property(list, (given) => {
        const { visible, shown } = layoutList(given);
        const { offset, limit } = windowAround(visible);
        expect(limit).toBeLessThanOrEqual(1000);
        expect(lacksRows(shown, { first: offset, end: offset + limit })).toBe(false);
      }),
    );
  });
});
