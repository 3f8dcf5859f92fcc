import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../log/index.js';
import { Retention, type RetentionOptions } from '../../saver/index.js';
import { sample, testMetrics } from '../support/metric.js';
import { tempFolder } from '../support/temp.js';

const NOW_MS = Date.parse('2026-11-21T12:00:00Z');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CONTENT = Buffer.alloc(10_000, 'x');

/** Returns `YYYY/MM/DD` of a time. */
const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '/');
const name = (cookie: number, sequence = 0): string =>
  `host_1700000000_${cookie.toString(16).toUpperCase().padStart(16, '0')}.${String(sequence).padStart(5, '0')}.jsonl.zst`;

/** Creates a file with this mtime. */
function write(output: string, path: string, mtimeMs: number): string {
  const full = join(output, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, CONTENT);
  utimesSync(full, mtimeMs / 1000, mtimeMs / 1000);
  return full;
}

/** Creates an archive in the folder of its mtime's day. */
const archive = (output: string, cookie: number, mtimeMs: number): string =>
  write(output, join(day(mtimeMs), name(cookie)), mtimeMs);

/** Returns the disk usage of a file. */
const blocks = (path: string): number => lstatSync(path).blocks * 512;

function retain(options: Partial<RetentionOptions> & Pick<RetentionOptions, 'output'>) {
  const metrics = testMetrics();
  let log = '';
  // The collector has run for two days, so that its clock is trusted.
  let monotonicMs = 0;
  const startMs = NOW_MS - 2 * DAY_MS;
  const retention = new Retention({
    isOpen: () => false,
    metrics,
    log: createLogger({ write: (line) => (log += line) }),
    nowMs: () => startMs + monotonicMs,
    monotonicMs: () => monotonicMs,
    ...options,
  });
  monotonicMs = 2 * DAY_MS;
  const run = async (): Promise<void> => {
    await retention.survey();
    await retention.work();
  };
  return { retention, metrics, run, log: () => log };
}

