import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FrameQueue, type StreamFrame } from '../../../live/stream/frame-queue.js';
import { type StreamKind, segmentName } from '../../../live/stream/index.js';
import { mendSegment } from '../../../live/stream/mend-segment.js';
import { SegmentFolder } from '../../../live/stream/segment-folder.js';
import { SegmentWriter } from '../../../live/stream/segment-writer.js';
import { createLogger } from '../../../log/index.js';
import { createMetrics, type StreamLossReason } from '../../../metrics/index.js';
import { compressFrame } from '../../../zstd/index.js';
import { readSegments } from '../../support/stream.js';
import { cutFile, FileDisk } from './file-disk.js';

const EPOCH = '00000000-t1x9q0-0000';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tcp-info-stream-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Frame with lines that name it. */
function frameOf(kind: StreamKind, number: number, lines: number): StreamFrame {
  const content = Buffer.from(Array.from({ length: lines }, (_, i) => `{"at":"${kind} ${number} ${i}"}\n`).join(''));
  return { kind, lines, bytes: content, compressed: compressFrame(content), isWriting: false };
}

interface SetUp {
  readonly disk?: FileDisk;
  readonly maxBytes?: number;
  readonly segmentBytes?: number;
  readonly epoch?: string;
}

function setUp({ disk = new FileDisk(), maxBytes = 1e9, segmentBytes = 300, epoch = EPOCH }: SetUp = {}) {
  const lost: [StreamKind, StreamLossReason, number][] = [];
  const losses = {
    add: (kind: StreamKind, reason: StreamLossReason, rows: number) => void lost.push([kind, reason, rows]),
  };
  const dropped: StreamFrame[] = [];
  const queue = new FrameQueue(1e6, (frame) => dropped.push(frame));
  const logged: string[] = [];
  const log = createLogger({ write: (line) => logged.push(line) });
  const { stream: metrics } = createMetrics({ version: 'test', processMetrics: false, stream: true });
  if (metrics === undefined) throw new Error('no metrics of the stream');
  const segments = new SegmentFolder({ folder, maxBytes, losses, metrics, log });
  let nowMs = 0;
  const writer = new SegmentWriter({
    ...{ folder, epoch, segmentBytes, queue, segments, disk, metrics, log },
    onUncompressed: () => undefined,
    // Time passes at each look, so that no try has to be waited for.
    nowMs: () => (nowMs += 10_000),
  });
  return { writer, queue, segments, lost, dropped, logged };
}

async function written({ writer }: ReturnType<typeof setUp>): Promise<void> {
  for (let tries = 0; tries < 500; tries++) if (await writer.idle(20)) return;
  throw new Error('the writer does not come to an end');
}

describe('a writer of segments', () => {
  it('writes each frame once, in order and with numbers without a gap, on a disk that fails at random', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ kind: fc.constantFrom<StreamKind>('c', 's', 'o'), lines: fc.integer({ min: 1, max: 9 }) }),
          {
            minLength: 1,
            maxLength: 30,
          },
        ),
        fc.infiniteStream(fc.constantFrom<'no' | 'full' | 'broken'>('no', 'no', 'no', 'full', 'broken')),
        async (frames, results) => {
          rmSync(folder, { recursive: true });
          mkdirSync(folder);
          const parts = setUp({ disk: new FileDisk(() => results.next().value) });
          for (const [number, { kind, lines }] of frames.entries()) parts.queue.add(frameOf(kind, number, lines));
          await written(parts);
          parts.writer.finish();
          await written(parts);
          // Segments that the disk broke are finished by the next start.
          const next = setUp();
          await next.segments.open();
          for (const kind of ['c', 's', 'o'] as const) {
            const segments = await readSegments(folder, kind);
            const lines = segments.flatMap((segment) => segment.frames.flat());
            const expected = frames.flatMap((frame, number) =>
              frame.kind === kind
                ? Array.from({ length: frame.lines }, (_, i) => JSON.stringify({ at: `${kind} ${number} ${i}` }))
                : [],
            );
            expect(lines).toEqual(expected);
            let at = 0;
            for (const { first, isOpen, trailer, ...segment } of segments) {
              expect(isOpen).toBe(false);
              expect(first).toBe(at);
              expect(trailer).toMatchObject({
                first,
                frames: segment.frames.length,
                rows: segment.frames.flat().length,
              });
              at += segment.frames.length;
            }
          }
          expect(parts.dropped).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('finishes a segment only when it is whole and on the disk', async () => {
    let isBroken = true;
    const disk = new FileDisk((call) => (call === 'append' && isBroken ? 'full' : 'no'));
    const parts = setUp({ disk, segmentBytes: 1 });
    parts.queue.add(frameOf('c', 0, 3));
    parts.writer.work();
    await expect.poll(() => disk.calls.filter((call) => call === 'append').length).toBeGreaterThan(0);
    expect(disk.calls).not.toContain('sync');
    expect(readdirSync(join(folder, 'c'))).toEqual([segmentName({ epoch: EPOCH, first: 0, isOpen: true })]);
    isBroken = false;
    await written(parts);
    expect(readdirSync(join(folder, 'c'))).toEqual([segmentName({ epoch: EPOCH, first: 0, isOpen: false })]);
    expect(disk.calls.slice(-2)).toEqual(['append', 'sync']);
  });
});

