import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sample } from '../support/metric.js';
import { until } from '../support/waiting.js';
import type { Code, Operation } from './fake-disk.js';
import { expectNothingLeft, onFake, readWhole } from './on-fake.js';

describe.each<[Code, Operation]>([
  ['ENOSPC', 'pwrite'],
  ['EDQUOT', 'pwrite'],
  ['EIO', 'pwrite'],
  ['EROFS', 'open'],
  ['EACCES', 'open'],
  ['EACCES', 'mkdir'],
  ['ENOENT', 'mkdir'],
  ['EMFILE', 'open'],
  ['ENFILE', 'open'],
  ['ENOTDIR', 'open'],
])('%s at %s', (code, operation) => {
  it('delays records and loses none', async () => {
    const context = onFake();
    const { disk, saver, record, counters, losses, pass, log } = context;
    disk.refuses = (op) => (op === operation ? code : undefined);
    record();
    saver.rotateAll();
    record();
    record();
    saver.rotateAll();
    await pass(20_000);
    expect(disk.files.size).toBe(0);
    expect(log.filter((line) => line.includes('cannot be written'))).toHaveLength(1);
    expect(log.join('')).toContain(`code=${code}`);
    disk.refuses = () => undefined;
    await pass(20_000);
    expect(await counters(0)).toEqual([1]);
    expect(await counters(1)).toEqual([2, 3]);
    expect(log.filter((line) => line.includes('archive writes have recovered'))).toHaveLength(1);
    await saver.close();
    expect(await losses()).toEqual({});
    await expectNothingLeft(context);
  });
});

describe('a full disk', () => {
  it('delays HTTP exchanges, is logged once, and loses no line when it takes them again', async () => {
    const { disk, saver, pass, log, losses } = onFake();
    disk.refuses = (op) => (op === 'pwrite' ? 'ENOSPC' : undefined);
    saver.exchanged('{"path":"/1"}\n');
    await pass(40_000);
    saver.exchanged('{"path":"/2"}\n');
    await pass(40_000);
    expect(disk.files.size).toBe(0);
    expect(log.filter((line) => line.includes('msg="archive cannot be written'))).toHaveLength(1);
    disk.refuses = () => undefined;
    await pass(20_000);
    await saver.close();
    expect(await losses()).toEqual({});
    expect([...disk.files.keys()]).toEqual([expect.stringMatching(/\/http\/[^/]+Z\.jsonl\.zst$/)]);
  });

  it('loses the oldest HTTP exchanges when too many wait, and counts them', async () => {
    const { disk, saver, pass, losses } = onFake({ maxWaitingBytes: 1 << 20 });
    disk.refuses = (op) => (op === 'pwrite' ? 'ENOSPC' : undefined);
    const filler = randomBytes(400).toString('base64');
    for (let n = 0; n < 10_000; n++) saver.exchanged(`{"n":${n},"path":"${filler}"}\n`);
    await pass(1000);
    await saver.close();
    const lost = Object.values(await losses()).reduce((sum, each) => sum + each, 0);
    expect(lost).toBe(10_000);
  });
});

