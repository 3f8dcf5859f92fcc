import { execFileSync } from 'node:child_process';
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ArchiveStore } from '../../../archive/store/archive-store.js';
import { ArchiveStoreError, openArchiveStore } from '../../../archive/store/index.js';
import { compileExpression } from '../../../expression/index.js';
import { type ConnectionTimeline, ROW_VOCABULARY, type StoreRow } from '../../../live/store/index.js';
import { connectionRow } from '../../cmd/summary/rows.js';
import { connectionRows } from '../../support/connection-rows.js';
import { type WrittenConnection, writeConnection } from '../../support/connections.js';
import { tempFolder } from '../../support/temp.js';
import { DATABASE, folderOf, OPEN, WEB } from './written.js';

async function storeOf(...connections: readonly WrittenConnection[]): Promise<ArchiveStore> {
  return await openArchiveStore([await folderOf(...connections)]);
}

function rowOf(store: ArchiveStore, key: string): StoreRow {
  const row = store.row(key);
  if (row === undefined) throw new Error(`no row ${key}`);
  return row;
}

function us(text: string): number {
  return Date.parse(text) * 1000;
}

/** Returns the growth of a counter over the whole timeline. */
function total(timeline: ConnectionTimeline, counter: 'bytesSent' | 'bytesAcked'): number {
  return timeline.cells().reduce((sum, { value }) => sum + (value.grown[counter] ?? 0), 0);
}

function snapshots(timeline: ConnectionTimeline): number {
  return timeline.cells().reduce((sum, { value }) => sum + value.snapshots, 0);
}

