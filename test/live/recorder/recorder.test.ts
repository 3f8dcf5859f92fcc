import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Recorder,
  type RecorderSettings,
  type RecordOutcome,
  type RecordRequest,
} from '../../../live/recorder/index.js';
import { createLogger } from '../../../log/index.js';
import { createMetrics } from '../../../metrics/index.js';
import { createCompressor, decompressFrame, type SaverOptions } from '../../../saver/index.js';
import { readArchive, setUp, UUID } from '../../saver/harness.js';
import { sample } from '../../support/metric.js';
import { tempFolder } from '../../support/temp.js';
import { until } from '../../support/waiting.js';

const WALL_MS = Date.parse('2026-11-28T19:05:02.120Z');
const { compress } = createCompressor();

/** Returns a recorder behind a saver with a fake clock, and a cache before it that receives records. */
async function setUpRecorder(settings: Partial<RecorderSettings> = {}, options: Partial<SaverOptions> = {}) {
  const metrics = createMetrics({ version: 'test', processMetrics: false, recorder: true });
  if (metrics.recorder === undefined) throw new Error('no metrics');
  const log: string[] = [];
  const output = settings.output ?? join(tempFolder(), 'recordings');
  const recorder: Recorder = new Recorder({
    settings: {
      ...{ keepMs: 60_000, maxMemoryBytes: 64 << 20, keepRecordingsMs: 7 * 86_400_000, maxDiskBytes: 1 << 30 },
      ...settings,
      output,
    },
    fileMode: 0o644,
    folderMode: 0o755,
    compress,
    decompress: decompressFrame,
    framesFinished: async () => await all.saver.framesFinished(),
    metrics: metrics.recorder,
    log: createLogger({ write: (line) => log.push(line) }),
    nowMs: () => all.clock.ms,
    wallMs: () => WALL_MS + all.clock.ms,
  });
  const all = setUp({ frames: recorder, flushAgeMs: 5000, compress, ...options });
  await recorder.start();
  const request = (more: Partial<RecordRequest> = {}): RecordOutcome =>
    recorder.record({ uuids: [UUID], beforeMs: 60_000, afterMs: 0, trigger: 'manual', ...more });
  const saved = async (more: Partial<RecordRequest> = {}): Promise<string> => {
    const outcome = request(more);
    if (outcome.kind === 'refused') throw new Error(outcome.detail);
    const end = await outcome.ended;
    if (end.kind === 'failed') throw new Error(end.detail);
    return end.path;
  };
  /** Advances the clocks, and lets the frames come that are due. */
  const pass = async (ms: number): Promise<void> => {
    for (const end = all.clock.ms + ms; all.clock.ms < end; ) {
      all.clock.ms = Math.min(end, all.clock.ms + 500);
      all.saver.tick();
      await all.saver.framesFinished();
      recorder.tick();
    }
  };
  return { ...all, recorder, recorderMetrics: metrics, recorderLog: log, recordings: output, request, saved, pass };
}

const fileOf = (path: string, uuid = UUID, sequence = 0): string => `${path}/${uuid}.0000${sequence}.jsonl.zst`;