describe('a disk that refuses writes', () => {
  it('is retried after 100 ms, then after twice the time, up to 5 s, with one frame at a time', async () => {
    const { disk, clock, record, saver, pass, settle, metrics } = onFake();
    const tries: number[] = [];
    disk.refuses = (op) => {
      if (op === 'open') tries.push(clock.ms);
      return op === 'open' ? 'ENOSPC' : undefined;
    };
    for (let cookie = 1n; cookie <= 400n; cookie++) record(cookie);
    saver.rotateAll();
    await settle();
    // Frames in progress when the first was refused.
    expect(tries.length).toBeLessThanOrEqual(256);
    await pass(20_000);
    const later = tries.filter((ms) => ms > 0);
    expect(new Set(later).size).toBe(later.length);
    const gaps = later.slice(1).map((ms, i) => ms - (later[i] ?? 0));
    expect(gaps).toEqual([200, 400, 800, 1600, 3200, 5000, 5000]);
    disk.refuses = () => undefined;
    await pass(10_000);
    expect(disk.files.size).toBe(400);
    expect(await sample(metrics, 'tcpinfo_archive_retries_total')).toBeGreaterThan(0);
    await saver.close();
  });

  it('costs the oldest records when too many wait, counted by reason', async () => {
    const context = onFake({ maxWaitingBytes: 100_000 });
    const { disk, saver, record, counters, losses, pass } = context;
    disk.refuses = (op) => (op === 'open' ? 'EACCES' : undefined);
    for (let i = 0; i < 10_000; i++) {
      record();
      if (i % 50 === 0) await pass(100);
    }
    disk.refuses = () => undefined;
    await pass(10_000);
    await saver.close();
    const { eacces = 0, ...others } = await losses();
    expect(others).toEqual({});
    expect(eacces).toBeGreaterThan(100);
    expect(await counters(0)).toEqual(Array.from({ length: 10_000 - eacces }, (_, i) => eacces + 1 + i));
    await expectNothingLeft(context);
  });

  it('gets the same file again when it could be truncated', async () => {
    const { disk, saver, record, counters, pass, path } = onFake({ flushAgeMs: 100 });
    record();
    await pass(200);
    disk.refuses = (op) => (op === 'pwrite' ? 'ENOSPC' : undefined);
    record();
    await pass(1000);
    disk.refuses = () => undefined;
    await pass(10_000);
    await saver.close();
    expect(await counters(0)).toEqual([1, 2]);
    expect(disk.files.has(path(1))).toBe(false);
  });

  it.each<[string, Code, Operation[]]>([
    ['could not be truncated', 'ENOSPC', ['pwrite', 'cut']],
    ['met an I/O error', 'EIO', ['pwrite']],
    ['is too long', 'EFBIG', ['pwrite']],
    ['is gone', 'ENOENT', ['fstat']],
  ])('gets the next file after one that %s', async (_, code, operations) => {
    const context = onFake({ flushAgeMs: 100 });
    const { disk, saver, record, counters, pass, path, metrics } = context;
    record();
    await pass(200);
    disk.refuses = (op, of) => (operations.includes(op) && of === path(0) ? code : undefined);
    record();
    await pass(10_000);
    record();
    await saver.close();
    expect(await counters(0, operations.includes('cut'))).toEqual([1]);
    expect(await counters(1)).toEqual([2, 3]);
    expect(await sample(metrics, 'tcpinfo_new_file_total')).toBe(2);
    await expectNothingLeft(context);
  });

  it('does not get a removed file back, and continues with the next file', async () => {
    const { disk, saver, record, counters, pass, path, metrics, closed } = onFake({ flushAgeMs: 100 });
    record();
    await pass(200);
    disk.remove(path(0));
    record();
    await pass(1000);
    await saver.close();
    expect(await counters(1)).toEqual([2]);
    expect(await sample(metrics, 'tcpinfo_archive_removed_files_total')).toBe(1);
    expect([...closed.keys()]).toEqual([path(1)]);
  });

  it('may refuse in one folder without blocking the others forever', async () => {
    const { disk, saver, record, pass } = onFake({ flushAgeMs: 100 });
    disk.refuses = (op, path) => (op === 'open' && path.includes('_0000000000000001.') ? 'EACCES' : undefined);
    for (let cookie = 1n; cookie <= 50n; cookie++) record(cookie);
    await pass(30_000);
    expect(disk.files.size).toBe(49);
    await saver.close();
  });

  it('does not delay the end: remaining records are lost and counted', async () => {
    const context = onFake();
    const { disk, saver, record, losses, log } = context;
    disk.refuses = (op) => (op === 'open' ? 'EROFS' : undefined);
    for (let cookie = 1n; cookie <= 100n; cookie++) record(cookie);
    await saver.close();
    expect(await losses()).toEqual({ erofs: 100 });
    expect(log.join('')).toContain('reason=erofs');
    await expectNothingLeft(context);
  });

  it('may report an error on close: it is logged, but the records are written', async () => {
    const { disk, saver, record, counters, losses, metrics } = onFake();
    disk.refuses = (op) => (op === 'close' ? 'EIO' : undefined);
    record();
    await saver.close();
    expect(await counters(0)).toEqual([1]);
    expect(await losses()).toEqual({});
    expect(await sample(metrics, 'tcpinfo_archive_errors_total', { operation: 'close' })).toBe(1);
  });
});

