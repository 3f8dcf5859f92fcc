import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LimitParts } from '../../../analysis/index.js';
import { ConnectionCache, Exclusions, StateSlots } from '../../../cache/index.js';
import { StoreFeed, type StoreFeedOptions } from '../../../live/feed/index.js';
import { parseNetlinkMessage } from '../../../parse/index.js';
import type { TcpInfo } from '../../../tcp/index.js';
import { buildMessage, tcpInfoOf } from '../../support/messages.js';

const START = Date.parse('2026-11-21T00:00:00.400Z');
const FULL = { unacked: 10, notsentBytes: 50_000 };

function setUp(options: Partial<StoreFeedOptions> = {}) {
  const slots = new StateSlots();
  const feed = new StoreFeed({
    slots,
    historySec: 60,
    maxHistoryBytes: 100_000,
    keepClosedSec: 60,
    scanUs: 10_000,
    isWatched: () => true,
    ...options,
  });
  const cache = new ConnectionCache({
    uuidPrefix: 'h',
    exclusions: new Exclusions({ srcPorts: [], dstAddressKeys: [] }),
    observers: feed.observers,
    slots,
  });
  let changes = 0;
  const seen = (info: Partial<TcpInfo>): void => {
    const attributes = [{ type: 2, payload: tcpInfoOf({ segsIn: ++changes, ...info }) }];
    cache.update(parseNetlinkMessage(buildMessage({ attributes }), new Date().toISOString()));
  };
  const generations: string[] = [];
  feed.store.onGeneration(() => generations.push(new Date().toISOString().slice(17, 23)));
  return { feed, seen, generations, cache };
}

describe('StoreFeed', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: START });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('ends each second just after it is full', () => {
    const { feed, generations } = setUp();
    vi.advanceTimersByTime(5000);
    expect(generations).toEqual([]);
    feed.start();
    vi.advanceTimersByTime(3000);
    expect(generations).toEqual(['06.002', '07.002', '08.002']);
    feed.stop();
    vi.advanceTimersByTime(5000);
    expect(generations).toHaveLength(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends seconds by the clock after it was set', () => {
    const { feed, generations } = setUp();
    feed.start();
    vi.advanceTimersByTime(1000);
    vi.setSystemTime(START + 7_300_700);
    vi.advanceTimersByTime(2000);
    expect(generations.map((each) => each.slice(3))).toEqual(['002', '702', '002', '002']);
    feed.stop();
  });

  it('may be stopped by a listener of its store', () => {
    const { feed, generations } = setUp();
    feed.store.onGeneration(() => feed.stop());
    feed.start();
    vi.advanceTimersByTime(5000);
    expect(generations).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('looks for limits by itself, ten times a second', () => {
    const { feed, seen } = setUp();
    expect(feed.observers).toHaveLength(2);
    feed.start();
    seen(FULL);
    vi.advanceTimersByTime(200);
    seen({ ...FULL, bytesAcked: 1000, busyTimeUs: 200_000 });
    vi.advanceTimersByTime(500);
    const [row] = [...feed.store.rows()];
    expect(row?.now?.derived.limitedBy).toBe('cwnd');
    expect(row?.connection.limitedUs.cwnd).toBe(200_000);
    feed.stop();
  });

  it('has the other meter look at new records before a second ends, so that its parts count in it', () => {
    const walked: (string | null | undefined)[] = [];
    const { feed, seen, cache } = setUp({
      walkLimits: () => {
        const [connection] = cache.connections();
        if (connection === undefined) throw new Error('no connection');
        walked.push([...feed.store.rows()][0]?.now?.derived.limitedBy);
        const parts = new LimitParts();
        parts.add({ cause: 'sndbuf', evidence: 'clock' }, 300_000, 0);
        feed.store.limited(connection, parts);
      },
    });
    feed.start();
    seen({});
    vi.advanceTimersByTime(700);
    expect(walked).toEqual([null]);
    expect([...feed.store.rows()][0]?.now?.derived.limitedBy).toBe('sndbuf');
    feed.stop();
  });

  it('takes limits from another meter', () => {
    const { feed, seen, cache } = setUp({ walkLimits: () => undefined });
    expect(feed.observers).toEqual([feed.store]);
    feed.start();
    seen({});
    const [connection] = cache.connections();
    if (connection === undefined) throw new Error('no connection');
    const parts = new LimitParts();
    parts.add({ cause: 'rwnd', evidence: 'clock' }, 300_000, 2);
    feed.store.limited(connection, parts);
    vi.advanceTimersByTime(700);
    const [row] = [...feed.store.rows()];
    expect(row?.now?.derived).toMatchObject({ limitedBy: 'rwnd', limitedByEvidence: 'clock', exchanges: 2 });
    expect(row?.connection).toMatchObject({ limitedBy: 'rwnd', exchanges: 2 });
    feed.stop();
  });
});
