import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TcpState } from '../../../tcp/index.js';
import { drawTimeChart } from '../../../view/chart/index.js';
import { limitTotals, timelinePicture } from '../../../view/connection/picture.js';
import { Timeline } from '../../../view/connection/timeline.js';
import type { TimelineSample } from '../../../view/connection/timeline-cell.js';
import { selectRows } from '../../../view/connection/timeline-rows.js';

const START_US = 1_700_000_000_000_000;
const TEXT = { title: 'x', heading: [], origin: 'noon' };

function sample(over: Partial<TimelineSample>): TimelineSample {
  return {
    timeUs: START_US,
    state: TcpState.ESTABLISHED,
    bytesSent: 0,
    bytesAcked: 0,
    bytesReceived: 0,
    totalRetrans: 0,
    rttUs: 40_000,
    minRttUs: 40_000,
    cwndBytes: 14_480,
    flightBytes: 0,
    windowBytes: 65_535,
    limitedBy: null,
    ...over,
  };
}

/** Steps of a connection: microseconds, bytes, retransmissions, and whether the peer limits it. */
const STEPS = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 3_000_000 }),
    fc.nat({ max: 1_000_000 }),
    fc.nat({ max: 5 }),
    fc.constantFrom('rwnd', 'cwnd', 'idle', null),
    fc.constantFrom(TcpState.ESTABLISHED, TcpState.FIN_WAIT1, TcpState.CLOSE),
  ),
  { minLength: 1, maxLength: 400 },
);

describe('a timeline', () => {
  it('preserves bytes, retransmits and time, in cells and in rows', () => {
    fc.assert(
      fc.property(STEPS, fc.integer({ min: 2, max: 60 }), (steps, budget) => {
        const timeline = new Timeline();
        let [timeUs, sent, retrans, limited] = [START_US, 5000, 3, 0];
        timeline.add(sample({ timeUs, bytesSent: sent, totalRetrans: retrans }));
        for (const [us, bytes, more, limitedBy, state] of steps) {
          timeUs += us;
          sent += bytes;
          retrans += more;
          if (limitedBy === 'rwnd') limited += us;
          timeline.add(sample({ timeUs, bytesSent: sent, totalRetrans: retrans, limitedBy, state }));
        }
        const cells = timeline.cells();
        const rows = selectRows(cells, timeline.cellUs, budget);
        expect(rows.length).toBeLessThanOrEqual(budget);
        for (const each of [cells.map(({ value }) => value), rows.map(({ cell }) => cell)]) {
          expect(each.reduce((sum, { grown }) => sum + (grown.bytesSent ?? 0), 0)).toBe(sent - 5000);
          expect(each.reduce((sum, { grown }) => sum + (grown.totalRetrans ?? 0), 0)).toBe(retrans - 3);
          expect(each.reduce((sum, { snapshots }) => sum + snapshots, 0)).toBe(steps.length + 1);
        }
        expect(limitTotals(cells)[2]).toBeCloseTo(limited, 3);
        expect(timeline.spanUs).toBe(timeUs - START_US);
        expect(rows.map(({ fromUs }) => fromUs)).toEqual([0, ...rows.slice(0, -1).map(({ toUs }) => toUs)]);
        const svg = drawTimeChart(timelinePicture(timeline, TEXT), { widthPx: 600, standalone: true }).toString();
        expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      }),
      { numRuns: 60 },
    );
  });

  it('has a row for each change of the state, and where loss begins', () => {
    const timeline = new Timeline();
    const at = (seconds: number, over: Partial<TimelineSample>): void =>
      timeline.add(sample({ timeUs: START_US + seconds * 1e6, ...over }));
    at(0, { state: TcpState.SYN_SENT });
    for (let s = 0.01; s < 100; s += 0.01) at(s, { totalRetrans: s < 33.335 ? 0 : 7 });
    at(100, { state: TcpState.FIN_WAIT1, totalRetrans: 7 });
    at(100.2, { state: TcpState.CLOSE, totalRetrans: 7 });
    const rows = selectRows(timeline.cells(), timeline.cellUs, 10);
    expect(rows).toHaveLength(10);
    expect(rows.flatMap(({ cell }) => cell.entered)).toEqual([
      TcpState.SYN_SENT,
      TcpState.ESTABLISHED,
      TcpState.FIN_WAIT1,
      TcpState.CLOSE,
    ]);
    const lossy = rows.filter(({ cell }) => (cell.grown.totalRetrans ?? 0) > 0);
    expect(lossy).toHaveLength(1);
    expect(Math.abs((lossy[0]?.toUs ?? 0) - 33.34e6)).toBeLessThan(2 * timeline.cellUs);
  });

  it('continues when the clock was set back, and when a record lacks tcp_info', () => {
    const timeline = new Timeline();
    timeline.add(sample({ bytesSent: 10 }));
    timeline.add(sample({ timeUs: START_US - 5e6, bytesSent: 30 }));
    timeline.add(sample({ timeUs: START_US + 1e6, bytesSent: null, rttUs: null, cwndBytes: null }));
    timeline.add(sample({ timeUs: START_US + 2e6, bytesSent: 100 }));
    const grown = timeline.cells().map(({ value }) => value.grown.bytesSent);
    expect(grown).toEqual([20, null, 70]);
    expect(timeline.spanUs).toBe(2e6);
  });

  it('makes a small chart of a million snapshots, with their extremes', () => {
    const timeline = new Timeline();
    for (let i = 0; i < 1_000_000; i++) {
      const rttUs = i === 777_777 ? 900_000 : 40_000 + ((i * 7919) % 20_000);
      timeline.add(
        sample({ timeUs: START_US + i * 10_000, bytesSent: i * 1448, rttUs, flightBytes: (i * 104_729) % 300_000 }),
      );
    }
    const svg = drawTimeChart(timelinePicture(timeline, TEXT), { widthPx: 1000, standalone: true }).toString();
    expect(svg.length).toBeLessThan(200_000);
    // Only the one high value makes the axis reach this far.
    expect(svg).toMatch(/>1000<\/text>|>1<\/text>/);
  });

  it('makes a chart of one record, and of none', () => {
    const timeline = new Timeline();
    expect(selectRows(timeline.cells(), timeline.cellUs, 10)).toEqual([]);
    timeline.add(sample({}));
    const svg = drawTimeChart(timelinePicture(timeline, TEXT), { widthPx: 400, standalone: true }).toString();
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(selectRows(timeline.cells(), timeline.cellUs, 10)).toHaveLength(1);
  });
});
