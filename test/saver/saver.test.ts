import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../cache/index.js';
import { encodeRecord } from '../../parse/index.js';
import { sample } from '../support/metric.js';
import { havePrograms, skipped } from '../support/programs.js';
import { tempFolder } from '../support/temp.js';
import { NAME, readArchive, setUp, UUID } from './harness.js';

const HAVE_ZSTD = havePrograms('archives and the zstd program', 'zstd');
/** A test that reads archives with the zstd program. */
const itReads = it.skipIf(!HAVE_ZSTD);

/** Returns true if a small file system can be mounted; else reports on stderr what is skipped. */
function haveMount(what: string): boolean {
  if (process.getuid?.() !== 0) {
    skipped(what, 'not root, who alone may mount');
    return false;
  }
  if (!havePrograms(what, 'mount', 'umount')) return false;
  const folder = mkdtempSync(join(tmpdir(), 'tcp-info-mount-'));
  try {
    mountSmall(folder);
    execFileSync('umount', [folder]);
    return true;
  } catch (error) {
    skipped(what, `nothing can be mounted: ${String(error)}`);
    return false;
  } finally {
    rmdirSync(folder);
  }
}

function mountSmall(folder: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'pipe' });
}

describe('an open archive', () => {
  it('is known by its path from its first frame until it is closed, and its length is reported', async () => {
    const closed: [string, number][] = [];
    const made = setUp({ onFileClosed: (path, bytes) => closed.push([path, bytes]) });
    const path = join(made.output, `${NAME}.00000.jsonl.zst`);
    made.record();
    expect(made.saver.isOpen(path)).toBe(false);
    made.clock.ms = 30_000;
    made.saver.tick();
    await expect.poll(() => made.files()).toHaveLength(1);
    expect(made.saver.isOpen(path)).toBe(true);
    expect(closed).toEqual([]);
    await made.saver.close();
    expect(made.saver.isOpen(path)).toBe(false);
    expect(closed).toEqual([[path, statSync(path).size]]);
  });
});