describe('the folder of segments', () => {
  it('has a bound, beyond which the oldest snapshots go first, then open rows, then ended ones', async () => {
    const parts = setUp({ segmentBytes: 1, maxBytes: 2600 });
    const kinds: StreamKind[] = ['c', 'c', 'o', 's', 's', 'l', 'c', 'o', 's', 'c', 'c', 'c'];
    for (const [number, kind] of kinds.entries()) {
      parts.queue.add(frameOf(kind, number, number + 1));
      await written(parts);
    }
    const bytes = ['c', 'o', 's', 'l'].flatMap((kind) =>
      readdirSync(join(folder, kind)).map((name) => statSync(join(folder, kind, name)).size),
    );
    expect(bytes.reduce((a, b) => a + b)).toBeLessThanOrEqual(2600);
    // Rows are those of the deleted segments, which have one frame each.
    expect(parts.lost).toEqual(
      [
        ['s', 'size', 4],
        ['s', 'size', 5],
        ['s', 'size', 9],
        ['o', 'size', 3],
      ].slice(0, parts.lost.length),
    );
    expect(parts.lost.length).toBeGreaterThan(2);
    expect(readdirSync(join(folder, 'l'))).toHaveLength(1);
  });

  it('counts nothing as lost that others have carried away', async () => {
    const parts = setUp({ segmentBytes: 1, maxBytes: 1000 });
    for (let number = 0; number < 2; number++) parts.queue.add(frameOf('c', number, 5));
    await written(parts);
    for (const name of readdirSync(join(folder, 'c'))) rmSync(join(folder, 'c', name));
    for (let number = 2; number < 4; number++) parts.queue.add(frameOf('c', number, 5));
    await written(parts);
    expect(parts.lost).toEqual([]);
    expect(readdirSync(join(folder, 'c'))).toHaveLength(2);
  });

  it('knows the rows of segments of an earlier start', async () => {
    const before = setUp({ segmentBytes: 1 });
    before.queue.add(frameOf('c', 0, 7));
    await written(before);
    const parts = setUp({ segmentBytes: 1, maxBytes: 500, epoch: '00000000-t1x9q1-0000' });
    await parts.segments.open();
    parts.queue.add(frameOf('c', 0, 2));
    await written(parts);
    expect(parts.lost).toEqual([['c', 'size', 7]]);
  });
});

describe('a segment that a crash has cut', () => {
  it('is finished with its whole frames, wherever it was cut', async () => {
    const parts = setUp({ segmentBytes: 1e6 });
    for (let number = 0; number < 3; number++) parts.queue.add(frameOf('c', number, 4));
    await written(parts);
    const name = { epoch: EPOCH, first: 0, isOpen: true };
    const whole = join(folder, 'c', segmentName(name));
    const { size } = statSync(whole);
    const ends: number[] = [0];
    const [segment] = await readSegments(folder, 'c');
    for (const lines of segment?.frames ?? []) {
      const frame = await compressFrame(Buffer.from(lines.map((line) => `${line}\n`).join('')));
      ends.push((ends.at(-1) ?? 0) + frame.length);
    }
    expect(ends.at(-1)).toBe(size);
    for (let length = 1; length <= size; length++) {
      const copies = join(folder, `cut-${length}`);
      mkdirSync(join(copies, 'c'), { recursive: true });
      const path = join(copies, 'c', segmentName(name));
      copyFileSync(whole, path);
      cutFile(path, length);
      const frames = ends.filter((end) => end > 0 && end <= length).length;
      const mended = await mendSegment(join(copies, 'c'), 'c', name);
      expect(mended).toEqual({ rows: 4 * frames, cutBytes: length - (ends[frames] ?? 0) });
      const found = await readSegments(copies, 'c');
      expect(found.map(({ isOpen, trailer }) => [isOpen, trailer?.rows])).toEqual(
        frames === 0 ? [] : [[false, 4 * frames]],
      );
    }
  });
});

describe('frames that wait', () => {
  it('are dropped beyond the bound: snapshots, open rows, ended ones; losses and what is written never', () => {
    const dropped: string[] = [];
    const queue = new FrameQueue(100, ({ kind, lines }) => dropped.push(`${kind}${lines}`));
    const add = (kind: StreamKind, lines: number, bytes: number, isWriting = false): void =>
      queue.add({ kind, lines, bytes: Buffer.alloc(bytes), compressed: Promise.resolve(undefined), isWriting });
    add('c', 1, 30, true);
    add('l', 2, 30);
    add('s', 3, 10);
    add('o', 4, 10);
    add('c', 5, 20);
    expect(dropped).toEqual([]);
    add('s', 6, 5);
    expect(dropped).toEqual(['s3']);
    add('c', 7, 30);
    expect(dropped).toEqual(['s3', 's6', 'o4', 'c5']);
    add('l', 8, 90);
    expect(dropped).toEqual(['s3', 's6', 'o4', 'c5', 'c7']);
    expect([queue.size, queue.bytes]).toEqual([3, 150]);
  });
});