describe('a disk that hangs', () => {
  it('costs the oldest records when too many wait, and delays the end for a bounded time', async () => {
    const { disk, saver, record, losses, pass } = onFake({ maxWaitingBytes: 100_000 });
    disk.hang();
    for (let i = 0; i < 2000; i++) {
      record(BigInt(i % 5));
      if (i % 50 === 0) await pass(100);
    }
    const { pressure = 0 } = await losses();
    expect(pressure).toBeGreaterThan(0);
    await saver.close();
    expect(await losses()).toEqual({ pressure: 2000 });
  });

  it('gets all waiting records when it recovers', async () => {
    const context = onFake({ flushAgeMs: 100 });
    const { disk, saver, record, counters, pass } = context;
    record();
    await pass(200);
    const thaw = disk.hang();
    for (let i = 0; i < 20; i++) {
      record();
      await pass(200);
    }
    thaw();
    await saver.close();
    expect(await counters(0)).toEqual(Array.from({ length: 21 }, (_, i) => i + 1));
    await expectNothingLeft(context);
  });
});

describe('open archive files', () => {
  it('are limited: the longest idle are closed, and continue in their next file', async () => {
    const context = onFake({ flushAgeMs: 100, maxOpenFiles: 3 });
    const { disk, saver, record, pass, metrics } = context;
    for (let round = 0; round < 3; round++) {
      for (let cookie = 1n; cookie <= 5n; cookie++) {
        record(cookie);
        await pass(300);
        expect(await sample(metrics, 'tcpinfo_archive_open_files')).toBeLessThanOrEqual(3);
      }
    }
    await saver.close();
    expect(disk.files.size).toBe(15);
    expect(await sample(metrics, 'tcpinfo_archive_idle_closed_total')).toBe(12);
    await expectNothingLeft(context);
  });

  it('are closed at the end, too, if one was created for lines that arrived while there was no room', async () => {
    let release = (): void => undefined;
    const context = onFake({ flushAgeMs: 100, maxOpenFiles: 1 });
    const { disk, saver, record, end, pass, gate } = context;
    const thaw = disk.hang();
    // The third finds no room, and will be closed at once...
    for (let cookie = 1n; cookie <= 3n; cookie++) record(cookie);
    await pass(200);
    gate.opens = new Promise((resolve) => {
      release = resolve;
    });
    // ... when it has more lines, which are written when there is room again.
    record(3n);
    await pass(200);
    thaw();
    await pass(200);
    end(1n);
    end(2n);
    await pass(200);
    release();
    const isMade = () => [...disk.files.keys()].filter((path) => path.includes('0003.')).length === 2;
    await until('the next file', isMade);
    await saver.close();
    await expectNothingLeft(context);
  });

  it('are closed at once when the system has no descriptor left', async () => {
    const { disk, saver, record, pass, metrics } = onFake({ flushAgeMs: 100 });
    disk.refuses = (op) => {
      const open = [...disk.files.values()].filter((file) => file.isOpen).length;
      return op === 'open' && open >= 20 ? 'EMFILE' : undefined;
    };
    for (let cookie = 1n; cookie <= 50n; cookie++) record(cookie);
    await pass(20_000);
    expect(disk.files.size).toBe(50);
    expect(await sample(metrics, 'tcpinfo_archive_idle_closed_total')).toBeGreaterThan(0);
    await saver.close();
  });

  it('are known as open until they are closed, and reported once', async () => {
    const { saver, record, pass, path, closed, disk } = onFake({ flushAgeMs: 100 });
    record();
    await pass(200);
    expect([saver.isOpen(path(0)), closed.size]).toEqual([true, 0]);
    saver.rotateAll();
    await pass(100);
    expect(saver.isOpen(path(0))).toBe(false);
    expect([...closed]).toEqual([[path(0), disk.files.get(path(0))?.bytes.length]]);
    await saver.close();
  });
});

