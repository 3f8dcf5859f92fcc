import { describe, expect, it } from 'vitest';
import { compareCharts, knownOfAll, shifted } from '../../../web/compare/compare-model.js';
import { type CellJson, Course, type CourseCell } from '../../../web/detail/course.js';

const START_US = 1_796_000_000_000_000;
const RANGE = { fromMs: START_US / 1000, untilMs: START_US / 1000 + 60_000 };

function cell(fromUs: number, values: Partial<CellJson> = {}): CellJson {
  return {
    ...{ fromUs, snapshots: 1, bytesSent: 1000, bytesAcked: 1000, bytesReceived: 0, totalRetrans: 0 },
    ...{ rttUs: { min: 10, max: 30, last: 20 }, minRttUs: null, cwndBytes: null, flightBytes: null, windowBytes: null },
    limitedUs: { cwnd: 100 },
    ...values,
  };
}

function cells(widthUs: number, count: number): readonly CourseCell[] {
  const course = new Course();
  course.setPast({ startUs: START_US, widthUs, timeline: Array.from({ length: count }, (_, i) => cell(i * widthUs)) });
  return course.cells();
}

const known = { fromUs: START_US, untilUs: START_US + 60e6, isGrowing: false };

describe('charts of two connections', () => {
  it('have the same stretches of time for fine and coarse cells', () => {
    const { charts, lanes, laneTimesMs } = compareCharts(
      [
        { cells: cells(50_000, 1200), known },
        { cells: cells(1_000_000, 60), known },
      ],
      RANGE,
    );
    const sent = charts.find(({ title }) => title === 'Sent');
    expect(sent?.series.map(({ label }) => label)).toEqual(['A', 'B']);
    for (const { timesMs, series } of charts)
      for (const { values } of series) expect(values.length).toBe(timesMs.length);
    // 1,000 bytes in 50 ms, and in a second.
    expect(sent?.series.map(({ values }) => values[10])).toEqual([20_000, 1000]);
    expect(lanes.map((own) => own[0]?.shares.length)).toEqual([laneTimesMs.length, laneTimesMs.length]);
  });

  it('leave out what would be empty', () => {
    const both = [
      { cells: cells(1_000_000, 60), known },
      { cells: cells(1_000_000, 60), known },
    ];
    const { charts, leftOut } = compareCharts(both, RANGE);
    expect(charts.map(({ title }) => title)).toEqual(['Sent', 'Smoothed round-trip time']);
    expect(leftOut).toEqual(['received', 'congestion window', 'in flight', 'retransmitted packets']);
  });

  it('let a later connection begin at the same time', () => {
    const later = { cells: cells(1_000_000, 2), known };
    const moved = shifted(later, -5e6);
    expect(moved.cells.map(({ startUs }) => startUs - START_US)).toEqual([-5e6, -4e6]);
    expect(knownOfAll([known, moved.known])).toEqual({ ...known, fromUs: START_US - 5e6 });
  });
});
