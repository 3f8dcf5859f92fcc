import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textWidth } from '../../../view/chart/index.js';
import type { TimelineCellJson, TimelineJson } from '../../../view/top/index.js';
import { lineWidth } from '../../../view/top/line.js';
import { drawLane, drawTextChart } from '../../../view/top/text-chart.js';
import { timelineSeries } from '../../../view/top/timeline-series.js';
import { CONNECTION } from './connection-row.js';

function cell(fromUs: number, more: Partial<TimelineCellJson> = {}): TimelineCellJson {
  return {
    fromUs,
    bytesSent: 0,
    bytesAcked: 0,
    bytesReceived: 0,
    totalRetrans: 0,
    rttUs: null,
    minRttUs: null,
    cwndBytes: null,
    flightBytes: null,
    windowBytes: null,
    limitedUs: {},
    ...more,
  };
}

function timeline(cells: readonly TimelineCellJson[], spanUs: number): TimelineJson {
  return { connection: CONNECTION, startUs: 0, spanUs, widthUs: 1e6, timeline: cells };
}

const point = (value: number) => ({ min: value, max: value * 2, last: value });

describe('a timeline in columns', () => {
  it('has peaks of round-trip times, and rates of the bytes in each column', () => {
    const cells = [
      cell(0, { rttUs: point(10), bytesSent: 1000 }),
      cell(1e6, { rttUs: point(30), bytesSent: 3000 }),
      cell(2e6, { bytesSent: 5000 }),
    ];
    const { rttUs, sent } = timelineSeries(timeline(cells, 4e6), 2);
    expect(rttUs).toEqual([60, 30]);
    expect(sent).toEqual([2000, 2500]);
  });

  it('keeps gauges where there is no record, and has no bytes there', () => {
    const cells = [cell(0, { cwndBytes: point(10), bytesSent: 1000 }), cell(3e6, { cwndBytes: point(20) })];
    const { cwndBytes, sent } = timelineSeries(timeline(cells, 4e6), 4);
    expect(cwndBytes).toEqual([10, 10, 10, 20]);
    expect(sent).toEqual([1000, 0, 0, 0]);
  });

  it('has the causes that occur, with their shares', () => {
    const cells = [cell(0, { limitedUs: { rwnd: 750_000, idle: 250_000, loss: 0 } })];
    expect(timelineSeries(timeline(cells, 2e6), 2).limits).toEqual([
      { name: 'rwnd', shares: [0.75, null] },
      { name: 'idle', shares: [0.25, null] },
    ]);
  });

  it('keeps the sum of all bytes for any width', () => {
    const bytes = fc.array(fc.nat(1e6), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 300 }), (sent, width) => {
        const cells = sent.map((bytesSent, i) => cell(i * 1e6, { bytesSent }));
        const spanUs = sent.length * 1e6;
        const series = timelineSeries(timeline(cells, spanUs), width);
        expect(series.sent).toHaveLength(width);
        const sum = series.sent.reduce<number>((total, rate) => total + ((rate ?? 0) * spanUs) / 1e6 / width, 0);
        expect(sum).toBeCloseTo(
          sent.reduce((total, each) => total + each, 0),
          3,
        );
      }),
    );
  });

  it('has no cells before the first record', () => {
    const { rttUs, sent, limits } = timelineSeries(timeline([], 0), 3);
    expect(rttUs).toEqual([null, null, null]);
    expect(sent).toEqual([0, 0, 0]);
    expect(limits).toEqual([]);
  });
});

describe('a chart of letters', () => {
  const text = (lines: ReturnType<typeof drawTextChart>): string[] =>
    lines.map((spans) => spans.map((each) => each.text).join(''));

  it('is higher for larger values', () => {
    const chart = { filled: [0, 1, 4, 8, null], max: 8 };
    expect(text(drawTextChart(chart, 2, true))).toEqual(['   █ ', ' ▂██ ']);
    expect(text(drawTextChart(chart, 2, false))).toEqual(['   # ', ' .## ']);
  });

  it('has lines over the filling, and another style below the base', () => {
    const line = { values: [8, 4, 0], style: 'second' as const, letter: 'thin' as const };
    expect(text(drawTextChart({ filled: [8, 8, 8], lines: [line], max: 8 }, 2, true))).toEqual(['──█', '███']);
    const [, bottom] = drawTextChart({ filled: [8, 8], base: [4, 0], max: 8 }, 2, true);
    expect(bottom).toEqual([
      { text: '█', style: 'second' },
      { text: '█', style: 'bar' },
    ]);
  });

  it('has a lane that is darker for larger shares', () => {
    expect(drawLane([null, 0, 0.1, 0.5, 0.75, 1], true).map((each) => each.text)).toEqual(['  ░▒▓█']);
    expect(drawLane([0.1, 1], false).map((each) => each.text)).toEqual(['.#']);
  });

  it('is as wide as its series for any values', () => {
    const value = fc.oneof(fc.double(), fc.constant(null));
    fc.assert(
      fc.property(fc.array(value), fc.double(), fc.boolean(), (filled, max, unicode) => {
        for (const spans of drawTextChart({ filled, base: filled, max }, 3, unicode)) {
          expect(lineWidth(spans)).toBe(filled.length);
          if (!unicode) for (const each of spans) expect(each.text).toMatch(/^[\x20-\x7e]*$/);
        }
        expect(
          textWidth(
            drawLane(filled, unicode)
              .map((each) => each.text)
              .join(''),
          ),
        ).toBe(filled.length);
      }),
    );
  });
});