/** Steps of the property test. */
const STEP = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('record' as const), cookie: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('burst' as const), cookie: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rotate' as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 20 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('refuse' as const),
      code: fc.constantFrom<Code | undefined>('ENOSPC', 'EIO', 'EMFILE', 'EACCES', 'ENOENT', 'EFBIG', undefined),
      operations: fc.subarray<Operation>(['open', 'mkdir', 'pwrite', 'cut', 'close', 'syncfs', 'fdatasync'], {
        minLength: 1,
      }),
      every: fc.integer({ min: 1, max: 4 }),
    }),
  },
);

/** Written data is never synced, or soon after. */
const SYNC_MS = fc.constantFrom(0, 100, 1000);

describe('with any failures', () => {
  it('every record is in a file, in order and in whole frames, or counted as lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(STEP, { minLength: 5, maxLength: 60 }),
        fc.boolean(),
        SYNC_MS,
        async (steps, isMended, syncMs) => {
          // The test waits for a disk that has recovered, however busy the machine is, and gives up on one that still
          // fails.
          const closePatienceMs = isMended ? 60_000 : 20;
          const options = { maxWaitingBytes: 30_000, flushAgeMs: 200, maxOpenFiles: 2, closePatienceMs, syncMs };
          const context = onFake(options);
          const { disk, saver, record, pass, lost, metrics } = context;
          let taken = 0;
          for (const step of steps) {
            if (step.kind === 'record') taken += record(BigInt(step.cookie)) > 0 ? 1 : 0;
            else if (step.kind === 'rotate') saver.rotateAll();
            else if (step.kind === 'pass') await pass(step.ms * 100);
            else if (step.kind === 'burst') for (let i = 0; i < 30; i++, taken++) record(BigInt(step.cookie), 100);
            else {
              let calls = 0;
              const { code, operations, every } = step;
              disk.refuses = (op) => (operations.includes(op) && ++calls % every === 0 ? code : undefined);
            }
          }
          if (isMended) {
            disk.refuses = () => undefined;
            await pass(6000);
          }
          await saver.close();

          const found = new Map<string, number[]>();
          let written = 0;
          for (const path of [...disk.files.keys()].sort()) {
            const [, uuid = '', sequence] = /([^/]+)\.(\d+)\.jsonl\.zst$/.exec(path) ?? [];
            const { metadata, counters } = await readWhole(disk.files.get(path)?.bytes ?? Buffer.alloc(0), true);
            expect(metadata).toMatchObject({ uuid, sequence: Number(sequence) });
            written += counters.length;
            found.set(uuid, [...(found.get(uuid) ?? []), ...counters]);
          }
          if (syncMs > 0 && !isMended) {
            // After giving up during a sync, records in a file may be counted as lost, but never the other way round.
            const different = [...found.values()].reduce((sum, counters) => sum + new Set(counters).size, 0);
            expect(different + (await lost())).toBeGreaterThanOrEqual(taken);
            return;
          }
          for (const counters of found.values()) expect(counters).toEqual([...counters].sort((a, b) => a - b));
          expect(written + (await lost())).toBe(taken);
          expect(saver.totals).toMatchObject({ files: disk.files.size, lost: await lost() });
          if (syncMs === 0) expect(await sample(metrics, 'tcpinfo_new_file_total')).toBe(disk.files.size);
          if (!isMended) return;
          // Abandoned files are closed when the process ends.
          await expectNothingLeft(context);
          if (syncMs > 0) for (const { bytes, onDisk } of disk.files.values()) expect(onDisk).toEqual(bytes);
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);
});