describe('a recording', () => {
  it('has the records of the window, under metadata that names it', async () => {
    const { record, saved, pass, recordings, recorder } = await setUpRecorder();
    const early = record();
    await pass(20_000);
    const late = [record(), record()];
    await pass(4000);
    const path = await saved({ beforeMs: 10_000, afterMs: 0, note: 'why' });
    expect(path).toBe(`${recordings}/20261128T190526.120Z_manual`);
    const { metadata, counters } = readArchive(fileOf(path));
    expect(early).toBe(1);
    expect(counters).toEqual(late);
    expect(metadata).toMatchObject({ uuid: UUID, sequence: 0 });
    expect(metadata?.recording).toEqual({
      ...{ trigger: 'manual', from: '2026-11-28T19:05:16.120Z', until: '2026-11-28T19:05:26.120Z' },
    });
    expect(JSON.parse(readFileSync(`${path}/recording.json`, 'utf8'))).toEqual({
      ...{ recording: '20261128T190526.120Z_manual', trigger: 'manual', rule: null, value: null, expression: null },
      ...{ note: 'why', from: metadata?.recording?.from, until: metadata?.recording?.until },
      ...{ connections: 1, left: 0, records: 2, bytes: readFileSync(fileOf(path)).length, lostFrames: 0, evicted: 0 },
      files: [{ file: `${UUID}.00000.jsonl.zst`, uuid: UUID, records: 2, bytes: readFileSync(fileOf(path)).length }],
    });
    expect(await recorder.list()).toMatchObject([{ state: 'saved', records: 2, error: null }]);
  });

  it.each([
    true,
    false,
  ])('loses and doubles no record, whenever it begins and ends; archives: %s', async (writesFiles) => {
    const steps = fc.array(fc.record({ waitMs: fc.integer({ min: 0, max: 3000 }), other: fc.boolean() }), {
      minLength: 1,
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.nat({ max: 39 }),
        fc.integer({ min: 0, max: 40_000 }),
        fc.integer({ min: 0, max: 20_000 }),
        async (all, at, beforeMs, afterMs) => {
          const options = { writesFiles, rotateMs: 7000 };
          const { clock, record, request, pass, recordings, saver, recorder } = await setUpRecorder({}, options);
          const given: { readonly ms: number; readonly counter: number }[] = [{ ms: 0, counter: record() }];
          let outcome: RecordOutcome | undefined;
          let fromMs = 0;
          for (const [i, { waitMs, other }] of all.entries()) {
            await pass(waitMs);
            if (other) record(0x5678n);
            else given.push({ ms: clock.ms, counter: record() });
            if (i === Math.min(at, all.length - 1)) {
              fromMs = clock.ms - beforeMs;
              outcome = request({ beforeMs, afterMs });
              // It begins to listen when what waits by now has come.
              await saver.framesFinished();
              await new Promise((resolve) => setImmediate(resolve));
            }
          }
          await saver.close();
          const untilMs = fromMs + beforeMs + afterMs;
          if (outcome?.kind !== 'started') throw new Error('refused');
          await recorder.stop();
          expect(await outcome.ended).toMatchObject({ kind: 'saved' });
          const { counters } = readArchive(fileOf(`${recordings}/${outcome.name}`));
          const wanted = given.filter(({ ms }) => ms >= fromMs && ms <= untilMs).map(({ counter }) => counter);
          const order = given.map(({ counter }) => counter);
          // A part of all without a gap, with all of the window.
          expect(counters).toEqual(order.slice(order.indexOf(counters[0] ?? 0)).slice(0, counters.length));
          expect(counters).toEqual(expect.arrayContaining(wanted));
        },
      ),
      { numRuns: 15 },
    );
  });

  it('goes on after now, with whole frames as they come', async () => {
    const { record, request, pass, saver, recordings } = await setUpRecorder({}, {});
    record();
    const outcome = request({ afterMs: 200 });
    if (outcome.kind !== 'started') throw new Error(outcome.detail);
    await saver.framesFinished();
    await new Promise((resolve) => setTimeout(resolve, 20));
    record();
    await pass(100);
    record();
    await pass(200);
    expect(await outcome.ended).toMatchObject({ kind: 'saved', records: 3 });
    expect(readArchive(fileOf(`${recordings}/${outcome.name}`)).counters).toEqual([1, 2, 3]);
  });

  it('has the last state of a connection that is idle, and nothing of one that ended long ago', async () => {
    const { record, end, saved, request, pass } = await setUpRecorder({ keepMs: 10_000 });
    record();
    record(0x5678n);
    await pass(1000);
    end(0x5678n);
    await pass(60_000);
    expect(readArchive(fileOf(await saved({ beforeMs: 1000 }))).counters).toEqual([1]);
    expect(request({ uuids: ['host_1_0000000000005678'] })).toMatchObject({ kind: 'refused', reason: 'unknown' });
  });

  it('of a connection that has just ended has its last record', async () => {
    const { record, end, saved, pass } = await setUpRecorder();
    record();
    await pass(6000);
    record();
    end(0x1234n);
    expect(readArchive(fileOf(await saved())).counters).toEqual([1, 2]);
  });

  it('says what memory had no room for', async () => {
    const { record, saved, pass, recorderMetrics } = await setUpRecorder({ maxMemoryBytes: 2 ** 17 });
    for (let i = 0; i < 30; i++) {
      for (let j = 0; j < 20; j++) record(BigInt(0x1234 + j), 3000 + Math.floor(Math.random() * 3000));
      await pass(500);
    }
    for (let i = 0; i < 400; i++) record(0x1234n, 40_000);
    await pass(10_000);
    const evicted = await sample(recorderMetrics, 'tcpinfo_recorder_evicted_frames_total');
    const bytes = await sample(recorderMetrics, 'tcpinfo_recorder_bytes');
    expect(evicted).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(2 ** 17);
    const path = await saved();
    const summary = JSON.parse(readFileSync(`${path}/recording.json`, 'utf8')) as { readonly evicted: number };
    expect(summary.evicted).toBeGreaterThan(0);
    expect(summary.evicted).toBeLessThanOrEqual(evicted);
  });

  it('is refused to a rule that has one of the connection already, until that is over', async () => {
    const { record, request, pass } = await setUpRecorder();
    record();
    const rule = { rule: 'lossy', trigger: 'alert', beforeMs: 30_000, afterMs: 10_000, value: 0.08 } as const;
    expect(request({ ...rule, afterMs: 0 })).toMatchObject({ kind: 'started' });
    expect(request(rule)).toMatchObject({ kind: 'refused', reason: 'repeated' });
    expect(request({ ...rule, rule: 'slow', afterMs: 0 })).toMatchObject({ kind: 'started' });
    await pass(30_500);
    expect(request({ ...rule, afterMs: 0 })).toMatchObject({ kind: 'started', connections: 1 });
  });

  it('is refused while four others are written, and by a recorder that stops', async () => {
    const { record, request, recorder, saver, recorderMetrics, recordings } = await setUpRecorder();
    record();
    const outcomes = Array.from({ length: 5 }, () => request({ afterMs: 60_000 }));
    expect(outcomes.map((each) => (each.kind === 'refused' ? each.reason : each.kind))).toEqual([
      ...['started', 'started', 'started', 'started'],
      'busy',
    ]);
    await saver.close();
    await recorder.stop();
    expect(request()).toMatchObject({ reason: 'stopping' });
    expect(readdirSync(recordings)).toHaveLength(4);
    expect(await sample(recorderMetrics, 'tcpinfo_recordings_total', { result: 'refused' })).toBe(2);
    expect(await sample(recorderMetrics, 'tcpinfo_recordings_total', { result: 'saved' })).toBe(4);
  });

  it('has at most 1,000 connections: those that are named first, or with the most records', async () => {
    const { record, request, pass } = await setUpRecorder();
    for (let i = 1; i <= 1005; i++) record(BigInt(i));
    await pass(6000);
    const outcome = request({ uuids: 'all' });
    expect(outcome).toMatchObject({ kind: 'started', connections: 1000, left: 5 });
    if (outcome.kind === 'started') expect(await outcome.ended).toMatchObject({ kind: 'saved', records: 1000 });
  });
});