describe('retention by age', () => {
  it('deletes archives of HTTP exchanges, and no other file of their folder', async () => {
    const output = tempFolder();
    const folder = (ms: number): string => join(day(ms), 'http');
    const [oldMs, newMs] = [NOW_MS - 8 * DAY_MS, NOW_MS - DAY_MS];
    const old = write(output, join(folder(oldMs), '20261113T120000.000Z.jsonl.zst'), oldMs);
    const again = write(output, join(folder(oldMs), '20261113T120000.000Z-1.jsonl.zst'), oldMs);
    const kept = write(output, join(folder(newMs), '20261120T120000.000Z.jsonl.zst'), newMs);
    const foreign = write(output, join(folder(newMs), 'old.jsonl.zst'), oldMs);
    const { run } = retain({ output, keepMs: 7 * DAY_MS });
    await run();
    expect([old, again, kept, foreign].map((path) => existsSync(path))).toEqual([false, false, true, true]);
    expect(existsSync(dirname(dirname(old)))).toBe(false);
  });

  it('deletes archives last written before the limit, and date folders that become empty', async () => {
    const output = tempFolder();
    const old = archive(output, 1, NOW_MS - 8 * DAY_MS);
    const size = blocks(old);
    const older = archive(output, 2, NOW_MS - 400 * DAY_MS);
    const young = archive(output, 3, NOW_MS - 6 * DAY_MS);
    // In the folder of the day when its connection began, and written later.
    const late = write(output, join(day(NOW_MS - 8 * DAY_MS), name(4)), NOW_MS - 7 * DAY_MS + HOUR_MS);
    mkdirSync(join(output, day(NOW_MS - 9 * DAY_MS)), { recursive: true });
    const { run, metrics, log } = retain({ output, keepMs: 7 * DAY_MS });
    await run();
    expect([old, older, young, late].map((path) => existsSync(path))).toEqual([false, false, true, true]);
    expect(readdirSync(output)).toEqual(['2026']);
    expect(readdirSync(join(output, '2026/11')).sort()).toEqual(['13', '15']);
    expect(await sample(metrics, 'tcpinfo_archive_deleted_files_total', { reason: 'age' })).toBe(2);
    expect(await sample(metrics, 'tcpinfo_archive_deleted_files_total', { reason: 'size' })).toBe(0);
    expect(await sample(metrics, 'tcpinfo_archive_deleted_bytes_total', { reason: 'age' })).toBe(2 * size);
    expect(log()).toBe(`level=info msg="archives deleted" reason=age files=2 bytes=${2 * size}\n`);
  });

  it("keeps today's folder although it is empty", async () => {
    const output = tempFolder();
    mkdirSync(join(output, day(NOW_MS)), { recursive: true });
    const file = write(output, join(day(NOW_MS), name(1)), NOW_MS - 13 * HOUR_MS);
    // Its day began before the limit.
    const { run } = retain({ output, keepMs: HOUR_MS });
    await run();
    expect(existsSync(file)).toBe(false);
    expect(existsSync(join(output, day(NOW_MS)))).toBe(true);
  });

  it('deletes only its own closed archives, among any other files', async () => {
    const old = NOW_MS - 30 * DAY_MS;
    const folders = [
      day(old),
      `${day(old)}/x`,
      '2026/11',
      '2026/13/01',
      '2026/02/31',
      '2026/1/01',
      'x/2026/10/22',
      '.',
    ];
    const names = [
      name(1),
      name(2, 123_456),
      'a_b_00000000000000FF.00000.jsonl.zst',
      name(3).toLowerCase().replace('host', 'host_a'),
      '_0000000000000001.00000.jsonl.zst',
      'host_000000000000001.00000.jsonl.zst',
      'host_0000000000000001.0000.jsonl.zst',
      'host_0000000000000001.00000.jsonl',
      `${name(4)}.tmp`,
      `.${name(5)}.0123abcd.repair-tmp`,
      'notes.txt',
    ];
    const ours = /^[^/]+_[0-9A-F]{16}\.\d{5,}\.jsonl\.zst$/;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(
          fc.record({
            folder: fc.constantFrom(...folders),
            file: fc.constantFrom(...names),
            old: fc.boolean(),
            open: fc.boolean(),
          }),
          { minLength: 1, maxLength: 15, selector: ({ folder, file }) => join(folder, file) },
        ),
        fc.boolean(),
        async (files, bySize) => {
          const output = tempFolder();
          const made = files.map((each) => {
            const mtimeMs = each.old ? old : NOW_MS - 1000;
            return { ...each, path: write(output, join(each.folder, each.file), mtimeMs) };
          });
          const open = new Set(made.filter((each) => each.open).map(({ path }) => path));
          const isOpen = (path: string): boolean => open.has(path);
          await retain({ output, isOpen, ...(bySize ? { maxBytes: 0 } : { keepMs: DAY_MS }) }).run();
          for (const each of made) {
            const own = each.folder === day(old) && ours.test(each.file);
            const due = bySize || each.old;
            expect(existsSync(each.path), JSON.stringify(each)).toBe(!(own && due && !each.open));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('follows no symbolic link', async () => {
    const [output, outside] = [tempFolder(), tempFolder()];
    const old = NOW_MS - 30 * DAY_MS;
    const target = archive(outside, 1, old);
    symlinkSync(join(outside, '2026'), join(output, '2026'));
    mkdirSync(join(output, '2025/01'), { recursive: true });
    symlinkSync(dirname(target), join(output, '2025/01/01'));
    mkdirSync(join(output, '2025/01/02'), { recursive: true });
    const link = join(output, '2025/01/02', name(2));
    symlinkSync(target, link);
    await retain({ output, keepMs: DAY_MS, maxBytes: 0 }).run();
    expect(readFileSync(target).equals(CONTENT)).toBe(true);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });
});

describe('retention by size', () => {
  it('deletes the oldest until all are below the bound, and counts files closed since', async () => {
    const output = tempFolder();
    const paths = Array.from({ length: 20 }, (_, i) => archive(output, i, NOW_MS - (20 - i) * 8 * HOUR_MS));
    const each = blocks(paths[0] ?? '');
    const { retention, run, metrics } = retain({ output, maxBytes: 10 * each });
    await run();
    // Down to 95 % of the bound.
    expect(paths.map((path) => existsSync(path))).toEqual(paths.map((_, i) => i >= 11));
    expect(await sample(metrics, 'tcpinfo_archive_folder_bytes')).toBe(9 * each);
    expect(await sample(metrics, 'tcpinfo_archive_deleted_files_total', { reason: 'size' })).toBe(11);
    for (let i = 0; i < 2; i++) {
      retention.fileClosed(archive(output, 100 + i, NOW_MS), CONTENT.length, NOW_MS);
    }
    await retention.work();
    expect(paths.filter((path) => existsSync(path))).toEqual(paths.slice(13));
    expect(existsSync(join(output, day(NOW_MS), name(101)))).toBe(true);
  });

  it.each([1, 2])('counts an idle file once if it is closed before survey %i reaches it', async (surveys) => {
    const output = tempFolder();
    const first = archive(output, 1, NOW_MS - 3 * DAY_MS);
    const idle = archive(output, 2, NOW_MS - 2 * DAY_MS);
    const each = blocks(idle);
    let nowMs = NOW_MS - 2 * HOUR_MS * surveys;
    let made = 0;
    let isIdleOpen = true;
    const isOpen = (path: string): boolean => {
      // The older day comes first.
      if (path === first && ++made === surveys) {
        isIdleOpen = false;
        retention.fileClosed(idle, CONTENT.length, NOW_MS - 2 * DAY_MS);
      }
      return path === idle && isIdleOpen;
    };
    const { retention, metrics } = retain({
      output,
      maxBytes: 100 * each,
      isOpen,
      nowMs: () => nowMs,
      monotonicMs: () => nowMs,
    });
    for (let i = 0; i < surveys; i++, nowMs += 2 * HOUR_MS) await retention.survey();
    expect(made).toBe(surveys);
    expect(await sample(metrics, 'tcpinfo_archive_folder_bytes')).toBe(2 * each);
  });

  it('does not retry a deletion that always fails', async () => {
    const output = tempFolder();
    archive(output, 1, NOW_MS - HOUR_MS);
    let asked = 0;
    let surveyed = false;
    const isOpen = (): boolean => {
      if (surveyed) asked++;
      return surveyed;
    };
    const { retention } = retain({ output, maxBytes: 0, isOpen });
    await retention.survey();
    surveyed = true;
    for (let i = 0; i < 5; i++) await retention.work();
    expect(asked).toBe(1);
  });

  it('counts and logs a file that cannot be deleted', async () => {
    const output = tempFolder();
    const { run, metrics, log } = retain({ output: join(output, 'file'), keepMs: DAY_MS });
    writeFileSync(join(output, 'file'), '');
    await run();
    expect(await sample(metrics, 'tcpinfo_archive_errors_total', { operation: 'delete' })).toBe(1);
    expect(log()).toMatch(/^level=error msg="old archives cannot be deleted" .*ENOTDIR/);
  });

  it('does nothing without limits, and ends on request', async () => {
    const output = tempFolder();
    const path = archive(output, 1, 1000);
    const idle = retain({ output });
    idle.retention.start();
    await idle.retention.stop();
    expect(existsSync(path)).toBe(true);
    const { retention } = retain({ output, keepMs: DAY_MS });
    retention.start();
    await retention.stop();
    await retention.stop();
  });
});
