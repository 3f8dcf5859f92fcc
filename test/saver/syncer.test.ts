import { describe, expect, it } from 'vitest';
import { sample } from '../support/metric.js';
import type { Code, Operation } from './fake-disk.js';
import { type Context, expectNothingLeft, onFake } from './on-fake.js';

const ERRORS = 'tcpinfo_archive_errors_total';
const RECOVERED = 'tcpinfo_archive_recovered_records_total';

const onSynced = (options: Parameters<typeof onFake>[0] = {}) => onFake({ flushAgeMs: 100, syncMs: 1000, ...options });

/** Expects that a power cut would leave exactly the content of the files. */
function expectOnDisk({ disk }: Context): void {
  for (const { bytes, onDisk } of disk.files.values()) expect(onDisk).toEqual(bytes);
}

function refuse({ disk }: Context, code: Code, ...operations: Operation[]): void {
  disk.refuses = (op) => (operations.includes(op) ? code : undefined);
}

/** Drops the copies of written data in memory, by a moment of memory pressure. */
function keepNothing({ saver }: Context): void {
  saver.limitWaiting(1);
  saver.limitWaiting(256 << 20);
}

describe('written data', () => {
  it('is synced within the interval, and its file is closed only then', async () => {
    const context = onSynced();
    const { disk, record, end, pass, path, closed } = context;
    record();
    await pass(200);
    end(0x1234n);
    await pass(300);
    expect(disk.files.get(path(0))).toMatchObject({ isOpen: true, onDisk: Buffer.alloc(0) });
    expect(closed.size).toBe(0);
    await pass(1000);
    expect(disk.files.get(path(0))?.isOpen).toBe(false);
    expect(closed.size).toBe(1);
    expectOnDisk(context);
    await context.saver.close();
    await expectNothingLeft(context);
  });

  it('is synced immediately at the end', async () => {
    const context = onSynced({ syncMs: 3_600_000 });
    for (let cookie = 1n; cookie <= 50n; cookie++) context.record(cookie);
    await context.saver.close();
    expectOnDisk(context);
    expect(context.disk.files.size).toBe(50);
    await expectNothingLeft(context);
  });

  it('uses little memory while a sync hangs, and nothing is lost', async () => {
    const maxWaitingBytes = 200_000;
    const context = onSynced({ maxWaitingBytes });
    const { disk, record, pass, metrics, losses, saver } = context;
    const release = disk.stall();
    for (let round = 0; round < 200; round++) {
      for (let cookie = 1n; cookie <= 10n; cookie++) record(cookie);
      await pass(200);
      expect(await sample(metrics, 'tcpinfo_archive_waiting_bytes')).toBeLessThan(maxWaitingBytes / 2);
    }
    release();
    await saver.close();
    expect(await losses()).toEqual({});
    expectOnDisk(context);
  });

  it('does not delay the end for a hanging sync: it is logged, and counts as written', async () => {
    const context = onSynced();
    const { disk, record, saver, losses, log, counters } = context;
    disk.stall();
    record();
    await saver.close();
    expect(await losses()).toEqual({});
    expect(log.join('')).toMatch(/the disk has not confirmed the last records: .* records=1/);
    expect(await counters(0)).toEqual([1]);
  });

  it('is not synced without a sync interval', async () => {
    const { disk, record, saver } = onFake();
    record();
    await saver.close();
    expect(disk.asked.map(({ op }) => op)).not.toContain('syncfs');
  });

  it('may be closed before its sync when descriptors are few', async () => {
    const context = onSynced({ maxOpenFiles: 4, syncMs: 3_600_000 });
    const { disk, record, end, pass, saver } = context;
    const release = disk.stall();
    for (let cookie = 1n; cookie <= 20n; cookie++) {
      record(cookie);
      end(cookie);
    }
    await pass(500);
    expect(disk.files.size).toBe(20);
    expect([...disk.files.values()].filter(({ isOpen }) => isOpen).length).toBeLessThanOrEqual(2);
    release();
    await saver.close();
    await expectNothingLeft(context);
  });

  it('has its file closed before the end, although it was not kept in memory', async () => {
    const context = onSynced({ maxWaitingBytes: 8000, syncMs: 3_600_000 });
    for (let cookie = 1n; cookie <= 50n; cookie++) {
      context.record(cookie);
      await context.pass(200);
    }
    await context.saver.close();
    expect(await context.losses()).toEqual({});
    expect(context.closed.size).toBe(50);
    await expectNothingLeft(context);
  });
});