describe('Saver', () => {
  itReads('writes metadata and records in order, as late as allowed', async () => {
    const { output, saver, record, files, metrics } = setUp();
    for (let i = 0; i < 5; i++) record();
    await new Promise(setImmediate);
    expect(files()).toEqual([]);
    await saver.close();
    expect(files()).toEqual([`${NAME}.00000.jsonl.zst`]);
    const { metadata, counters } = readArchive(join(output, `${NAME}.00000.jsonl.zst`));
    expect(metadata).toEqual({ uuid: UUID, sequence: 0, startTime: '2026-11-20T23:28:03.450377228Z' });
    expect(counters).toEqual([1, 2, 3, 4, 5]);
    expect(await sample(metrics, 'tcpinfo_snapshot_total')).toBe(5);
    expect(await sample(metrics, 'tcpinfo_new_file_total')).toBe(1);
    expect(await sample(metrics, 'tcpinfo_archive_open_files')).toBe(0);
    expect(await sample(metrics, 'tcpinfo_archive_waiting_bytes')).toBe(0);
  });

  itReads('writes a frame per 80 KiB, readable while the connection lives', async () => {
    const { output, saver, record, metrics } = setUp();
    for (let i = 0; i < 300; i++) record();
    const path = join(output, `${NAME}.00000.jsonl.zst`);
    await expect.poll(() => existsSync(path) && statSync(path).size).toBeGreaterThan(0);
    await expect.poll(() => sample(metrics, 'tcpinfo_archive_frames_total', { reason: 'size' })).toBe(2);
    expect(readArchive(path).counters.length).toBeGreaterThan(100);
    await saver.close();
    expect(readArchive(path).counters).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
  });

  it('writes frames of 64 KiB when many connections have much to write', async () => {
    const frames = async (others: bigint): Promise<number> => {
      const { saver, record, metrics, cache } = setUp({ maxWaitingBytes: 2 ** 28 });
      record(1n);
      const [connection] = cache.connections();
      if (connection === undefined) throw new Error('a connection expected');
      const lineBytes = encodeRecord(connection.last).length;
      // A connection's first frame is full at 40 KiB at the earliest.
      const lines = Math.floor((38 * 1024) / lineBytes);
      for (let other = 2n; other < 2n + others; other++) for (let i = 0; i < lines; i++) record(other);
      for (let i = 1; i * lineBytes < 68 * 1024; i++) record(1n);
      await saver.close();
      return await sample(metrics, 'tcpinfo_archive_frames_total', { reason: 'size' });
    };
    expect(await frames(50n)).toBe(0);
    expect(await frames(900n)).toBe(1);
  });

  itReads('writes records that have waited for the flush age', async () => {
    const { output, clock, saver, record, files } = setUp({ flushAgeMs: 500 });
    record();
    clock.ms = 499;
    saver.tick();
    await new Promise(setImmediate);
    expect(files()).toEqual([]);
    clock.ms = 500;
    saver.tick();
    await expect.poll(files).toHaveLength(1);
    await expect.poll(() => statSync(join(output, `${NAME}.00000.jsonl.zst`)).size).toBeGreaterThan(0);
    expect(readArchive(join(output, `${NAME}.00000.jsonl.zst`)).counters).toEqual([1]);
    await saver.close();
  });

  itReads('starts the next file when one reaches its time, in the folder of the current day', async () => {
    const { output, clock, saver, record, files } = setUp();
    record();
    clock.ms = 600_000;
    record();
    clock.ms = 40 * 60_000; // 2026-11-21T00:08:03Z
    record();
    record();
    await saver.close();
    expect(files()).toEqual([`${NAME}.00000.jsonl.zst`, `2026/11/21/${UUID}.00001.jsonl.zst`]);
    expect(readArchive(join(output, `${NAME}.00000.jsonl.zst`)).counters).toEqual([1, 2]);
    const second = readArchive(join(output, `2026/11/21/${UUID}.00001.jsonl.zst`));
    expect(second.counters).toEqual([3, 4]);
    expect(second.metadata).toEqual({ uuid: UUID, sequence: 1, startTime: '2026-11-20T23:28:03.450377228Z' });
  });

  it('closes the file of a silent connection, and does not catch up afterwards', async () => {
    const { clock, saver, record, files, metrics } = setUp();
    record();
    clock.ms = 30_000;
    saver.tick();
    await expect.poll(() => sample(metrics, 'tcpinfo_archive_open_files')).toBe(1);
    clock.ms = 600_001;
    saver.tick();
    await expect.poll(() => sample(metrics, 'tcpinfo_archive_open_files')).toBe(0);
    clock.ms = 29 * 60_000;
    for (let i = 0; i < 10; i++) {
      record();
      clock.ms += 1000;
    }
    await saver.close();
    expect(files()).toHaveLength(2);
  });

  itReads('ends every file on a rotation request', async () => {
    const { output, saver, record, files } = setUp();
    record();
    saver.rotateAll();
    saver.rotateAll();
    record();
    await saver.close();
    expect(files()).toEqual([`${NAME}.00000.jsonl.zst`, `${NAME}.00001.jsonl.zst`]);
    expect(readArchive(join(output, `${NAME}.00001.jsonl.zst`)).counters).toEqual([2]);
  });

  itReads('never overwrites a file: it uses the next free sequence, also in the metadata', async () => {
    const { output, saver, record, files, metrics } = setUp();
    mkdirSync(join(output, '2026/11/20'), { recursive: true });
    for (const sequence of ['00000', '00001']) writeFileSync(join(output, `${NAME}.${sequence}.jsonl.zst`), 'precious');
    record();
    saver.rotateAll();
    record();
    await saver.close();
    expect(files()).toHaveLength(4);
    expect(readFileSync(join(output, `${NAME}.00000.jsonl.zst`), 'utf8')).toBe('precious');
    expect(readArchive(join(output, `${NAME}.00002.jsonl.zst`)).metadata?.sequence).toBe(2);
    expect(readArchive(join(output, `${NAME}.00003.jsonl.zst`)).metadata?.sequence).toBe(3);
    expect(await sample(metrics, 'tcpinfo_archive_sequence_collisions_total')).toBe(2);
  });

  it('creates a removed date folder again', async () => {
    const { output, saver, record, files } = setUp();
    record();
    saver.rotateAll();
    await expect.poll(files).toHaveLength(1);
    rmSync(join(output, '2026'), { recursive: true });
    record();
    await saver.close();
    expect(files()).toEqual([`${NAME}.00001.jsonl.zst`]);
  });

  it('writes the largest buffer first when too much waits', async () => {
    const { output, saver, record, metrics } = setUp({ maxWaitingBytes: 120_000 });
    for (let i = 0; i < 20; i++) record(1n);
    for (let cookie = 2n; cookie < 50n; cookie++) record(cookie);
    await expect.poll(() => sample(metrics, 'tcpinfo_archive_frames_total', { reason: 'pressure' })).toBeGreaterThan(0);
    expect(existsSync(join(output, '2026/11/20/host_1_0000000000000001.00000.jsonl.zst'))).toBe(true);
    await saver.close();
    expect(await sample(metrics, 'tcpinfo_archive_lost_records_total', { reason: 'pressure' })).toBe(0);
  });

  itReads('drops the oldest records when the disk is too slow, counts them and logs it once', async () => {
    const { saver, record, metrics, log, output } = setUp({ maxWaitingBytes: 100_000 });
    // All in one turn of the event loop: nothing can be written meanwhile.
    for (let i = 0; i < 1000; i++) record();
    const lost = await sample(metrics, 'tcpinfo_archive_lost_records_total', { reason: 'pressure' });
    expect(lost).toBeGreaterThan(0);
    expect(log.filter((line) => line.includes('dropping records'))).toHaveLength(1);
    await saver.close();
    expect(await sample(metrics, 'tcpinfo_snapshot_total')).toBe(1000);
    const { counters } = readArchive(join(output, `${NAME}.00000.jsonl.zst`));
    expect(counters).toEqual(Array.from({ length: 1000 - lost }, (_, i) => lost + 1 + i));
  });

  it('reuses the memory of dropped lines when memory is short', async () => {
    const { saver, record, metrics } = setUp({ maxWaitingBytes: 100_000, isMemoryShort: true });
    const waiting = () => sample(metrics, 'tcpinfo_archive_waiting_bytes');
    const held: number[] = [];
    for (let round = 0; round < 5; round++) {
      // All in one turn of the event loop: nothing can be written meanwhile.
      for (let i = 0; i < 3000; i++) record();
      saver.rotateAll();
      await expect.poll(waiting).toBe(0);
      held.push(saver.heldBytes);
    }
    expect(await sample(metrics, 'tcpinfo_archive_lost_records_total', { reason: 'pressure' })).toBeGreaterThan(5000);
    expect(Math.max(...held)).toBe(held[0]);
    await saver.close();
  });

  it('lowers its buffer limit on request, never above the initial one, and shows it', async () => {
    const { saver, record, metrics } = setUp({ maxWaitingBytes: 4_000_000 });
    const limit = () => sample(metrics, 'tcpinfo_archive_waiting_limit_bytes');
    for (let i = 0; i < 1000; i++) record();
    saver.limitWaiting(100_000);
    expect(await limit()).toBe(100_000);
    expect(await sample(metrics, 'tcpinfo_archive_waiting_bytes')).toBeLessThanOrEqual(100_000);
    expect(await sample(metrics, 'tcpinfo_archive_lost_records_total', { reason: 'pressure' })).toBeGreaterThan(0);
    saver.limitWaiting(8_000_000);
    expect(await limit()).toBe(4_000_000);
    await saver.close();
  });

  it('reports when it is under pressure, and when no longer', async () => {
    const told: boolean[] = [];
    const { saver, record } = setUp({ maxWaitingBytes: 400_000, onPressure: (pressed) => told.push(pressed) });
    for (let i = 0; i < 50; i++) record();
    expect(told).toEqual([]);
    for (let i = 0; i < 700; i++) record();
    expect(told).toEqual([true]);
    await expect
      .poll(() => {
        saver.tick();
        return told;
      })
      .toEqual([true, false]);
    await saver.close();
  });

  itReads('drops and counts a line too long for readers', async () => {
    const { output, saver, record, metrics } = setUp();
    record();
    record(0x1234n, 60_000);
    record();
    await saver.close();
    expect(readArchive(join(output, `${NAME}.00000.jsonl.zst`)).counters).toEqual([1, 3]);
    expect(await sample(metrics, 'tcpinfo_archive_lost_records_total', { reason: 'oversize' })).toBe(1);
  });

  itReads('archives the anonymised copy and leaves the cached record unchanged', async () => {
    const { output, saver, record, cache } = setUp({ anonymize: ({ rawIdm }) => rawIdm.map(() => 0) });
    record();
    const [connection] = cache.connections();
    expect(Buffer.from(connection?.last.rawIdm ?? []).readUInt8(0)).toBe(2);
    await saver.close();
    const { records } = readArchive(join(output, `${NAME}.00000.jsonl.zst`));
    expect(records[0]?.rawIdm).toEqual(Buffer.alloc(72));
  });
});

