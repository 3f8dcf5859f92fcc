import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITED_BY } from '../../../analysis/index.js';
import { History, type HistoryPlace, newHistoryPlace } from '../../../live/store/history.js';
import { CELL_COUNTERS, CELL_GAUGES, HistoryCells, type SecondSample } from '../../../live/store/history-cells.js';
import { LIMITS } from '../../../view/index.js';

interface Row {
  readonly history: HistoryPlace;
  /** All seconds that were added. */
  readonly added: SecondSample[];
}

const START = 1_795_217_280;

function newRow(): Row {
  return { history: newHistoryPlace(), added: [] };
}

interface SampleSpec {
  readonly second?: number;
  readonly grown?: number | null;
  readonly rttUs?: number | null;
  readonly limitedUs?: readonly number[];
  readonly state?: number;
}

/** Returns a second: the first counter and the first gauge are given, others follow from them. */
function sample({ second = START, grown = 0, rttUs = 100, limitedUs = [], state = 1 }: SampleSpec = {}): SecondSample {
  return {
    second,
    state,
    records: 1,
    gauges: CELL_GAUGES.map((_, i) => (rttUs === null ? null : rttUs + i)),
    grown: CELL_COUNTERS.map((_, i) => (grown === null ? null : grown * (i + 1))),
    limitedUs: Float64Array.from(LIMITED_BY, (_, i) => limitedUs[i] ?? 0),
  };
}

/** Creates a history with room for some seconds, and for a quarter as many bytes of merged cells. */
function setUp(seconds: number) {
  const evicted: number[] = [];
  const maxBytes = Math.ceil((seconds * HistoryCells.bytesPerCell(1)) / 0.75);
  const history = new History<Row>({ maxBytes, onEvicted: (count) => evicted.push(count) });
  const add = (row: Row, spec: SampleSpec): void => {
    row.added.push(sample(spec));
    history.add(row, sample(spec));
  };
  return { history, add, evicted, maxBytes };
}

/** Returns the sum of a counter's growth; null if none is known. */
function sumOf(values: readonly (number | null)[]): number | null {
  return values.reduce((sum, value) => (value === null ? sum : (sum ?? 0) + value), null);
}

