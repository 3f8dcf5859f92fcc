import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openFound } from '../../../archive/input/index.js';
import { PastReader, type RenderOnThread, renderPast } from '../../../archive/output/index.js';
import { findConnection } from '../../../archive/search/index.js';
import { StoreAnswers } from '../../../live/answers/index.js';
import type { LiveServerOptions } from '../../../live/api/index.js';
import type { TimelineJson } from '../../../live/wire/index.js';
import { encodeRecord, ZERO_TIMESTAMP } from '../../../parse/index.js';
import { ShownConnection, showJson } from '../../../view/connection/index.js';
import { compressFrame } from '../../../zstd/index.js';
import { MemoryRow, STORE_START_US } from '../../support/live-store.js';
import { tempFolder } from '../../support/temp.js';
import { Scene, uuidOf } from '../store/scene.js';
import { get, type Served, useLiveServer } from './harness.js';

const A = 0xan;
const UUID = uuidOf(A);
const start = useLiveServer();

/** Renders on this thread. */
const here: RenderOnThread = (request) => renderPast(request);

/** Serves the store of a scene. */
async function serve(scene: Scene, archives: string, options: Partial<LiveServerOptions> = {}): Promise<Served> {
  const { store } = scene;
  const answering = new StoreAnswers(store, {
    elapsedMs: () => performance.now(),
    onFault: (error) => {
      throw error;
    },
  });
  return await start({ store, answering, archives, past: new PastReader({ render: here }), ...options });
}

interface Answered extends TimelineJson {
  readonly status: number;
}

async function timeline(served: Served, query = ''): Promise<Answered> {
  const { status, body } = await get(served, `/connections/${UUID}/timeline${query}`);
  return { ...(JSON.parse(body) as TimelineJson), status };
}

/** Returns the lines of a connection's archive: metadata, then as many records. */
function linesOf(scene: Scene, count = Number.POSITIVE_INFINITY): string[] {
  const records = (scene.records.get(UUID) ?? []).slice(0, count);
  const metadata = { uuid: UUID, sequence: 0, startTime: records[0]?.timestamp ?? '' };
  return [encodeRecord({ timestamp: ZERO_TIMESTAMP, metadata }), ...records.map((record) => encodeRecord(record))];
}

