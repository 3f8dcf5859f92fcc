import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConnectionRow } from '../../../analysis/index.js';
import { ExpressionError } from '../../../expression/index.js';
import { type GroupsRequest, RequestError } from '../../../live/answers/index.js';
import type { StoreRow } from '../../../live/store/index.js';
import type { GroupsJson } from '../../../live/wire/index.js';
import { archivedRow, FakeStore, fakeRow, type RowSpec, storeOf } from './fake-store.js';
import { Harness } from './harness.js';

async function groupsOf(store: FakeStore, request: GroupsRequest): Promise<GroupsJson> {
  const harness = new Harness(store);
  return await harness.answer(harness.answers.groups(request));
}

type Recorded = Partial<ConnectionRow['recorded']>;

function recorded(totals: Recorded): ConnectionRow['recorded'] {
  return { ...archivedRow({}, {}).connection.recorded, ...totals };
}

function limited(us: Partial<ConnectionRow['limitedUs']>): ConnectionRow['limitedUs'] {
  return { ...archivedRow({}, {}).connection.limitedUs, ...us };
}

/** Makes a connection of archives, recorded between these seconds. */
function archived(
  spec: RowSpec,
  [from, until]: readonly [number, number],
  totals: Recorded,
  connection: Partial<ConnectionRow> = {},
): StoreRow {
  const rates = { sendThroughputBytesPerSec: 1, receiveThroughputBytesPerSec: 1 };
  const row = archivedRow(spec, { ...rates, recorded: recorded(totals), ...connection });
  return { ...row, startUs: from * 1e6, endUs: until * 1e6 };
}