describe('History', () => {
  it('has a cell for each second with a record, with its values', () => {
    const { history, add } = setUp(10);
    const row = newRow();
    expect([history.firstSecond(row), history.cells(row, 0, 1e6), history.bytes]).toEqual([undefined, [], 0]);
    add(row, { second: START, grown: 5, rttUs: 300, state: 1 });
    add(row, { second: START + 3, grown: null, rttUs: null, state: 8 });
    const cells = history.cells(row, START * 1e6, 1e6);
    expect(cells.map(({ startUs }) => startUs)).toEqual([0, 3e6]);
    const [first, second] = cells.map(({ value }) => value);
    expect(first).toMatchObject({ snapshots: 1, state: 1, entered: [1], endUs: (START + 1) * 1e6 });
    expect(first?.grown).toEqual({ bytesSent: 5, bytesAcked: 10, bytesReceived: 15, totalRetrans: 20 });
    expect(first?.gauges.rttUs.extent).toEqual({ first: 300, low: 300, high: 300, last: 300 });
    expect(first?.gauges.windowBytes.extent?.last).toBe(304);
    expect(second).toMatchObject({ state: 8, entered: [8] });
    expect(second?.grown.bytesSent).toBeNull();
    expect(second?.gauges.rttUs.extent).toBeUndefined();
    expect([history.firstSecond(row), history.hasMerged(row)]).toEqual([START, false]);
  });

  it('clips gauges to 32 bits', () => {
    const { history, add } = setUp(10);
    const row = newRow();
    add(row, { rttUs: 2 ** 40 });
    expect(history.cells(row, START * 1e6, 1e6)[0]?.value.gauges.rttUs.extent?.last).toBe(2 ** 32 - 2);
  });

  it('merges the oldest seconds into ten with smallest, largest and last value', () => {
    const { history, add, evicted } = setUp(5);
    const row = newRow();
    const times = [500, 100, 900, 300, 200, 700, 600, 400];
    for (const [i, rttUs] of times.entries()) add(row, { second: START + i, grown: 1 + i, rttUs });
    expect(history.hasMerged(row)).toBe(true);
    const [cell] = history.cells(row, START * 1e6, 1e7);
    expect(cell?.value.gauges.rttUs.extent).toMatchObject({ low: 100, high: 900, last: 400 });
    expect(cell?.value).toMatchObject({ snapshots: 8, grown: { bytesSent: 36 }, endUs: (START + 8) * 1e6 });
    // The last one of three seconds that are one cell.
    expect(history.roundTrips(row, START)).toEqual([900, 300, 200, 700, 600, 400]);
    expect(evicted).toEqual([]);
  });

  it('counts the seconds that go for want of memory', () => {
    const { history, add, evicted } = setUp(5);
    const [row, other] = [newRow(), newRow()];
    for (const i of [0, 2, 3]) add(row, { second: START + i });
    for (let i = 20; i < 25; i++) add(other, { second: START + i });
    expect(evicted).toEqual([]);
    // There is room for one merged cell, which now is another row's: four seconds go.
    add(other, { second: START + 30 });
    expect(evicted).toEqual([4]);
    expect(history.firstSecond(row)).toBeUndefined();
    history.forget(other);
    for (let i = 40; i < 46; i++) add(row, { second: START + i });
    // Those of forgotten rows do not count.
    expect(evicted).toEqual([4]);
  });

  it('drops cells that ended before a second', () => {
    const { history, add, evicted } = setUp(5);
    const row = newRow();
    for (let i = 0; i < 14; i++) add(row, { second: START + i });
    const { bytes } = history;
    history.expire(START + 10);
    expect(history.firstSecond(row)).toBe(START + 10);
    expect(history.bytes).toBeLessThan(bytes);
    history.expire(START + 13);
    expect(history.firstSecond(row)).toBe(START + 13);
    history.expire(START + 14);
    expect([history.firstSecond(row), history.bytes, evicted]).toEqual([undefined, 0, []]);
  });

  it('forgets a row: its cells are no longer its, and are not merged', () => {
    const { history, add, evicted } = setUp(9);
    const [row, other] = [newRow(), newRow()];
    add(row, { second: START });
    add(row, { second: START + 1 });
    add(other, { second: START + 2 });
    history.forget(row);
    expect([history.firstSecond(row), history.roundTrips(row, 0), history.hasMerged(row)]).toEqual([
      undefined,
      [],
      false,
    ]);
    for (let i = 3; i < 100; i++) add(other, { second: START + i });
    expect(history.bytes).toBe(9 * HistoryCells.bytesPerCell(1) + 2 * HistoryCells.bytesPerCell(3));
    expect(evicted.every((count) => count === 10)).toBe(true);
  });

  it('spreads time without a record over the cells before the next one', () => {
    const { history, add } = setUp(10);
    const row = newRow();
    const idle = LIMITED_BY.indexOf('idle');
    add(row, { second: START });
    add(row, { second: START + 4, limitedUs: LIMITED_BY.map((_, i) => (i === idle ? 3_500_000 : 0)) });
    const place = LIMITS.findIndex(({ name }) => name === 'idle');
    const cells = history.cells(row, START * 1e6, 1e6).map(({ startUs, value }) => [startUs, value.limitedUs[place]]);
    expect(cells).toEqual([
      [0, 0],
      [1e6, 500_000],
      [2e6, 1e6],
      [3e6, 1e6],
      [4e6, 1e6],
    ]);
  });

  it('leaves out limited time from before its first cell', () => {
    const { history, add } = setUp(10);
    const row = newRow();
    add(row, { limitedUs: LIMITED_BY.map(() => 1e7) });
    const cells = history.cells(row, START * 1e6, 1e6);
    expect(cells).toHaveLength(1);
    for (const us of cells[0]?.value.limitedUs ?? []) expect(us).toBeCloseTo(1e6 / LIMITED_BY.length, 3);
  });

  it('holds under random load: bound, order, sums, extents and limits', () => {
    const action = fc.record({
      kind: fc.constantFrom('add', 'add', 'add', 'add', 'add', 'add', 'add', 'add', 'forget', 'expire'),
      row: fc.nat({ max: 3 }),
      gap: fc.constantFrom(0, 0, 1, 1, 2, 7, 30),
      grown: fc.option(fc.integer({ min: 1, max: 1e6 }), { freq: 8 }),
      rttUs: fc.option(fc.integer({ min: 1, max: 1e6 }), { freq: 8 }),
      share: fc.array(fc.nat({ max: 1000 }), { minLength: LIMITED_BY.length, maxLength: LIMITED_BY.length }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 6, max: 30 }), fc.array(action, { maxLength: 150 }), (seconds, actions) => {
        const { history, add, maxBytes, evicted } = setUp(seconds);
        let rows = Array.from({ length: 4 }, newRow);
        let second = START;
        let expiredTo = START;
        for (const { kind, row: i, gap, grown, rttUs, share } of actions) {
          second += gap;
          const row = rows[i] ?? newRow();
          if (kind === 'forget') {
            history.forget(row);
            rows = rows.map((each) => (each === row ? newRow() : each));
          } else if (kind === 'expire') {
            expiredTo = Math.max(START, second - 40);
            history.expire(expiredTo);
          } else {
            const last = row.added.at(-1)?.second ?? START - 1;
            if (last >= second) continue;
            // The causes share the time since the last record.
            const all = share.reduce((sum, part) => sum + part, 1);
            add(row, { second, grown, rttUs, limitedUs: share.map((part) => (1e6 * (second - last) * part) / all) });
          }
          expect(history.bytes).toBeLessThanOrEqual(maxBytes);
        }
        for (const row of rows) check(history, row, expiredTo, evicted.length > 0);
      }),
      { numRuns: 300 },
    );
  });
});