function write(folder: string, content: Uint8Array, name = `${UUID}.00000.jsonl.zst`): string {
  const path = join(folder, '2026/11/21', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

async function archive(folder: string, scene: Scene, count?: number): Promise<string> {
  return write(folder, await compressFrame(Buffer.from(linesOf(scene, count).join(''))));
}

/** Returns the object that `tcp-info show --format=json` prints. */
async function shownOf(path: string): Promise<unknown> {
  const options = { onProblem: () => undefined };
  const found = [path];
  const reading = { found, archives: () => openFound(found, options), options };
  const result = await findConnection(UUID, reading, () => new ShownConnection());
  if (result.kind !== 'one' || result.connection.row === undefined) throw new Error('no connection');
  return JSON.parse(showJson(result.connection, result.connection.row));
}

/** Has a connection send every 250 ms; returns the bytes that it sent. */
function send(scene: Scene, seconds: number, before = 0): number {
  let sent = before;
  for (let second = 0; second < seconds; second++) {
    for (const part of [1, 2, 3]) {
      scene.ms = 1000 * Math.floor(scene.ms / 1000) + 250 * part;
      sent += 1000 * part;
      scene.seen(A, { info: { bytesSent: sent, bytesAcked: sent + 1, rttUs: 20_000 + sent } });
    }
    scene.second();
  }
  return sent;
}

function end(scene: Scene, sent: number): void {
  scene.ms += 100;
  scene.ended(A, { info: { bytesSent: sent, bytesAcked: sent + 2 } });
  scene.second();
}

const total = (cells: readonly { readonly bytesSent: number | null }[]): number =>
  cells.reduce((sum, { bytesSent }) => sum + (bytesSent ?? 0), 0);

/** Expects cells in order, none twice. */
function expectInOrder({ timeline: cells, widthUs }: TimelineJson): void {
  const starts = cells.map(({ fromUs }) => fromUs);
  expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
  expect(starts.every((each) => each % widthUs === 0)).toBe(true);
}

describe('timeline of a closed connection', () => {
  it('equals show --format=json of its archive', async () => {
    const step = fc.record({ ms: fc.integer({ min: 1, max: 3000 }), sent: fc.integer({ min: 0, max: 100_000 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        const scene = new Scene({ hasLimits: true });
        const folder = tempFolder();
        let sent = 0;
        for (const { ms, sent: more } of steps) {
          scene.ms += ms;
          sent += more;
          scene.seen(A, { info: { bytesSent: sent, bytesAcked: sent + 1, rttUs: 100 + (sent % 977) } });
        }
        end(scene, sent);
        const path = await archive(folder, scene);
        const { source, status, ...object } = await timeline(await serve(scene, folder));
        expect([status, source]).toEqual([200, 'archive']);
        expect(object).toEqual(await shownOf(path));
      }),
      { numRuns: 20 },
    );
  });

  it('is drawn from its archive, too', async () => {
    const scene = new Scene();
    const folder = tempFolder();
    end(scene, send(scene, 3));
    await archive(folder, scene);
    const served = await serve(scene, folder);
    for (const kind of ['svg', 'html']) {
      const answer = await get(served, `/connections/${UUID}/picture.${kind}`);
      expect(answer.status).toBe(200);
      expect(answer.body).toContain('<svg');
      if (kind === 'html') expect(answer.body).toContain('in 1 archive');
    }
  });

  it('is from memory with a width of a second or more, or with source=memory', async () => {
    const scene = new Scene();
    const folder = tempFolder();
    end(scene, send(scene, 3));
    await archive(folder, scene);
    const served = await serve(scene, folder);
    expect(await timeline(served, '?width=1s')).toMatchObject({ source: 'memory', widthUs: 1e6 });
    const answer = await timeline(served, '?source=memory');
    expect(answer).toMatchObject({ source: 'memory' });
    expect(answer.reason).toBeUndefined();
  });

  it('goes on in memory where its archive is not written to the end yet', async () => {
    const scene = new Scene();
    const folder = tempFolder();
    const sent = send(scene, 10);
    end(scene, sent);
    await archive(folder, scene, 14);
    const answer = await timeline(await serve(scene, folder));
    expect(answer).toMatchObject({ source: 'archive', memoryFromUs: expect.any(Number) as number });
    expectInOrder(answer);
    expect(total(answer.timeline)).toBe(sent - 1000);
  });
});

describe('timeline that reaches further back than memory', () => {
  it.each([
    ['whole', 3 * 40, ''],
    ['in the middle of a second', 3 * 20 + 1, ''],
    ['at the end of a second', 3 * 33, ''],
    ['before memory begins', 3 * 25, ''],
    ['with wider cells', 3 * 35 + 2, '?width=3s'],
  ])('is of archives, then of memory, without a gap or a doubled cell: %s', async (_, count, query) => {
    const scene = new Scene({ historySec: 15 });
    const folder = tempFolder();
    const sent = send(scene, 40);
    await archive(folder, scene, count);
    const answer = await timeline(await serve(scene, folder), query);
    expect(answer).toMatchObject({ status: 200, source: 'archive' });
    expectInOrder(answer);
    // The first record is the beginning of the picture: counts before it are of the time before.
    const [first] = scene.records.get(UUID) ?? [];
    expect(first).toBeDefined();
    if (count >= 3 * 25) expect(total(answer.timeline)).toBe(sent - 1000);
    const snapshots = answer.timeline.reduce((sum, cell) => sum + cell.snapshots, 0);
    if (count >= 3 * 26) expect(snapshots).toBe(3 * 40);
    expect(snapshots).toBeLessThanOrEqual(3 * 40);
  });

  it('has only the range, from its first cell to its last', async () => {
    const scene = new Scene({ historySec: 15 });
    const folder = tempFolder();
    send(scene, 40);
    await archive(folder, scene, 3 * 30);
    const served = await serve(scene, folder);
    const from = '2026-11-21T00:00:05Z';
    const past = await timeline(served, `?from=${from}&until=2026-11-21T00:00:08Z`);
    expect(past).toMatchObject({ source: 'archive', startUs: Date.parse(from) * 1000 + 250_000 });
    expect(past.memoryFromUs).toBeUndefined();
    expect(past.timeline.reduce((sum, cell) => sum + cell.snapshots, 0)).toBe(9);
    const joined = await timeline(served, `?from=${from}`);
    expect(joined.startUs).toBe(Date.parse(from) * 1000);
    expect(joined.timeline.reduce((sum, cell) => sum + cell.snapshots, 0)).toBe(3 * 35);
    expect(await timeline(served, '?from=2026-11-21T00:00:30Z')).toMatchObject({ source: 'memory' });
  });

  it('has of a damaged archive what is whole', async () => {
    const scene = new Scene({ historySec: 15 });
    const folder = tempFolder();
    send(scene, 40);
    const lines = linesOf(scene);
    const frames = await Promise.all(
      [lines.slice(0, 100), lines.slice(100)].map((part) => compressFrame(Buffer.from(part.join('')))),
    );
    const [first = new Uint8Array(), second = new Uint8Array()] = frames;
    write(folder, Buffer.concat([first, second.subarray(0, second.length / 2)]));
    const served = await serve(scene, folder);
    const answer = await timeline(served);
    expect(answer).toMatchObject({ source: 'archive' });
    expect(answer.timeline.reduce((sum, cell) => sum + cell.snapshots, 0)).toBe(3 * 40);
    expect(await served.metrics.registry.metrics()).toContain('tcpinfo_live_archive_reads_total{result="partial"} 1');
  });

  it.each<[string, RegExp, (folder: string, scene: Scene) => Promise<unknown>]>([
    ['without archives', /no readable archive of this connection yet/, async () => undefined],
    [
      'with an archive of garbage',
      /garbage|zst|frame/i,
      async (folder) => write(folder, Buffer.from('garbage, not a frame')),
    ],
    [
      'with the archive of an earlier connection of the socket',
      /no readable record/,
      async (folder, scene) => {
        const lines = linesOf(scene);
        const metadata = { uuid: UUID, sequence: 0, startTime: '2026-11-20T23:00:00Z' };
        lines[0] = encodeRecord({ timestamp: ZERO_TIMESTAMP, metadata });
        return write(folder, await compressFrame(Buffer.from(lines.join(''))));
      },
    ],
  ])('is from memory alone %s, and says why', async (_, reason, prepare) => {
    const scene = new Scene({ historySec: 15 });
    const folder = tempFolder();
    send(scene, 40);
    await prepare(folder, scene);
    const served = await serve(scene, folder);
    const answer = await timeline(served);
    expect(answer).toMatchObject({ status: 200, source: 'memory', archives: [] });
    expect(answer.reason).toMatch(/^memory lacks the oldest part of this time: /);
    expect(answer.reason).toMatch(reason);
    expect(await served.metrics.registry.metrics()).toContain(
      'tcpinfo_live_archive_reads_total{result="unreadable"} 1',
    );
  });

  it('is from memory alone when the archive vanishes or the thread fails, and the log says so', async () => {
    const scene = new Scene({ historySec: 15 });
    const folder = tempFolder();
    send(scene, 40);
    const path = await archive(folder, scene);
    const render: RenderOnThread = async (request) => {
      rmSync(path);
      return await renderPast({ ...request, folder: join(folder, 'gone') });
    };
    const vanished = await serve(scene, folder, { past: new PastReader({ render }) });
    expect(await timeline(vanished)).toMatchObject({ source: 'memory' });
    const late = await serve(scene, folder, {
      past: new PastReader({
        deadlineMs: 1,
        render: (__, signal) =>
          new Promise((___, reject) => {
            signal.addEventListener('abort', () => reject(new Error('aborted')));
          }),
      }),
    });
    const answer = await timeline(late);
    expect(answer).toMatchObject({
      source: 'memory',
      reason: expect.stringContaining('longer than 0.001 s') as string,
    });
    expect(late.lines.join('')).toContain('timeline without archives');
  });
});

describe('archives of timelines', () => {
  it('are read one at a time, and too many requests are 429', async () => {
    const scene = new Scene({ historySec: 15 });
    const folder = tempFolder();
    send(scene, 40);
    await archive(folder, scene);
    let [running, most] = [0, 0];
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const render: RenderOnThread = async (request) => {
      running++;
      most = Math.max(most, running);
      await gate;
      running--;
      return await renderPast(request);
    };
    const served = await serve(scene, folder, { past: new PastReader({ render }) });
    const asked = Array.from({ length: 7 }, () => get(served, `/connections/${UUID}/timeline`));
    const refused = await Promise.any(
      asked.map(async (each) => {
        const answer = await each;
        if (answer.status !== 429) throw new Error('answered');
        return answer;
      }),
    );
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'ERR_LIMIT' });
    expect(refused.headers['retry-after']).toBe('1');
    go();
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([200, 200, 200, 200, 200, 429, 429]);
    expect(most).toBe(1);
  });

  it('are not read any longer when the server stops', async () => {
    const scene = new Scene({ historySec: 15 });
    const folder = tempFolder();
    send(scene, 40);
    let begun = (): void => undefined;
    const begins = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const aborted: boolean[] = [];
    const render: RenderOnThread = (_, signal) =>
      new Promise((__, reject) => {
        signal.addEventListener('abort', () => {
          aborted.push(true);
          reject(new Error('aborted'));
        });
        begun();
      });
    const served = await serve(scene, folder, { past: new PastReader({ render }) });
    const answer = get(served, `/connections/${UUID}/timeline`);
    await begins;
    served.server.stop();
    expect(JSON.parse((await answer).body)).toMatchObject({ status: 503, code: 'ERR_STOPPING' });
    expect(aborted).toEqual([true]);
  });
});

it('a connection over loopback has no archives, and its timeline says so', async () => {
  const served = await start({ archives: tempFolder() });
  const row = new MemoryRow(0xd91n, { localAddress: '127.0.0.1', remoteAddress: '127.0.0.1' });
  served.store.all.push(row);
  served.store.close(row);
  const { body } = await get(served, '/connections/D91/timeline');
  // Cells of this store are a millisecond wide: memory lacks nothing.
  expect((JSON.parse(body) as TimelineJson).reason).toBeUndefined();
  row.droppedUntilUs = STORE_START_US;
  const later = await get(served, '/connections/D91/timeline');
  expect(JSON.parse(later.body)).toMatchObject({
    source: 'memory',
    reason: 'memory lacks the oldest part of this time: connections over loopback have no archives',
  });
});
