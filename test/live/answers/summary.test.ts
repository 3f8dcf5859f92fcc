import { describe, expect, it } from 'vitest';
import type { ConnectionRow } from '../../../analysis/index.js';
import type { SummaryRequest } from '../../../live/answers/index.js';
import type { StoreRow } from '../../../live/store/index.js';
import type { SummaryJson } from '../../../live/wire/index.js';
import { archivedRow, FakeStore, type RowSpec } from './fake-store.js';
import { Harness } from './harness.js';

async function summaryOf(store: FakeStore, request: SummaryRequest = {}): Promise<SummaryJson> {
  const harness = new Harness(store);
  return await harness.answer(harness.answers.summary(request));
}

const NONE = { application: 0, cwnd: 0, rwnd: 0, sndbuf: 0, pacing: 0, loss: 0, peer: 0, idle: 0 };

/** Makes a connection that was limited for so many seconds. */
function limited(spec: RowSpec, seconds: Partial<typeof NONE>, more: Partial<ConnectionRow> = {}): StoreRow {
  const us = Object.fromEntries(Object.entries(seconds).map(([cause, value]) => [cause, value * 1e6]));
  const totals = { bytesSent: 1e6, bytesAcked: 1e6, bytesReceived: 0, bytesRetrans: 0 };
  const row = { ...totals, uuid: spec.key ?? null, olderByUs: null, limitedUs: { ...NONE, ...us } };
  return archivedRow({ ...spec, uuid: row.uuid }, { ...row, ...more });
}

describe('a summary', () => {
  it('names the cause of most time, and the connection that it held up for longest', async () => {
    const rows = [
      limited({ key: 'a' }, { peer: 5 }),
      limited({ key: 'b' }, { loss: 3 }),
      limited({ key: 'c' }, { loss: 4, idle: 1 }),
    ];
    const summary = await summaryOf(new FakeStore(rows, 'archive'), { closed: 'true' });
    expect(summary).toMatchObject({ connections: 3, slow: 2 });
    expect(summary.verdict).toContain(
      'where they were held up it was mostly losses on the paths (58 % of the active time)',
    );
    expect(summary.worst).toMatchObject({ key: 'c', cause: 'loss', us: 4e6 });
    expect(summary.nextStep).toBe('Look at the one that lost the most time to it (4 s).');
  });

  it('is of the connections that a filter chooses', async () => {
    const rows = [limited({ key: 'a' }, { loss: 9 }), limited({ key: 'b' }, { rwnd: 3 })];
    const store = new FakeStore(rows, 'archive');
    const summary = await summaryOf(store, { filter: 'work < 5s', closed: 'true' });
    expect(summary).toMatchObject({ connections: 1, worst: { key: 'b', cause: 'rwnd' } });
    await expect(summaryOf(store, { filter: 'rtt >' })).rejects.toThrow('expected');
  });

  it('of no connection says so', async () => {
    expect(await summaryOf(new FakeStore([], 'archive'))).toMatchObject({
      ...{ connections: 0, slow: 0, verdict: 'No connection was found.', worst: null, nextStep: 'Change the filter.' },
    });
  });

  it('of live connections calls those without an end open', async () => {
    const rows = [limited({ key: 'a' }, { rwnd: 2 }, { howEnded: 'open' })];
    expect((await summaryOf(new FakeStore(rows))).verdict).toContain('Of 1 connection none has ended');
  });
});