/** Compares a row's cells with the seconds that were added. */
function check(history: History<Row>, row: Row, expiredTo: number, isEvicted: boolean): void {
  const widthUs = history.hasMerged(row) ? 1e7 : 1e6;
  const first = history.firstSecond(row);
  if (first === undefined) {
    if (!isEvicted) expect(row.added.filter(({ second }) => second >= expiredTo)).toEqual([]);
    return;
  }
  const startUs = Math.floor((first * 1e6) / widthUs) * widthUs;
  const cells = history.cells(row, startUs, widthUs);
  const starts = cells.map((cell) => cell.startUs);
  expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
  // The cells hold the last seconds, none is lost in between.
  const snapshots = cells.reduce((sum, { value }) => sum + value.snapshots, 0);
  const kept = row.added.slice(row.added.length - snapshots);
  expect(kept).toHaveLength(snapshots);
  if (!isEvicted) {
    expect(row.added.slice(0, -snapshots).filter(({ second }) => second >= expiredTo)).toEqual([]);
  }
  for (const { startUs: offsetUs, value } of cells) {
    const inCell = kept.filter(({ second }) => Math.floor((second * 1e6 - startUs) / widthUs) * widthUs === offsetUs);
    CELL_COUNTERS.forEach((counter, i) => {
      expect(value.grown[counter]).toBe(sumOf(inCell.map(({ grown }) => grown[i] ?? null)));
    });
    CELL_GAUGES.forEach((gauge, i) => {
      const values = inCell.map(({ gauges }) => gauges[i] ?? null).filter((each) => each !== null);
      const { extent } = value.gauges[gauge];
      if (values.length === 0) expect(extent).toBeUndefined();
      else expect(extent).toMatchObject({ low: Math.min(...values), high: Math.max(...values), last: values.at(-1) });
    });
    const limitedUs = value.limitedUs.reduce((sum, us) => sum + us, 0);
    expect(limitedUs).toBeLessThanOrEqual(widthUs + 10);
  }
  const limitedUs = cells.reduce((sum, { value }) => sum + value.limitedUs.reduce((all, us) => all + us, 0), 0);
  const spanUs = ((kept.at(-1)?.second ?? 0) + 1) * 1e6 - startUs;
  expect(limitedUs).toBeLessThanOrEqual(spanUs + 10);
  const roundTrips = history.roundTrips(row, 0);
  expect(roundTrips.length).toBeLessThanOrEqual(snapshots);
  const known = kept.findLast(({ gauges }) => gauges[0] !== null);
  if (known !== undefined) expect(roundTrips.at(-1)).toBe(known.gauges[0]);
}
