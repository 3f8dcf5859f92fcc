import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConnectionRow } from '../../../analysis/index.js';
import { ArchiveRows } from '../../../archive/store/archive-rows.js';
import { openArchiveStore } from '../../../archive/store/index.js';
import { timestampToNs } from '../../../parse/index.js';
import { connectionRow } from '../../cmd/summary/rows.js';
import { Harness } from '../../live/answers/harness.js';
import { folderOf, OPEN, WEB } from './written.js';

const EMPTY = connectionRow({});
const START_MS = Date.UTC(2026, 10, 20, 23);

/** Returns rows of connections with these times, in seconds from the start, and values. */
function rowsOf(connections: readonly { start: number; end: number; sent?: number; open?: boolean }[]): ArchiveRows {
  const rows = new ArchiveRows();
  const time = (seconds: number): string => new Date(START_MS + Math.round(seconds * 1000)).toISOString();
  for (const { start, end, sent = 0, open = false } of connections) {
    const values: Partial<ConnectionRow> = {
      ...{ uuid: null, startTime: time(start), endTime: time(end), howEnded: open ? 'open' : 'closed' },
      recorded: { ...EMPTY.recorded, bytesSent: sent, bytesReceived: 2 * sent, bytesRetrans: 0 },
      limitedUs: { ...EMPTY.limitedUs, application: 0, idle: 0, cwnd: sent },
    };
    rows.add(connectionRow(values));
  }
  rows.finish();
  return rows;
}

describe('the overview of archives', () => {
  it('has a part for each second of a short time', () => {
    const { widthUs, parts } = rowsOf([
      { start: 0, end: 2.5, sent: 1000 },
      { start: 1, end: 1.5, sent: 300 },
      { start: 2, end: 3, open: true },
    ]).overview();
    expect(widthUs).toBe(1e6);
    expect(
      parts.map(({ open, opened, closed, sentBytes, receivedBytes }) => [
        open,
        opened,
        closed,
        sentBytes,
        receivedBytes,
      ]),
    ).toEqual([
      [1, 1, 0, 400, 800],
      [1, 1, 1, 700, 1400],
      [1, 1, 1, 200, 400],
      [1, 0, 0, 0, 0],
    ]);
    expect(parts[0]?.limitedUs).toEqual({ cwnd: 400 });
    expect(parts[3]?.limitedUs).toEqual({});
    expect(timestampToNs(parts[0]?.time ?? '')).toBe(BigInt(START_MS) * 1_000_000n);
  });

  it('has no part without connections', () => {
    expect(rowsOf([]).overview()).toEqual({ widthUs: 1e6, parts: [] });
  });

  it.each([
    [599, 1e6],
    [3600, 10e6],
    [86_400, 300e6],
    [40 * 86_400, 2 * 3600e6],
    [4 * 365 * 86_400, 3 * 86_400e6],
  ])('holds %d s in at most 602 parts', (seconds, widthUs) => {
    const overview = rowsOf([{ start: 0, end: seconds, sent: 1e9, open: true }]).overview();
    expect(overview.widthUs).toBe(widthUs);
    expect(overview.parts.length).toBeLessThanOrEqual(602);
    expect(overview.parts.every(({ open }) => open === 1)).toBe(true);
  });

  it('adds up to all bytes and all connections', () => {
    const connection = fc.record({
      start: fc.integer({ min: 0, max: 20_000 }),
      length: fc.integer({ min: 0, max: 20_000 }),
      sent: fc.integer({ min: 0, max: 1e9 }),
      open: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(connection, { minLength: 1, maxLength: 20 }), (all) => {
        const { parts } = rowsOf(
          all.map(({ start, length, ...rest }) => ({ start, end: start + length, ...rest })),
        ).overview();
        const sum = (value: (part: (typeof parts)[number]) => number): number =>
          parts.reduce((total, part) => total + value(part), 0);
        const sent = all.reduce((total, each) => total + each.sent, 0);
        // Each part is rounded.
        expect(Math.abs(sum(({ sentBytes }) => sentBytes) - sent)).toBeLessThanOrEqual(parts.length);
        expect(sum(({ opened }) => opened)).toBe(all.length);
        expect(sum(({ closed }) => closed)).toBe(all.filter(({ open }) => !open).length);
        expect(parts.every(({ open, sentBytes }) => open >= 0 && sentBytes >= 0)).toBe(true);
      }),
    );
  });

  it('is the answer of a store over archives, whatever the window is', async () => {
    const store = await openArchiveStore([await folderOf(WEB, OPEN)]);
    const { windowUs, widthUs, seconds } = new Harness(store).answers.overview(1e6);
    expect(widthUs).toBe(10e6);
    expect(windowUs).toBe(seconds.length * widthUs);
    expect(seconds[0]?.time.startsWith('2026-11-20T22:00:00')).toBe(true);
    const sent = [...store.rows()].reduce((sum, { connection }) => sum + (connection.recorded.bytesSent ?? 0), 0);
    expect(Math.abs(seconds.reduce((sum, { sentBytes }) => sum + sentBytes, 0) - sent)).toBeLessThanOrEqual(3);
  });
});