describe('groups', () => {
  it('have sums, shares, quantiles and the cause of most', async () => {
    const store = new FakeStore([
      fakeRow({ command: 'nginx', sent: 100, received: 10, retransmitted: 0.1, rttUs: 1, limitedBy: 'cwnd' }),
      fakeRow({ command: 'nginx', sent: 300, received: null, retransmitted: 0.5, rttUs: 3, limitedBy: 'rwnd' }),
      fakeRow({ command: 'nginx', sent: 0, rttUs: null, retransmitted: null, limitedBy: 'idle' }),
      fakeRow({ command: 'nginx', sent: 0, rttUs: 2, limitedBy: 'rwnd', isOpen: false }),
      fakeRow({ command: null, sent: 0, limitedBy: 'idle' }),
    ]);
    expect(await groupsOf(store, { by: 'comm', closed: 'true' })).toEqual({
      time: '2026-11-20T23:28:00Z',
      generation: 1,
      by: ['comm'],
      matched: 5,
      total: 2,
      groups: [
        {
          key: ['nginx'],
          connections: 4,
          closed: 1,
          sendThroughputBytesPerSec: 400,
          receiveThroughputBytesPerSec: 10,
          retransmitRateBytes: (0.1 * 100 + 0.5 * 300) / 400,
          rttUs: { p50: 2, p95: 3 },
          limitedBy: 'cwnd',
        },
        {
          key: [null],
          connections: 1,
          closed: 0,
          sendThroughputBytesPerSec: 0,
          receiveThroughputBytesPerSec: 0,
          retransmitRateBytes: null,
          rttUs: { p50: 1000, p95: 1000 },
          limitedBy: 'idle',
        },
      ],
    });
  });

  it('of archives have the bytes of all, divided by the time in which one was open', async () => {
    const store = new FakeStore(
      [
        // 10 s at 100 B/s, then 10 s later 10 s at 300 B/s: 4,000 B in 20 s.
        archived({ command: 'one after the other' }, [0, 10], { bytesSent: 1000, bytesReceived: 40 }),
        archived({ command: 'one after the other' }, [20, 30], { bytesSent: 3000, bytesRetrans: 400 }),
        // Both at a time: 4,000 B in 10 s.
        archived({ command: 'together' }, [0, 10], { bytesSent: 1000 }),
        archived({ command: 'together' }, [0, 10], { bytesSent: 3000 }),
        // 500 B in 15 s, though the second is within the first.
        archived({ command: 'overlapping' }, [0, 12], { bytesSent: 300 }),
        archived({ command: 'overlapping' }, [2, 5], { bytesSent: 100 }),
        archived({ command: 'overlapping' }, [10, 15], { bytesSent: 100 }),
      ],
      'archive',
    );
    expect((await groupsOf(store, { by: 'comm', closed: 'true' })).groups).toMatchObject([
      {
        key: ['one after the other'],
        sendThroughputBytesPerSec: 200,
        receiveThroughputBytesPerSec: 2,
        retransmitRateBytes: 0.1,
      },
      { key: ['together'], sendThroughputBytesPerSec: 400, receiveThroughputBytesPerSec: 0, retransmitRateBytes: 0 },
      { key: ['overlapping'], sendThroughputBytesPerSec: 500 / 15 },
    ]);
  });

  it('of archives have quantiles of medians, the cause of most time, and no rate without a time', async () => {
    const store = new FakeStore(
      [
        archivedRow({}, { medianRttUs: 7, limitedUs: limited({ peer: 2 }), recorded: recorded({ bytesSent: 100 }) }),
        archivedRow({}, { medianRttUs: 9, limitedUs: limited({ peer: 2 }), recorded: recorded({ bytesReceived: 5 }) }),
        // One that was held up for long counts more than many that waited a moment.
        archivedRow({}, { medianRttUs: 9, limitedUs: limited({ loss: 5, idle: 90 }) }),
      ],
      'archive',
    );
    expect((await groupsOf(store, { by: 'sport' })).groups).toMatchObject([
      { sendThroughputBytesPerSec: null, receiveThroughputBytesPerSec: null, rttUs: { p95: 9 }, limitedBy: 'loss' },
    ]);
  });

  it('of archives have no rate over a short time if bytes moved before it', async () => {
    const rate = { sendThroughputBytesPerSec: null };
    const short = archived({}, [0, 0.05], { bytesSent: 1000 }, rate);
    const only = (await groupsOf(new FakeStore([short], 'archive'), { by: 'sport' })).groups;
    expect(only).toMatchObject([{ sendThroughputBytesPerSec: null }]);
    const beside = archived({}, [0, 1], { bytesSent: 1000 });
    expect((await groupsOf(new FakeStore([short, beside], 'archive'), { by: 'sport' })).groups).toMatchObject([
      { sendThroughputBytesPerSec: 2000 },
    ]);
  });

  it('are of prefixes, of both families', async () => {
    const remotes = ['10.0.0.1', '10.0.0.200', '10.0.1.1', '2001:db8::1', '2001:db8::ffff', '2001:db9::1'];
    const store = new FakeStore(remotes.map((remote) => fakeRow({ remote })));
    const keys = async (by: string) =>
      (await groupsOf(store, { by })).groups.map(({ key, connections }) => `${key.join(' ')} ${connections}`).sort();
    expect(await keys('remoteAddress/24')).toEqual(['10.0.0.0/24 2', '10.0.1.0/24 1', '2001:d00::/24 3']);
    expect(await keys('dst/33')).toEqual([
      '10.0.0.1/32 1',
      '10.0.0.200/32 1',
      '10.0.1.1/32 1',
      '2001:db8::/33 2',
      '2001:db9::/33 1',
    ]);
    expect(await keys('dst/0')).toEqual(['0.0.0.0/0 3', '::/0 3']);
    expect(await keys('dst/128')).toHaveLength(6);
    expect(await keys('dst/8, sport')).toEqual(['10.0.0.0/8 1 3', '2000::/8 1 3']);
  });

  it('add up to all rows, whatever the fields', async () => {
    const by = fc.constantFrom(
      'comm',
      'sport',
      'dst',
      'src/24',
      'limited,comm',
      'open,dst/12',
      'unit,netns',
      'rttUs',
      'uuid',
    );
    await fc.assert(
      fc.asyncProperty(
        storeOf(300),
        by,
        fc.constantFrom('true' as const, 'only' as const, undefined),
        async (store, fields, closed) => {
          const { groups, total, matched } = await groupsOf(store, {
            by: fields,
            limit: 10_000,
            ...(closed === undefined ? {} : { closed }),
          });
          const rows = store.list.filter(({ isOpen }) => closed === 'true' || isOpen !== (closed === 'only'));
          const sum = (read: (group: (typeof groups)[number]) => number) =>
            groups.reduce((all, each) => all + read(each), 0);
          expect([matched, total]).toEqual([rows.length, groups.length]);
          expect(sum(({ connections }) => connections)).toBe(rows.length);
          expect(sum((each) => each.closed)).toBe(rows.filter(({ isOpen }) => !isOpen).length);
          const total0 = (name: 'sendThroughputBytesPerSec' | 'receiveThroughputBytesPerSec') =>
            rows.reduce((all, { now }) => all + (now?.derived[name] ?? 0), 0);
          expect(sum((each) => each.sendThroughputBytesPerSec ?? Number.NaN)).toBe(total0('sendThroughputBytesPerSec'));
          expect(sum((each) => each.receiveThroughputBytesPerSec ?? Number.NaN)).toBe(
            total0('receiveThroughputBytesPerSec'),
          );
          expect(new Set(groups.map(({ key }) => JSON.stringify(key))).size).toBe(groups.length);
          const rates = groups.map(
            (each) => (each.sendThroughputBytesPerSec ?? 0) + (each.receiveThroughputBytesPerSec ?? 0),
          );
          expect(rates).toEqual(rates.toSorted((a, b) => b - a));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('beyond 10,000 are one, and the answer says so', async () => {
    const rows = Array.from({ length: 10_500 }, (_, i) =>
      fakeRow({ uuid: `h_${i}`, sent: i, received: 0, limitedBy: 'cwnd', rttUs: 1 + (i % 100) }),
    );
    const { groups, total, matched } = await groupsOf(new FakeStore(rows), { by: 'uuid', limit: 2 });
    expect([matched, total, groups.length]).toEqual([10_500, 10_500, 3]);
    expect(groups.map(({ key, other = false }) => [key[0], other])).toEqual([
      ['h_10499', false],
      ['h_10498', false],
      [null, true],
    ]);
    expect(groups[2]).toMatchObject({
      connections: 500,
      sendThroughputBytesPerSec: (499 * 500) / 2,
      rttUs: { p50: 50, p95: 95 },
      limitedBy: 'cwnd',
    });
  });

  it.each<[GroupsRequest, RegExp]>([
    [{ by: 'nope' }, /by: "nope" is no field/],
    [{ by: '' }, /"" is no field/],
    [{ by: 'comm,sport,dst' }, /3 fields; at most 2/],
    [{ by: 'sport/24' }, /sport is no address/],
    [{ by: 'dst/129' }, /at most 128 bits/],
    [{ by: 'dst/x' }, /"dst\/x" is no field/],
    [{ by: 'comm', limit: -1 }, /limit/],
    [{ by: 'comm', closed: '' as never }, /closed/],
  ])('%o is refused', async (request, message) => {
    const error = await groupsOf(new FakeStore(), request).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RequestError);
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
  });

  it('with a wrong filter are refused', async () => {
    await expect(groupsOf(new FakeStore(), { by: 'comm', filter: 'sport =' })).rejects.toThrow(ExpressionError);
  });
});