describe('a small disk', () => {
  it.skipIf(!HAVE_ZSTD || !haveMount('a full disk'))(
    'that is full has whole frames, and lost records are counted',
    async () => {
      const mount = tempFolder();
      mountSmall(mount);
      try {
        const { saver, record, metrics, files } = setUp({ output: mount });
        writeFileSync(join(mount, 'ballast'), Buffer.alloc(50_000));
        for (let i = 0; i < 3000; i++) record(BigInt(1 + (i % 3)), 40);
        await saver.close();
        const lost = await sample(metrics, 'tcpinfo_archive_lost_records_total', { reason: 'enospc' });
        expect(lost).toBeGreaterThan(0);
        const read = files()
          .map((name) => readArchive(join(mount, name)).counters.length)
          .reduce((sum, count) => sum + count, 0);
        expect(read + lost).toBe(3000);
        expect(await sample(metrics, 'tcpinfo_new_file_total')).toBe(files().length);
        expect(await sample(metrics, 'tcpinfo_archive_waiting_bytes')).toBe(0);
      } finally {
        execFileSync('umount', [mount]);
      }
    },
  );
});

describe('archive modes', () => {
  it('are 0777 and 0666 reduced by the umask', async () => {
    const old = process.umask(0o022);
    try {
      const { output, saver, record, files } = setUp();
      record();
      await saver.close();
      const path = join(output, files()[0] ?? '');
      expect(statSync(path).mode & 0o777).toBe(0o644);
      expect(statSync(dirname(path)).mode & 0o777).toBe(0o755);
    } finally {
      process.umask(old);
    }
  });

  it('are stricter on request', async () => {
    const { output, saver, record, files } = setUp({ modes: { file: 0o640, folder: 0o750 } });
    record();
    await saver.close();
    const path = join(output, files()[0] ?? '');
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o750);
  });
});

describe('the end of an unknown connection', () => {
  it('is ignored by the saver', async () => {
    const { saver } = setUp();
    const stranger = { cookie: 9n } as unknown as Connection;
    saver.closed(stranger);
    saver.changed(stranger);
    await saver.close();
  });
});
