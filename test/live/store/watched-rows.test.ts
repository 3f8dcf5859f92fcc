import { describe, expect, it } from 'vitest';
import type { ConnectionTimeline } from '../../../live/store/index.js';
import { RecordCells } from '../../../live/store/record-cells.js';
import { cellJson, ShownConnection } from '../../../view/connection/index.js';
import { Scene, START_MS, uuidOf } from './scene.js';

const A = 0xan;
const B = 0xbn;

/** Has a connection send in each tenth of some seconds, with a peak of the round-trip time in the middle. */
function send(scene: Scene, cookie: bigint, seconds: number): void {
  for (let second = 0; second < seconds; second++) {
    for (let tenth = 1; tenth < 10; tenth++) {
      scene.ms = 1000 * Math.floor(scene.ms / 1000) + 100 * tenth;
      const sent = scene.ms * 10;
      const rttUs = tenth === 5 ? 90_000 : tenth === 6 ? 1000 : 20_000;
      scene.seen(cookie, { info: { bytesSent: sent, bytesAcked: sent + 1, rttUs } });
    }
    scene.second();
  }
}

async function timeline(scene: Scene, cookie: bigint, range = {}): Promise<ConnectionTimeline> {
  return await scene.store.timeline(scene.row(cookie), range);
}

const rtts = (found: ConnectionTimeline): unknown[] => found.cells().map((cell) => cellJson(cell).rttUs);

describe('a watched connection', () => {
  it('has a cell of each record from then on, as show has them of its archive', async () => {
    const scene = new Scene();
    send(scene, A, 2);
    scene.store.watch(scene.row(A));
    const fromUs = 1000 * (START_MS + scene.ms);
    send(scene, A, 3);
    const fine = await timeline(scene, A, { fromUs, widthUs: 1000 });
    expect(fine).toMatchObject({ source: 'memory', cellUs: 1000 });
    expect(fine.reason).toBeUndefined();
    const shown = new ShownConnection({ fromUs });
    shown.begin('');
    for (const record of scene.records.get(uuidOf(A)) ?? []) shown.add(record);
    expect(fine.cells().map(cellJson)).toEqual(shown.timeline.cells().map(cellJson));
    expect(fine.startUs).toBe(shown.timeline.startUs);
    const wide = await timeline(scene, A, { fromUs: fromUs + 1e6, widthUs: 200_000 });
    expect(wide.cells().map(({ startUs }) => ((wide.startUs ?? 0) + startUs) % 200_000)).toEqual(
      wide.cells().map(() => 0),
    );
  });

  it('has true extremes of its seconds', async () => {
    const scene = new Scene();
    send(scene, A, 2);
    const end = scene.store.watch(scene.row(A));
    send(scene, A, 2);
    end();
    scene.store.watch(scene.row(A));
    send(scene, A, 1);
    const last = { min: 20_000, max: 20_000, last: 20_000 };
    const all = { min: 1000, max: 90_000, last: 20_000 };
    // What was kept went with the first watcher.
    expect(rtts(await timeline(scene, A))).toEqual([last, last, last, last, all]);
  });

  it('has seconds where it was not watched, and says why', async () => {
    const scene = new Scene();
    send(scene, A, 2);
    const asked = { widthUs: 100_000 };
    expect(await timeline(scene, A, asked)).toMatchObject({
      cellUs: 1e6,
      reason: expect.stringContaining('only while a stream') as string,
    });
    scene.store.watch(scene.row(A));
    const since = new Date(START_MS + scene.ms).toISOString();
    send(scene, A, 1);
    expect(await timeline(scene, A, asked)).toMatchObject({
      cellUs: 1e6,
      reason: expect.stringContaining(`only since ${since}`) as string,
    });
  });

  it('is watched until all have ended, and its memory is counted', async () => {
    const scene = new Scene();
    send(scene, A, 1);
    const before = scene.store.budget.historyBytes;
    const [first, second] = [scene.store.watch(scene.row(A)), scene.store.watch(scene.row(A))];
    expect(scene.store.budget.historyBytes).toBe(before + RecordCells.bytes);
    first();
    first();
    expect(scene.store.budget.historyBytes).toBe(before + RecordCells.bytes);
    second();
    expect(scene.store.budget.historyBytes).toBe(before);
  });

  it('is one of as many as fit into half of the memory; others wait for a place', async () => {
    const scene = new Scene({ maxHistoryBytes: 2 * RecordCells.bytes });
    send(scene, A, 1);
    send(scene, B, 1);
    const end = scene.store.watch(scene.row(A));
    scene.store.watch(scene.row(B));
    const asked = { fromUs: 1000 * (START_MS + scene.ms), widthUs: 100_000 };
    expect((await timeline(scene, B, asked)).reason).toMatch(/too many other connections/);
    end();
    send(scene, B, 1);
    const given = await timeline(scene, B, asked);
    expect(given).toMatchObject({ cellUs: 100_000 });
    expect(given.reason).toBeUndefined();
    expect(scene.store.budget.historyBytes).toBeLessThanOrEqual(2 * RecordCells.bytes);
  });

  it('keeps its last 4,096 records, and the history leaves them room', async () => {
    const scene = new Scene({ maxHistoryBytes: 4 * RecordCells.bytes });
    send(scene, A, 1);
    scene.store.watch(scene.row(A));
    for (let n = 0; n < 5000; n++) {
      scene.ms += 2;
      scene.seen(A, { info: { bytesSent: n, rttUs: 100 + n } });
      if (n % 500 === 0) scene.second();
      expect(scene.store.budget.historyBytes).toBeLessThanOrEqual(4 * RecordCells.bytes);
    }
    const endUs = 1000 * (START_MS + scene.ms);
    const recent = await timeline(scene, A, { fromUs: endUs - 1e6, widthUs: 1000 });
    expect(recent.cells().at(-1)?.value.gauges.rttUs.extent?.last).toBe(5099);
    const older = await timeline(scene, A, { fromUs: 1000 * START_MS + 1e6, widthUs: 1000 });
    expect(older.reason).toMatch(/only since/);
  });

  it('is let go when its row is forgotten, and a row of the past cannot be watched', () => {
    const scene = new Scene({ keepClosedSec: 2 });
    send(scene, A, 1);
    const row = scene.row(A);
    const end = scene.store.watch(row);
    scene.ended(A);
    scene.second(5);
    expect(scene.store.budget.historyBytes).toBeLessThan(RecordCells.bytes);
    end();
    scene.store.watch(row);
    expect(scene.store.budget.historyBytes).toBeLessThan(RecordCells.bytes);
  });
});