describe('a store over archives', () => {
  it('has the rows that analysis makes, oldest first', async () => {
    const folder = await folderOf(WEB, OPEN, DATABASE);
    const store = await openArchiveStore([folder]);
    const rows = [...store.rows()].map(({ connection }) => ({ ...connection }));
    const expected = connectionRows(folder).toSorted((a, b) => a.startTime.localeCompare(b.startTime));
    expect(rows).toEqual(expected);
    expect(rows.map(({ uuid }) => uuid)).toEqual([OPEN, WEB, DATABASE].map(({ uuid }) => uuid));
  });

  it('says of itself what an archive can know', async () => {
    const store = await storeOf(WEB, OPEN, DATABASE);
    expect(store).toMatchObject({ mode: 'archive', generation: 1, size: 3, closedSize: 2 });
    expect(store.timeUs).toBe(us('2026-11-21T12:00:02.9Z'));
    expect(store.attribution).toEqual({ on: false, readsOthers: false, unknown: { off: 1 } });
    expect(store.budget).toMatchObject({ historyBytes: 0, maxClosed: 200_000 });
    store.onGeneration()();
  });

  it('has rows of open and closed connections', async () => {
    const store = await storeOf(WEB, OPEN);
    const [open, closed] = [rowOf(store, OPEN.uuid), rowOf(store, WEB.uuid)];
    expect(closed).toMatchObject({
      key: WEB.uuid,
      cookie: 0xa1n,
      startUs: us('2026-11-20T23:00:00Z'),
      endUs: us('2026-11-20T23:00:02.9Z'),
      closedUs: us('2026-11-20T23:00:02.9Z'),
      ageUs: 2_900_000,
      state: 7,
      isOpen: false,
      endCause: null,
      now: null,
      process: null,
      processUnknown: 'off',
      cgroup: null,
      alerts: [],
    });
    expect([...closed.localBytes]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1]);
    expect([...closed.remoteBytes].at(-1)).toBe(2);
    expect(open).toMatchObject({ isOpen: true, closedUs: null, state: 1 });
    expect(store.row('host_1_00000000000000FF')).toBeUndefined();
  });

  it('takes the expressions of live rows', async () => {
    const store = await storeOf(WEB, OPEN, DATABASE);
    const matches = (text: string): string[] => {
      const { matches: isMatch } = compileExpression(text, ROW_VOCABULARY);
      return [...store.rows()].filter(isMatch).map(({ key }) => key.slice(-2));
    };
    expect(matches('dport 443')).toEqual(['B2', 'A1']);
    expect(matches('is:closed')).toEqual(['A1', 'C3']);
    expect(matches('src 2001:db8::/32 age > 1s')).toEqual(['C3']);
    expect(matches('is:lossy')).toEqual([]);
    expect(matches('bytesAcked > 1MB and cookie = 00000000000000A1')).toEqual(['A1']);
  });

  it('calls back at once for a closed row, and never for an open one', async () => {
    const store = await storeOf(WEB, OPEN);
    const called: string[] = [];
    for (const { uuid } of [OPEN, WEB]) store.onClosed(rowOf(store, uuid), () => void called.push(uuid))();
    expect(called).toEqual([WEB.uuid]);
  });

  it('reads a timeline of all archives of the connection at full resolution', async () => {
    const store = await storeOf(
      { ...WEB, isOver: false },
      { ...WEB, start: '2026-11-21T01:00:00Z', sequence: 1 },
      OPEN,
    );
    const timeline = await store.timeline(rowOf(store, WEB.uuid), {});
    expect(timeline).toMatchObject({ source: 'archive', startUs: us(WEB.start), spanUs: 7_202_900_000 });
    expect(timeline.parts.map(({ sequence }) => sequence)).toEqual([0, 1]);
    expect(snapshots(timeline)).toBe(60);
  });

  it('reads only a range of a timeline, in cells of its own', async () => {
    const store = await storeOf(WEB);
    const row = rowOf(store, WEB.uuid);
    const whole = await store.timeline(row, {});
    const fromUs = row.startUs + 1_000_000;
    const part = await store.timeline(row, { fromUs, untilUs: fromUs + 500_000 });
    expect(part).toMatchObject({ startUs: fromUs, spanUs: 400_000 });
    expect(snapshots(part)).toBe(5);
    // The first record of the range grows from the record before it.
    expect(total(part, 'bytesAcked')).toBe(5 * WEB.bytesPerStep);
    expect(total(whole, 'bytesAcked')).toBe(29 * WEB.bytesPerStep + 1);
    const none = await store.timeline(row, { untilUs: row.startUs });
    expect([none.cells(), none.startUs]).toEqual([[], undefined]);
  });

  it('merges cells to the least width', async () => {
    const store = await storeOf(WEB);
    const row = rowOf(store, WEB.uuid);
    const [fine, wide] = [await store.timeline(row, {}), await store.timeline(row, { widthUs: 1_000_000 })];
    expect(wide.cellUs).toBe(1_000_000);
    expect(wide.cells().map(({ startUs, value }) => [startUs, value.snapshots])).toEqual([
      [0, 10],
      [1_000_000, 10],
      [2_000_000, 10],
    ]);
    expect(total(wide, 'bytesSent')).toBe(total(fine, 'bytesSent'));
    expect(wide.cells()).toBe(wide.cells());
  });

  it('has round-trip times of the last seconds of a connection once they are read', async () => {
    const store = await storeOf(WEB, OPEN);
    const row = rowOf(store, WEB.uuid);
    expect(store.roundTrips(row, 1_000_000)).toEqual([]);
    await store.prepare(row);
    expect(store.roundTrips(row, 1_000_000)).toEqual(new Array(10).fill(20_000));
    expect(store.roundTrips(row, 1e12)).toHaveLength(30);
    expect(store.roundTrips(rowOf(store, OPEN.uuid), 1e12)).toEqual([]);
  });

  it('keeps round-trip times of the connections that were asked for last', async () => {
    const many = Array.from({ length: 10 }, (_, i) => ({ ...WEB, records: 2, uuid: `host_1_00000000000000${i}0` }));
    const store = await storeOf(...many);
    const rows = many.map(({ uuid }) => rowOf(store, uuid));
    for (const row of rows.slice(0, 8)) await store.prepare(row);
    await Promise.all([rows[0], ...rows.slice(8)].map(async (row) => row && (await store.prepare(row))));
    const kept = rows.map((row) => store.roundTrips(row, 1e12).length > 0);
    expect(kept).toEqual([true, false, false, true, true, true, true, true, true, true]);
  });

  it('answers many timelines at once', async () => {
    const store = await storeOf(WEB, OPEN, DATABASE);
    const all = await Promise.all([...store.rows()].map(async (row) => await store.timeline(row, {})));
    expect(all.map(({ startUs }) => startUs)).toEqual([OPEN, WEB, DATABASE].map(({ start }) => us(start)));
  });

  it('reads archives that were given other names', async () => {
    const folder = await folderOf(WEB, DATABASE);
    const renamed = tempFolder();
    const archives = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.zst'));
    for (const path of archives) renameSync(join(folder, path), join(renamed, `copy_${basename(path)}`));
    expect(archives).toHaveLength(2);
    const store = await openArchiveStore([renamed]);
    const timeline = await store.timeline(rowOf(store, DATABASE.uuid), {});
    expect([timeline.startUs, snapshots(timeline)]).toEqual([us(DATABASE.start), 30]);
  });

  it('refuses a timeline of archives that are gone, and goes on with others', async () => {
    const folder = await folderOf(WEB, DATABASE);
    const store = await openArchiveStore([folder]);
    rmSync(join(folder, '2026/11/20'), { recursive: true });
    const lost = store.timeline(rowOf(store, WEB.uuid), {});
    const found = store.timeline(rowOf(store, DATABASE.uuid), {});
    await expect(lost).rejects.toThrow(
      new ArchiveStoreError(`the archives of ${WEB.uuid} can no longer be read`, 'ERR_GONE'),
    );
    expect((await found).parts).toHaveLength(1);
    await expect(store.prepare(rowOf(store, WEB.uuid))).rejects.toMatchObject({ code: 'ERR_GONE' });
  });

  it('reads a timeline out of a tar', async () => {
    const folder = await folderOf(WEB, DATABASE);
    const tar = join(tempFolder(), 'all.tar');
    execFileSync('tar', ['-cf', tar, '-C', folder, '.']);
    const store = await openArchiveStore([tar]);
    const timeline = await store.timeline(rowOf(store, DATABASE.uuid), {});
    expect([timeline.startUs, snapshots(timeline)]).toEqual([us(DATABASE.start), 30]);
    expect(timeline.parts[0]?.path).toContain(`all.tar:`);
  });

  it('refuses a timeline of standard input', async () => {
    const store = new ArchiveStore({ found: ['-'], options: {} }, 1);
    store.add(connectionRow({}));
    store.finish();
    const [row] = store.rows();
    if (row === undefined) throw new Error('no row');
    await expect(store.timeline(row, {})).rejects.toMatchObject({ code: 'ERR_GONE' });
  });

  it('refuses a row of another store', async () => {
    const [one, other] = [await storeOf(WEB), await storeOf(WEB)];
    expect(() => one.roundTrips(rowOf(other, WEB.uuid), 1)).toThrow(TypeError);
  });

  it('keeps two connections of one UUID apart', async () => {
    const folder = tempFolder();
    await writeConnection(join(folder, 'a'), WEB);
    await writeConnection(join(folder, 'b'), { ...WEB, start: '2026-11-22T00:00:00Z' });
    const store = await openArchiveStore([folder]);
    // The UUID alone names neither.
    expect(store.row(WEB.uuid)).toBeUndefined();
    expect([...store.rows()].map(({ key }) => key)).toEqual([
      `${WEB.uuid}@${WEB.start}`,
      `${WEB.uuid}@2026-11-22T00:00:00Z`,
    ]);
    for (const row of store.rows()) {
      expect(store.row(row.key)).toBe(row);
      expect((await store.timeline(row, {})).startUs).toBe(row.startUs);
      await store.prepare(row);
      expect(store.roundTrips(row, 1e15)).toHaveLength(30);
    }
  });

  it('has a connection without UUID, by its ends', async () => {
    const folder = tempFolder();
    const line = '{"Timestamp":"2026-11-20T23:28:03.1Z","RawIDM":"';
    const rawIdm = Buffer.alloc(72);
    rawIdm.set([2, 1, 0, 0, 0x01, 0xbb, 0x13, 0x88, 192, 0, 2, 1]);
    rawIdm.set([198, 51, 100, 2], 24);
    const text = `${line}${rawIdm.toString('base64')}"}\n`;
    writeFileSync(join(folder, 'old.jsonl'), text);
    const store = await openArchiveStore([folder]);
    const [row] = store.rows();
    expect(row?.key).toBe('192.0.2.1:443-198.51.100.2:5000@2026-11-20T23:28:03.1Z');
    expect(row?.cookie).toBeNull();
    expect(row === undefined ? undefined : (await store.timeline(row, {})).cells()).toHaveLength(1);
    writeFileSync(join(folder, 'other.jsonl'), text);
    const both = await openArchiveStore([folder]);
    const keys = [...both.rows()].map(({ key }) => key);
    expect(keys).toEqual([row?.key, `${row?.key}#2`]);
    await expect(both.timeline(rowOf(both, keys[0] ?? ''), {})).rejects.toMatchObject({ code: 'ERR_NO_UUID' });
    rmSync(join(folder, 'other.jsonl'));
    await writeConnection(folder, WEB);
    renameSync(join(folder, '2026/11/20', `${WEB.uuid}.00000.jsonl.zst`), join(folder, 'web.jsonl.zst'));
    const mixed = await openArchiveStore([folder]);
    await expect(mixed.timeline(rowOf(mixed, row?.key ?? ''), {})).rejects.toMatchObject({ code: 'ERR_NO_UUID' });
    expect((await mixed.timeline(rowOf(mixed, WEB.uuid), {})).startUs).toBe(us(WEB.start));
  });
});
