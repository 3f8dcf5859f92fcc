import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CellJson, Course, type CourseCell } from '../../../web/detail/course.js';
import { courseSeries } from '../../../web/detail/course-series.js';

const START_US = 1_796_000_000_000_000;
const SECOND_US = 1_000_000;

function cell(fromUs: number, values: Partial<CellJson> = {}): CellJson {
  return {
    fromUs,
    snapshots: 1,
    bytesSent: 1000,
    bytesAcked: 900,
    bytesReceived: 0,
    totalRetrans: 0,
    rttUs: { min: 10, max: 30, last: 20 },
    minRttUs: null,
    cwndBytes: null,
    flightBytes: null,
    windowBytes: null,
    limitedUs: { cwnd: 100 },
    ...values,
  };
}

function seconds(first: number, count: number): CellJson[] {
  return Array.from({ length: count }, (_, i) => cell((first + i) * SECOND_US));
}

function sum(cells: readonly CourseCell[]): number {
  return cells.reduce((all, each) => all + (each.cell.bytesSent ?? 0), 0);
}

const starts = (course: Course): number[] => course.cells().map(({ startUs }) => (startUs - START_US) / SECOND_US);

describe('course of a connection', () => {
  it('replaces the last cell of a message when it comes again with more data', () => {
    const course = new Course();
    course.add({ startUs: START_US, widthUs: SECOND_US, cells: seconds(0, 3) });
    course.add({ startUs: START_US, widthUs: SECOND_US, cells: [cell(2 * SECOND_US, { bytesSent: 5000 }), cell(3e6)] });
    expect(starts(course)).toEqual([0, 1, 2, 3]);
    expect(sum(course.cells())).toBe(1000 + 1000 + 5000 + 1000);
  });

  it('replaces a last second by the finer cells of the same time', () => {
    const course = new Course();
    course.add({ startUs: START_US, widthUs: SECOND_US, cells: seconds(0, 2) });
    // The second had its first record after 100 ms.
    course.add({ startUs: START_US + 1.1e6, widthUs: 50_000, cells: [cell(0), cell(300_000)] });
    expect(starts(course)).toEqual([0, 1.1, 1.4]);
  });

  it('keeps a message without cells out of it', () => {
    const course = new Course();
    course.add({ startUs: START_US, widthUs: SECOND_US, cells: seconds(0, 2) });
    course.add({ startUs: null, widthUs: SECOND_US, cells: [] });
    expect(starts(course)).toEqual([0, 1]);
  });

  it('puts the stream behind a timeline, and cuts the cell that reaches into it', () => {
    const course = new Course();
    course.add({ startUs: START_US, widthUs: SECOND_US, cells: seconds(15, 2) });
    course.setPast({ startUs: START_US, widthUs: 10 * SECOND_US, timeline: [cell(0), cell(10 * SECOND_US)] });
    expect(course.cells().map(({ startUs, endUs }) => [startUs - START_US, endUs - START_US])).toEqual([
      [0, 10e6],
      [10e6, 15e6],
      [15e6, 16e6],
      [16e6, 17e6],
    ]);
  });

  it('keeps what it has when the stream begins anew, and takes the new messages', () => {
    const course = new Course();
    course.add({ startUs: START_US, widthUs: SECOND_US, cells: seconds(0, 5) });
    course.beginStream();
    expect(starts(course)).toEqual([0, 1, 2, 3, 4]);
    course.add({ startUs: START_US, widthUs: SECOND_US, cells: seconds(3, 4) });
    expect(starts(course)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('is replaced by the timeline of a connection that has ended', () => {
    const course = new Course();
    course.add({ startUs: START_US, widthUs: SECOND_US, cells: seconds(0, 5) });
    course.setWhole({ startUs: START_US, widthUs: 100_000, timeline: [cell(0), cell(4.1e6)] });
    expect(starts(course)).toEqual([0, 4.1]);
  });

  it('stays bounded, and loses no byte, while cells come for hours', () => {
    const course = new Course();
    const PER_MESSAGE = 20;
    const SECONDS = 4000;
    for (let second = 0; second < SECONDS; second++) {
      // The last cell of the message before comes again.
      const first = second === 0 ? 0 : -1;
      const cells = Array.from({ length: PER_MESSAGE - first }, (_, i) => cell((first + i) * 50_000));
      course.add({ startUs: START_US + second * SECOND_US, widthUs: 50_000, cells });
    }
    const cells = course.cells();
    expect(cells.length).toBeLessThanOrEqual(6000 + PER_MESSAGE);
    expect(sum(cells)).toBe(SECONDS * PER_MESSAGE * 1000);
    const overlaps = cells.filter(({ endUs }, i) => endUs > (cells[i + 1]?.startUs ?? Number.POSITIVE_INFINITY));
    expect(overlaps).toEqual([]);
  });
});

describe('series of a course', () => {
  const known = { fromUs: START_US, untilUs: START_US + 60e6, isGrowing: false };
  const range = { fromMs: START_US / 1000, untilMs: START_US / 1000 + 60_000 };
  const resolution = { most: 100, isWhole: false };

  function courseOf(cells: readonly CellJson[], widthUs: number): readonly CourseCell[] {
    const course = new Course();
    course.setPast({ startUs: START_US, widthUs, timeline: cells });
    return course.cells();
  }

  it('have rates of 0 and the last gauge where there is no record, and nothing outside the known time', () => {
    const cells = courseOf(
      [cell(10 * SECOND_US), cell(20 * SECOND_US, { rttUs: { min: 40, max: 60, last: 50 } })],
      SECOND_US,
    );
    const shorter = { ...known, fromUs: START_US + 10e6, untilUs: START_US + 30e6 };
    const { timesMs, sent, gauges } = courseSeries(cells, range, shorter, resolution);
    const at = (second: number): number => timesMs.indexOf(range.fromMs + second * 1000);
    expect([9, 10, 11, 20, 29, 30].map((second) => sent[at(second)])).toEqual([null, 1000, 0, 1000, 0, null]);
    expect([9, 10, 19, 20, 29, 30].map((second) => gauges.rttUs.values[at(second)])).toEqual([
      null,
      20,
      20,
      50,
      50,
      null,
    ]);
    expect(gauges.rttUs.high[at(20)]).toBe(60);
    expect(gauges.rttUs.high[at(21)]).toBe(50);
  });

  it('carry a gauge from before the range', () => {
    const cells = courseOf([cell(0)], SECOND_US);
    const { gauges } = courseSeries(
      cells,
      { fromMs: range.fromMs + 30_000, untilMs: range.untilMs },
      known,
      resolution,
    );
    expect(gauges.rttUs.values[0]).toBe(20);
  });

  it('say nothing yet of a stretch that has only begun', () => {
    const cells = courseOf(seconds(0, 60), SECOND_US);
    const growing = { ...known, untilUs: START_US + 55.2e6, isGrowing: true };
    expect(courseSeries(cells, range, growing, resolution).sent.slice(54, 57)).toEqual([1000, null, null]);
  });

  it('have shares of the known time of each cause', () => {
    const cells = courseOf(
      [cell(0, { limitedUs: { cwnd: 300, idle: 100 } }), cell(SECOND_US, { limitedUs: {} })],
      SECOND_US,
    );
    const { limits } = courseSeries(cells, range, known, resolution);
    expect(limits.map(({ name, total }) => [name, total])).toEqual([
      ['cwnd', 0.75],
      ['idle', 0.25],
    ]);
    expect(limits[0]?.shares.slice(0, 2)).toEqual([0.75, null]);
  });

  it('leave counts whole where fine and coarse cells meet', () => {
    const course = new Course();
    course.setPast({
      startUs: START_US,
      widthUs: SECOND_US,
      timeline: seconds(0, 50).map((each) => ({ ...each, totalRetrans: 1 })),
    });
    course.add({
      startUs: START_US + 50e6,
      widthUs: 50_000,
      cells: [cell(0, { totalRetrans: 2 }), cell(50_000, { totalRetrans: 1 })],
    });
    const { retransmitted, stepMs } = courseSeries(course.cells(), range, known, { most: 240, isWhole: true });
    expect(stepMs).toBe(1000);
    expect(retransmitted.slice(49, 52)).toEqual([1, 3, 0]);
  });

  it('have as many bytes as the cells in the range, for any cells, range and resolution', () => {
    const cells = fc.array(fc.tuple(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 0, max: 1e6 })), {
      maxLength: 60,
    });
    const widths = fc.constantFrom(1000, 50_000, 1_000_000);
    fc.assert(
      fc.property(cells, widths, fc.integer({ min: 3, max: 1500 }), fc.boolean(), (pairs, widthUs, most, isWhole) => {
        const bytes = new Map(pairs);
        const placed = [...bytes]
          .sort(([a], [b]) => a - b)
          .map(([at, sent]) => cell(at * widthUs, { bytesSent: sent }));
        const whole = { fromUs: START_US, untilUs: START_US + 1000 * widthUs, isGrowing: false };
        const all = { fromMs: whole.fromUs / 1000, untilMs: whole.untilUs / 1000 };
        const { sent, stepMs, timesMs } = courseSeries(courseOf(placed, widthUs), all, whole, { most, isWhole });
        expect(timesMs.length).toBeLessThanOrEqual(most + 2);
        const total = timesMs.slice(0, -1).reduce((sum, timeMs, i) => {
          const us = Math.min(timeMs + stepMs, all.untilMs) - Math.max(timeMs, all.fromMs);
          const usedMs = us < stepMs / 2 ? stepMs : us;
          return sum + ((sent[i] ?? 0) * usedMs) / 1000;
        }, 0);
        const expected = [...bytes.values()].reduce((a, b) => a + b, 0);
        expect(Math.abs(total - expected)).toBeLessThanOrEqual(expected * 1e-6 + 1e-3);
      }),
    );
  });
});
