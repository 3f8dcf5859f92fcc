import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { CreatePoller } from '../../../collector/index.js';
import { NetlinkRecorder, openRecording, RecordingError, RecordingPlayer } from '../../../collector/recording/index.js';
import { createMetrics, renderMetrics } from '../../../metrics/index.js';
import { type AnyBatch, loadNetlink, type Poller, type WatchBatch, type Watcher } from '../../../native/index.js';
import { createCompressor } from '../../../saver/index.js';
import { decompressFrames } from '../../../zstd/index.js';
import { capturedMessages, mutated } from '../../fuzz/inputs.js';
import { batchesOfAllKinds, scanBatch, watchBatch } from './batches.js';

const folder = mkdtempSync(join(tmpdir(), 'tcp-info-recording-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { compress } = createCompressor();
let files = 0;

const HEADER = {
  run: 'run',
  version: '1.2.3',
  kernel: '6.18.0',
  host: 'lab',
  uuidPrefix: 'lab_17',
  uuidPrefixUnsafe: true,
  flags: [{ name: 'filter', value: 'exclude sport 22' }],
  hasWatches: false,
};

class FakePoller implements Poller {
  readonly start = (): void => undefined;
  readonly stop = async (): Promise<void> => undefined;
  readonly addSource = (): number => 1;
  readonly removeSource = (): void => undefined;
  readonly latest = (): undefined => undefined;
  readonly size = (): number => 0;
  readonly listening = (): { readonly receiveBufferBytes: number } => ({ receiveBufferBytes: 4096 });
  readonly setFilters = (): void => undefined;
  readonly setStride = (): void => undefined;
}

class FakeWatcher implements Watcher {
  readonly addSource = (): number => 0;
  readonly removeSource = (): void => undefined;
  readonly add = (): number => 1;
  readonly remove = (): void => undefined;
  readonly flush = (): void => undefined;
  readonly close = async (): Promise<void> => undefined;
}

function setUp(options: Partial<ConstructorParameters<typeof NetlinkRecorder>[0]> = {}) {
  const metrics = createMetrics({ version: '', processMetrics: false, recording: true });
  const log = { isDebug: false, debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  if (metrics.recording === undefined) throw new Error('no metrics');
  const path = join(folder, `${files++}.rec`);
  const recorder = new NetlinkRecorder({
    ...{ path, maxBytes: 2 ** 26, files: new (loadNetlink().FileThread)(), compress, header: HEADER },
    ...{ metrics: metrics.recording, log },
    ...options,
  });
  let deliver: (batch: AnyBatch) => void = () => undefined;
  const taken: AnyBatch[] = [];
  const create: CreatePoller = (_, onBatch) => {
    deliver = onBatch;
    return new FakePoller();
  };
  const poller = recorder.recording(create)({ sources: [] }, (batch) => taken.push(batch));
  return {
    recorder,
    poller,
    metrics,
    log,
    path: options.path ?? path,
    taken,
    deliver: (batch: AnyBatch) => deliver(batch),
  };
}

async function kindsIn(path: string): Promise<string[]> {
  const kinds: string[] = [];
  const recording = await openRecording(path);
  for await (const entry of recording.entries()) kinds.push(entry.kind);
  await recording.close();
  return kinds;
}

async function headerOf(path: string) {
  const { header, close } = await openRecording(path);
  await close();
  return header;
}

async function linesOf(path: string): Promise<string[]> {
  const parts: Buffer[] = [];
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield readFileSync(path);
  }
  for await (const part of decompressFrames(bytes())) parts.push(part);
  return Buffer.concat(parts).toString().trimEnd().split('\n');
}

describe('a recording', () => {
  it('has a header, each batch before the collector took it, ticks and ends, in order', async () => {
    const { recorder, poller, path, taken, deliver, metrics } = setUp();
    await recorder.open();
    poller.start();
    poller.listening(0);
    recorder.entered({ inode: 5, name: 'blue' }, 1);
    const batches = batchesOfAllKinds();
    for (const batch of batches) deliver(batch);
    const ticks: string[] = [];
    const stop = recorder.every('saver', 5, () => ticks.push(recorder.clock.timestamp()));
    await vi.waitFor(() => expect(ticks.length).toBeGreaterThan(1));
    stop();
    recorder.rotated();
    recorder.stopping();
    await poller.stop();
    await recorder.close();

    expect(taken).toEqual(batches);
    expect(await headerOf(path)).toEqual({ ...HEADER, part: 0, isAnonymized: false });
    const kinds = await kindsIn(path);
    expect(kinds.filter((kind) => kind !== 'tick')).toEqual([
      ...['listening', 'entered', ...batches.map(() => 'batch'), 'timer', 'rotated', 'stopping', 'stopped'],
    ]);
    expect(kinds.filter((kind) => kind === 'tick').length).toBe(ticks.length + 1);
    expect(await renderMetrics(metrics.registry)).toContain(
      `tcpinfo_netlink_recording_batches_total ${batches.length}\n`,
    );
  });

  it('has watches, and at their place the reads that the collector asked for', async () => {
    const { recorder, poller, path, deliver } = setUp({ header: { ...HEADER, hasWatches: true } });
    await recorder.open();
    const [first, second, third] = [1, 2, 3].map((count) => watchBatch(capturedMessages().slice(0, count)));
    if (first === undefined || second === undefined || third === undefined) throw new Error('no batches');
    let read: (batch: WatchBatch) => void = () => undefined;
    const taken: WatchBatch[] = [];
    const create = (_: unknown, onBatch: (batch: WatchBatch) => void): Watcher => {
      read = onBatch;
      return { ...new FakeWatcher(), flush: () => onBatch(second) };
    };
    const watcher = recorder.watching(create)(undefined, (batch) => taken.push(batch));
    recorder.watched({ watch: 1, cookie: 7n, intervalNs: 1e6 });
    read(first);
    deliver(scanBatch([]));
    watcher.flush();
    recorder.unwatched(1);
    watcher.flush();
    read(third);
    recorder.stopping();
    await poller.stop();
    await recorder.close();
    expect(taken).toEqual([first, second, second, third]);
    expect((await headerOf(path)).hasWatches).toBe(true);
    expect((await kindsIn(path)).filter((kind) => kind !== 'tick')).toEqual([
      ...['watched', 'batch', 'batch', 'flushed', 'unwatched', 'flushed', 'batch', 'stopping', 'stopped'],
    ]);

    const recording = await openRecording(path);
    const player = new RecordingPlayer({ path, recording, speed: 'max' });
    await player.open();
    const played: unknown[] = [];
    let thread: Watcher | undefined;
    const collector = player.createPoller({ sources: [] }, () => {
      played.push('scan');
      thread?.flush();
    });
    await player.play({
      entered: () => undefined,
      watched: ({ watch, cookie }) => {
        thread ??= player.createWatcher(undefined, (batch) => played.push(batch.watches.length));
        expect(thread.add(0, new Uint8Array(), cookie, 1e6)).toBe(watch);
      },
      unwatched: (watch) => {
        played.push(`end of ${watch}`);
        thread?.flush();
      },
      rotated: () => undefined,
      isBusy: () => false,
      hold: async () => undefined,
      ended: () => void collector.stop(),
      damaged: (error) => played.push(error),
    });
    expect(played).toEqual([2, 'scan', 3, 'end of 1', 3, 4]);
  });

  it('is replaced by halves when it is full, and read across both files', async () => {
    const { recorder, poller, path, deliver } = setUp({ maxBytes: 20_000 });
    await recorder.open();
    recorder.entered({ inode: 5, name: 'blue' }, 1);
    poller.listening(1);
    const messages = capturedMessages();
    for (let scan = 1; scan <= 400; scan++) {
      // Bytes that do not compress, so that files fill.
      const noise = messages.map((message) => Buffer.concat([message, Buffer.alloc(0)]));
      for (const each of noise)
        for (let at = 88; at < each.length; at += 7) each[at] = (Math.imul(scan, 2654435761) >>> (at % 24)) & 255;
      deliver(
        scanBatch(noise.slice(0, 3), {
          scan,
          gone: BigUint64Array.from({ length: 60 }, (_, i) => BigInt(Math.imul(scan * 97 + i, 2654435761) >>> 0)),
        }),
      );
      if (scan % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      if (scan % 40 === 0) await vi.waitFor(() => recorder.close());
    }
    await poller.stop();
    await recorder.close();
    expect((await headerOf(path)).part).toBeGreaterThan(0);
    const kinds = await kindsIn(path);
    expect(kinds.at(-1)).toBe('stopped');
    // The state comes once: the second file's copy is skipped.
    expect(kinds.filter((kind) => kind === 'entered')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'listening')).toHaveLength(1);
  });

  it('counts batches that a failing disk loses, logs it once, and says so in the file', async () => {
    const thread = new (loadNetlink().FileThread)();
    let isFull = false;
    const disk = {
      create: thread.create.bind(thread),
      close: thread.close.bind(thread),
      append: async (fd: number, at: number, bytes: Uint8Array, closes: boolean) =>
        isFull ? { errno: 28, syscall: 'pwrite', sound: true } : await thread.append(fd, at, bytes, closes),
    };
    const { recorder, poller, path, deliver, metrics, log } = setUp({ files: disk });
    await recorder.open();
    const [batch = scanBatch([])] = batchesOfAllKinds();
    isFull = true;
    deliver(batch);
    deliver(batch);
    await recorder.close();
    isFull = false;
    deliver(batch);
    await poller.stop();
    await recorder.close();
    expect(await kindsIn(path)).toEqual(['tick', 'lost', 'batch', 'stopped']);
    expect(await renderMetrics(metrics.registry)).toContain('tcpinfo_netlink_recording_lost_batches_total 2\n');
    expect(log.error).toHaveBeenCalledTimes(1);
    expect(log.error.mock.calls[0]?.[1]).toMatchObject({ reason: 'pwrite: ENOSPC' });
  });

  it('loses batches beyond its bound instead of keeping them', async () => {
    const { recorder, poller, path, deliver, metrics } = setUp({ maxWaitingBytes: 1 });
    await recorder.open();
    const [batch = scanBatch([])] = batchesOfAllKinds();
    deliver(batch);
    deliver(batch);
    deliver(batch);
    await poller.stop();
    await recorder.close();
    expect(await kindsIn(path)).toEqual(['tick', 'batch', 'lost', 'stopped']);
    expect(await renderMetrics(metrics.registry)).toContain('tcpinfo_netlink_recording_lost_batches_total 2\n');
  });

  it('cannot begin where no file can be made', async () => {
    const { recorder } = setUp({ path: '/proc/nothing/here.rec' });
    await expect(recorder.open()).rejects.toThrow(RecordingError);
    await expect(setUp({ path: '/proc/nothing/here.rec' }).recorder.open()).rejects.toThrow(/-record.netlink/);
  });
});

describe('reading a recording', () => {
  async function recorded(): Promise<Buffer> {
    const { recorder, poller, path, deliver } = setUp();
    await recorder.open();
    for (const batch of batchesOfAllKinds()) deliver(batch);
    await poller.stop();
    await recorder.close();
    return readFileSync(path);
  }

  async function read(bytes: Uint8Array): Promise<{ readonly count: number; readonly error: unknown }> {
    const path = join(folder, `${files++}.rec`);
    writeFileSync(path, bytes);
    let count = 0;
    try {
      const recording = await openRecording(path);
      try {
        for await (const _ of recording.entries()) count++;
      } finally {
        await recording.close();
      }
      return { count, error: undefined };
    } catch (error) {
      return { count, error };
    }
  }

  it('yields what is whole of a file that was cut, and says that it was', async () => {
    const bytes = await recorded();
    const { count, error } = await read(bytes.subarray(0, bytes.length - 10));
    expect(count).toBeGreaterThan(0);
    expect(error).toMatchObject({ name: 'RecordingError', code: 'ERR_RECORDING_CUT' });
  });

  it('refuses another file, and a later format by its number', async () => {
    expect((await read(Buffer.from('{"a":1}\n'))).error).toMatchObject({ code: 'ERR_NO_RECORDING' });
    expect((await read(Buffer.from(''))).error).toMatchObject({ name: 'RecordingError' });
    expect((await read(Buffer.from('{"Recording":{"Format":9}}\n'))).error).toMatchObject({
      code: 'ERR_RECORDING_FORMAT',
    });
  });

  it('names file and line of a damaged entry', async () => {
    const path = join(folder, 'bad.rec');
    const [header = ''] = await linesOf((await writeRecording()).path);
    writeFileSync(path, `${header}\n{"At":[1,"2026-11-30T16:00:00Z"],"Batch":{"Kind":"scan"}}\n`);
    const { error } = await read(readFileSync(path));
    expect(error).toMatchObject({ code: 'ERR_RECORDING_ENTRY' });
    expect(String(error)).toContain('line 2');
  });

  async function writeRecording(): Promise<{ readonly path: string }> {
    const path = join(folder, `${files++}.rec`);
    writeFileSync(path, await recorded());
    return { path };
  }

  it('ends damaged files with entries or a RecordingError, and no other error', async () => {
    const bytes = await recorded();
    const lines = Buffer.from(`${(await linesOf((await writeRecording()).path)).join('\n')}\n`);
    await fc.assert(
      fc.asyncProperty(mutated([bytes, lines]), async (input) => {
        const { error } = await read(input);
        if (error !== undefined) expect(error).toBeInstanceOf(RecordingError);
      }),
      { numRuns: Math.min(20_000, Number(process.env['TCP_INFO_FUZZ_RUNS'] ?? 300)) },
    );
  });
});