describe('a failed write-back', () => {
  it('is logged and counted, and data since the last sync is in the next file', async () => {
    const context = onSynced();
    const { disk, record, pass, path, counters, metrics, log, losses, saver } = context;
    record();
    await pass(1500);
    const confirmed = disk.files.get(path(0))?.bytes;
    refuse(context, 'EIO', 'fdatasync');
    record();
    await pass(300);
    record();
    // Both are apparently in the file, until the sync.
    await pass(1000);
    expect(await sample(metrics, ERRORS, { operation: 'sync' })).toBeGreaterThan(0);
    expect(log.join('')).toContain('operation=sync code=EIO');
    expect(disk.files.get(path(0))).toMatchObject({ bytes: confirmed, isOpen: false });
    disk.refuses = () => undefined;
    await pass(6000);
    expect(await counters(1)).toEqual([2, 3]);
    await saver.close();
    expect(await losses()).toEqual({});
    expectOnDisk(context);
    await expectNothingLeft(context);
  });

  it('leaves no file that contains only failed data', async () => {
    const context = onSynced();
    const { disk, record, pass, saver, counters, closed } = context;
    refuse(context, 'EIO', 'fdatasync');
    record();
    await pass(1400);
    expect(disk.files.size).toBe(0);
    disk.refuses = () => undefined;
    await pass(2000);
    await saver.close();
    // The file has its own name, which is free again.
    expect(await counters(0)).toEqual([1]);
    expect(saver.totals).toMatchObject({ files: 1, lost: 0 });
    expect(closed.size).toBe(1);
  });

  it('counts as a loss if it continues, and data written at last counts as recovered', async () => {
    const context = onSynced();
    const { disk, record, pass, saver, losses, metrics } = context;
    refuse(context, 'EIO', 'fdatasync');
    for (let cookie = 1n; cookie <= 100n; cookie++) record(cookie);
    await pass(2000);
    expect(await losses()).toEqual({});
    for (let cookie = 101n; cookie <= 120n; cookie++) record(cookie);
    await pass(5000);
    expect((await losses())['eio']).toBeGreaterThanOrEqual(119);
    disk.refuses = () => undefined;
    await pass(10_000);
    await saver.close();
    expect(disk.files.size).toBe(120);
    expect(await losses()).toEqual({ eio: await sample(metrics, RECOVERED) });
    expect(saver.totals).toMatchObject({ lost: 0, recovered: await sample(metrics, RECOVERED) });
    expectOnDisk(context);
  });

  it('costs only the remaining data when the process ends', async () => {
    const context = onSynced();
    const { disk, record, pass, saver, losses } = context;
    for (let cookie = 1n; cookie <= 10n; cookie++) record(cookie);
    await pass(2000);
    refuse(context, 'EIO', 'fdatasync');
    for (let cookie = 11n; cookie <= 30n; cookie++) record(cookie);
    await pass(2000);
    await saver.close();
    expect(await losses()).toEqual({ eio: 20 });
    expect(disk.files.size).toBe(10);
    expectOnDisk(context);
  });

  it('costs data that was not kept in memory', async () => {
    const context = onSynced({ maxWaitingBytes: 50_000 });
    const { disk, record, pass, saver, lost } = context;
    const release = disk.stall();
    // One sync is active, and at most a sixteenth of the buffer limit is kept.
    for (let cookie = 1n; cookie <= 200n; cookie++) {
      record(cookie);
      await pass(100);
    }
    refuse(context, 'EIO', 'fdatasync');
    release();
    await pass(300);
    disk.refuses = () => undefined;
    await pass(6000);
    await saver.close();
    expectOnDisk(context);
    expect(await lost()).toBeGreaterThan(0);
    expect((await lost()) + disk.files.size).toBe(200);
  });

  it("of another program's file has ours written twice, and then saving continues", async () => {
    const context = onSynced();
    const { disk, record, pass, saver, losses, metrics } = context;
    refuse(context, 'EDQUOT', 'syncfs');
    for (let cookie = 1n; cookie <= 20n; cookie++) record(cookie);
    await pass(10_000);
    expect(disk.files.size).toBe(20);
    expect(await sample(metrics, ERRORS, { operation: 'sync' })).toBeGreaterThan(1);
    await saver.close();
    expect(await losses()).toEqual({});
    expectOnDisk(context);
  });

  it("of another program's file confirms no data written meanwhile", async () => {
    const context = onSynced();
    const { disk, record, pass, path, saver, losses, counters } = context;
    record();
    await pass(200);
    keepNothing(context);
    const first = disk.files.get(path(0))?.bytes;
    const release = disk.stall();
    await pass(1000);
    record();
    await pass(200);
    expect(disk.files.get(path(0))?.bytes).not.toEqual(first);
    refuse(context, 'EDQUOT', 'syncfs');
    release();
    await pass(100);
    refuse(context, 'EIO', 'fdatasync');
    await pass(1200);
    expect(disk.files.get(path(0))).toMatchObject({ bytes: first, isOpen: false });
    disk.refuses = () => undefined;
    await pass(6000);
    await saver.close();
    expect(await counters(1)).toEqual([2]);
    expect(await losses()).toEqual({});
    expectOnDisk(context);
    await expectNothingLeft(context);
  });

  it("of another program's file costs no data that is no longer in memory", async () => {
    const context = onSynced();
    const { disk, record, pass, saver, losses, metrics, counters } = context;
    record();
    await pass(200);
    keepNothing(context);
    record();
    await pass(200);
    refuse(context, 'EDQUOT', 'syncfs');
    await pass(1500);
    expect(await sample(metrics, ERRORS, { operation: 'sync' })).toBeGreaterThan(0);
    expect(disk.asked.map(({ op }) => op)).not.toContain('unlink');
    await saver.close();
    expect(await losses()).toEqual({});
    expect(await counters(0)).toEqual([1, 2]);
    expectOnDisk(context);
    await expectNothingLeft(context);
  });

  it("of another program's file costs no data behind what could be written again", async () => {
    const context = onSynced({ maxWaitingBytes: 16 * 1200 });
    const { disk, record, pass, saver, losses, lost, counters } = context;
    const release = disk.stall();
    record();
    // There is room to keep only this one, so that its sync begins early.
    await pass(200);
    record();
    await pass(200);
    refuse(context, 'EDQUOT', 'syncfs');
    release();
    await pass(1500);
    await saver.close();
    expect(await losses()).toEqual({});
    expect(await lost()).toBe(0);
    expect(await counters(0)).toEqual([1, 2]);
    await expectNothingLeft(context);
  });

  it('has everything written again that was written only once, also earlier refused data', async () => {
    const context = onSynced();
    const { disk, record, pass, saver, losses, counters } = context;
    refuse(context, 'ENOSPC', 'pwrite');
    record();
    await pass(200);
    refuse(context, 'EDQUOT', 'syncfs');
    await pass(10_000);
    expect(disk.asked.filter(({ op }) => op === 'unlink')).toHaveLength(1);
    await saver.close();
    expect(await losses()).toEqual({});
    expect(await counters(0)).toEqual([1]);
    await expectNothingLeft(context);
  });

  it('has a file closed that takes the lines of one that was closed for lack of room', async () => {
    const context = onSynced({ maxOpenFiles: 1 });
    const { disk, record, end, pass, saver } = context;
    const another = 1n;
    const written = 2n;
    record(another);
    await pass(200);
    // No second file may stay open: it is closed with its first frame.
    record(written);
    await pass(200);
    expect([...disk.files.values()].map(({ isOpen }) => isOpen)).toEqual([true, false]);
    end(another);
    refuse(context, 'EIO', 'syncfs', 'fdatasync');
    await pass(1000);
    disk.refuses = () => undefined;
    // Now there is room, but the connection knows of no current file.
    await pass(3000);
    expect([...disk.files.values()].some(({ isOpen }) => isOpen)).toBe(false);
    await saver.close();
    expect(await context.losses()).toEqual({});
    await expectNothingLeft(context);
  });

  it('may have the next file created under the same name before the disk has removed the first', async () => {
    const context = onSynced();
    const { disk, record, pass, path, saver, counters, closed } = context;
    record();
    await pass(500);
    const stalled = disk.stall();
    await pass(1000);
    refuse(context, 'EIO', 'fdatasync');
    const thaw = disk.hang();
    stalled();
    await pass(100);
    disk.refuses = () => undefined;
    await pass(3000);
    thaw();
    await pass(100);
    expect(disk.files.get(path(0))?.isOpen).toBe(true);
    expect(saver.isOpen(path(0))).toBe(true);
    await pass(3000);
    await saver.close();
    expect(await counters(0)).toEqual([1]);
    expect(closed.size).toBe(1);
    await expectNothingLeft(context);
  });
});
