import { describe, expect, it } from 'vitest';
import { type ConnectionRow, type LimitedBy, summarize, TopList } from '../../analysis/index.js';
import { connectionRow, type RowFields } from '../cmd/summary/rows.js';

function limitedUs(over: Partial<Record<LimitedBy, number>>): Record<LimitedBy, number> {
  return { application: 0, cwnd: 0, rwnd: 0, sndbuf: 0, pacing: 0, loss: 0, peer: 0, idle: 0, ...over };
}

/** A connection that sends as fast as it can for 2 s. */
function bulk(uuid: string, bytesAcked: number, over: RowFields = {}): ConnectionRow {
  return connectionRow({ uuid, bytesSent: bytesAcked, bytesAcked, limitedUs: limitedUs({ rwnd: 2e6 }), ...over });
}

const uuids = (rows: readonly { readonly uuid: string | null }[]): (string | null)[] => rows.map(({ uuid }) => uuid);

describe('the slowest connections', () => {
  it('are those that moved the fewest bytes per active time', () => {
    const { slowest } = summarize([bulk('fast', 9e6), bulk('slow', 1e5), bulk('middle', 1e6)]);
    expect(uuids(slowest)).toEqual(['slow', 'middle', 'fast']);
    expect(slowest[0]).toMatchObject({ activeUs: 2e6, activeGoodputBytesPerSec: 5e4, bytesAcked: 1e5 });
  });

  it('are ranked without the time spent idle or waiting for the peer', () => {
    const idle = bulk('idle', 4e6, { limitedUs: limitedUs({ cwnd: 2e6, idle: 600e6, peer: 100e6 }) });
    expect(uuids(summarize([idle, bulk('slow', 1e6)]).slowest)).toEqual(['slow', 'idle']);
  });

  it('exclude connections that had nothing to send, were too short, moved nothing, or never opened', () => {
    const rows = [
      bulk('application', 1e5, { limitedUs: limitedUs({ application: 9e6, cwnd: 1e6 }) }),
      bulk('peer', 1e5, { limitedUs: limitedUs({ peer: 9e6 }) }),
      bulk('short', 1e5, { limitedUs: limitedUs({ loss: 9e5 }) }),
      bulk('little', 1e3),
      ...(['failed', 'refused', 'unanswered'] as const).map((howEnded) =>
        bulk(howEnded, 0, { howEnded, limitedUs: limitedUs({ loss: 60e6 }) }),
      ),
      bulk('unknown', 1e5, { bytesAcked: null }),
    ];
    expect(summarize(rows).slowest).toEqual([]);
  });

  it('include stuck connections', () => {
    const stuck = bulk('stuck', 10, { limitedUs: limitedUs({ rwnd: 6e6 }) });
    expect(uuids(summarize([bulk('slow', 1e5), stuck]).slowest)).toEqual(['stuck', 'slow']);
  });

  it('are ranked by the recorded part of older connections', () => {
    const recorded = { bytesSent: 1e5, bytesAcked: 1e5, bytesReceived: 0, bytesRetrans: 0, totalRetrans: 0 };
    const old = bulk('old', 9e9, { olderByUs: 3600e6, recorded, durationUs: 2e6 });
    const { slowest, largest, longest } = summarize([old, bulk('slow', 1e6)]);
    expect(uuids(slowest)).toEqual(['old', 'slow']);
    expect(uuids(largest)).toEqual(['slow', 'old']);
    expect(uuids(longest)).toEqual(['old', 'slow']);
    expect(longest[0]).toMatchObject({ olderByUs: 3600e6, bytesSent: 1e5, bytesPerSec: 5e4 });
  });
});

describe('the longest and the largest connections', () => {
  it('are in order, and as many as requested', () => {
    const rows = Array.from({ length: 50 }, (_, i) =>
      connectionRow({ uuid: String(i), durationUs: (i * 17) % 50, bytesReceived: (i * 31) % 50, bytesSent: 0 }),
    );
    const { longest, largest } = summarize(rows, { top: 3 });
    expect(longest.map(({ durationUs }) => durationUs)).toEqual([49, 48, 47]);
    expect(largest.map(({ bytesReceived }) => bytesReceived)).toEqual([49, 48, 47]);
  });

  it('exclude connections without a duration or without bytes', () => {
    const nothing = connectionRow({ durationUs: null, bytesSent: null, bytesAcked: null, bytesReceived: null });
    expect(summarize([nothing])).toMatchObject({ longest: [], largest: [], slowest: [] });
  });
});

describe('the list of highest values', () => {
  it('keeps the first of equals, and builds only entries that it keeps', () => {
    const list = new TopList<string>(2);
    for (const name of ['a', 'b']) list.add(1, () => name);
    list.add(1, () => {
      throw new Error('made for nothing');
    });
    list.add(2, () => 'c');
    expect(list.values()).toEqual(['c', 'a']);
    const none = new TopList<string>(0);
    none.add(1, () => 'a');
    expect(none.values()).toEqual([]);
  });
});