describe('the folder of recordings', () => {
  it('is cleaned of what a crash has left, and of nothing else', async () => {
    const output = tempFolder();
    for (const name of ['.20261128T190502.120Z_manual.partial', '.other', 'mine', '20261128T190502.120Z_manual']) {
      mkdirSync(join(output, name));
      writeFileSync(join(output, name, 'file'), '');
    }
    const { recorder, recorderMetrics } = await setUpRecorder({ output });
    expect(readdirSync(output).sort()).toEqual(['.other', '20261128T190502.120Z_manual', 'mine']);
    // It cannot be read: it is counted, and left alone.
    expect(await recorder.list()).toEqual([]);
    expect(await sample(recorderMetrics, 'tcpinfo_recordings_errors_total')).toBeGreaterThan(0);
  });

  it('loses the oldest recordings when they take too much space, and those that are too old', async () => {
    const { clock, record, saved, pass, recorder, recordings, recorderMetrics } = await setUpRecorder({
      ...{ maxDiskBytes: 2000, keepRecordingsMs: 3_600_000 },
    });
    record();
    const paths: string[] = [];
    for (let i = 0; i < 8; i++) {
      await pass(1000);
      paths.push(await saved());
      const bytes = (await recorder.list()).reduce((sum, each) => sum + each.bytes, 0);
      expect(bytes).toBeLessThanOrEqual(2000);
    }
    const kept = readdirSync(recordings).sort();
    expect(kept.length).toBeGreaterThan(1);
    expect(kept.length).toBeLessThan(8);
    expect(paths.slice(-kept.length).map((path) => path.slice(recordings.length + 1))).toEqual(kept);
    expect(await sample(recorderMetrics, 'tcpinfo_recordings_deleted_total', { reason: 'size' })).toBe(8 - kept.length);
    clock.ms += 3_700_000;
    for (let i = 0; i < 60; i++) recorder.tick();
    await until('deletion', () => readdirSync(recordings).length === 0);
    expect(await sample(recorderMetrics, 'tcpinfo_recordings_deleted_total', { reason: 'age' })).toBe(kept.length);
  });

  it('refuses to be opened where no recording could be made', async () => {
    const file = join(tempFolder(), 'file');
    writeFileSync(file, '');
    await expect(setUpRecorder({ output: join(file, 'recordings') })).rejects.toMatchObject({
      ...{ name: 'RecorderError', code: 'ENOTDIR' },
    });
  });
});
