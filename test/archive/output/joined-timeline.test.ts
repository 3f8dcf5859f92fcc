import { describe, expect, it } from 'vitest';
import { JoinedTimeline } from '../../../archive/output/index.js';
import { Cell, type TimelineSample } from '../../../view/connection/index.js';

const sample = (timeUs: number, bytesSent: number): TimelineSample => ({
  ...{ timeUs, state: 1, bytesSent, bytesAcked: null, bytesReceived: null, totalRetrans: null, limitedBy: null },
  ...{ rttUs: null, minRttUs: null, cwndBytes: null, flightBytes: null, windowBytes: null },
});

function cell(grown: number): Cell {
  const made = new Cell();
  made.snapshots = 1;
  made.grow('bytesSent', grown);
  return made;
}

/** Returns the growth of each second. */
function grown(timeline: JoinedTimeline): (readonly [second: number, bytes: number | null])[] {
  return timeline.cells().map(({ startUs, value }) => [startUs / 1e6, value.grown.bytesSent]);
}

describe('a joined timeline', () => {
  const totals = { bytesSent: 1000, bytesAcked: null, bytesReceived: null, totalRetrans: null };

  it('counts bytes once where a second of memory ends a few milliseconds late', () => {
    // Of the 700 bytes since the archives, memory counted 650: 50 came before its second began.
    const cells = [5, 6, 7].map((second, i) => ({ startUs: second * 1e6, value: cell([100, 400, 250][i] ?? 0) }));
    const timeline = new JoinedTimeline({ startUs: 0, cellUs: 1e6, cells, totals }, 0);
    timeline.add(sample(4_500_000, 200));
    timeline.add(sample(5_500_000, 300));
    timeline.add(sample(6_100_000, 350));
    expect(timeline.join()).toBe(6e6);
    expect(grown(timeline)).toEqual([
      [0, 0],
      [1, 100],
      [2, 450],
      [3, 250],
    ]);
  });

  it('never has less than nothing', () => {
    const cells = [5, 6].map((second) => ({ startUs: second * 1e6, value: cell(500) }));
    const timeline = new JoinedTimeline({ startUs: 0, cellUs: 1e6, cells, totals: { ...totals, bytesSent: 100 } }, 0);
    timeline.add(sample(4_500_000, 200));
    timeline.add(sample(5_100_000, 250));
    timeline.join();
    expect(grown(timeline)).toEqual([
      [0, 0],
      [1, 0],
      [2, 500],
    ]);
  });

  it('is of the archives alone without memory, and of memory alone without archives', () => {
    const empty = new JoinedTimeline({ startUs: 0, cellUs: 1e6, cells: [], totals }, 0);
    empty.add(sample(4_500_000, 200));
    expect(empty.join()).toBeUndefined();
    expect(grown(empty)).toEqual([[0, 0]]);
    const memory = new JoinedTimeline({ startUs: 0, cellUs: 1e6, cells: [{ startUs: 5e6, value: cell(7) }] }, 0);
    expect(memory.join()).toBe(5e6);
    expect(grown(memory)).toEqual([[0, 7]]);
  });
});
