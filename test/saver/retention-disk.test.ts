import { existsSync, lstatSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { createLogger } from '../../log/index.js';
import { Retention, type RetentionOptions } from '../../saver/index.js';
import { sample, testMetrics } from '../support/metric.js';
import { tempFolder } from '../support/temp.js';

/** Paths for which the disk does not answer until these resolve. */
const hanging = vi.hoisted(() => new Map<string, { readonly answer: Promise<void>; readonly asked: () => void }>());

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const lstat = async (path: string) => {
    const hangs = hanging.get(path);
    hangs?.asked();
    await hangs?.answer;
    return await real.lstat(path);
  };
  return { ...real, lstat };
});

const NOW_MS = Date.parse('2026-11-21T12:00:00Z');
const DAY_MS = 24 * 3_600_000;

function archive(output: string, cookie: number, mtimeMs: number): string {
  const day = new Date(mtimeMs).toISOString().slice(0, 10).replaceAll('-', '/');
  const path = join(output, day, `host_${cookie.toString(16).toUpperCase().padStart(16, '0')}.00000.jsonl.zst`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.alloc(10_000, 'x'));
  utimesSync(path, mtimeMs / 1000, mtimeMs / 1000);
  return path;
}

function retain(options: Pick<RetentionOptions, 'output' | 'keepMs' | 'maxBytes'>) {
  const metrics = testMetrics();
  const log = createLogger({ write: () => undefined });
  // The collector has run for two days, so that its clock is trusted.
  let monotonicMs = 0;
  const clocks = { nowMs: () => NOW_MS - 2 * DAY_MS + monotonicMs, monotonicMs: () => monotonicMs };
  const retention = new Retention({ isOpen: () => false, metrics, log, ...clocks, ...options });
  monotonicMs = 2 * DAY_MS;
  return { metrics, retention };
}

/** Lets the disk hang at a path; `asked` resolves when the path was accessed. */
function hang(path: string): { readonly asked: Promise<void>; readonly goOn: () => void } {
  let goOn = (): void => undefined;
  const answer = new Promise<void>((resolve) => {
    goOn = () => {
      hanging.delete(path);
      resolve();
    };
  });
  const asked = new Promise<void>((resolve) => hanging.set(path, { answer, asked: resolve }));
  return { asked, goOn };
}

afterEach(() => hanging.clear());

it('retention ends while the disk hangs', async () => {
  const output = tempFolder();
  const path = archive(output, 1, NOW_MS - 9 * DAY_MS);
  const { retention } = retain({ output, keepMs: DAY_MS });
  const { asked, goOn } = hang(path);
  retention.start();
  await asked;
  // The test's time limit is the assertion.
  await retention.stop();
  goOn();
  await retention.stop();
  expect(existsSync(path)).toBe(true);
});

it('retention by age subtracts a deleted archive only after a survey has counted it', async () => {
  const output = tempFolder();
  const days = [9, 8, 1].map((age, i) => archive(output, i, NOW_MS - age * DAY_MS));
  const [oldest = '', old = '', young = ''] = days;
  const each = lstatSync(young).blocks * 512;
  const { retention, metrics } = retain({ output, keepMs: 5 * DAY_MS, maxBytes: 100 * each });
  const { asked, goOn } = hang(old);
  const survey = retention.survey();
  await asked;
  // The survey waits in the second day's folder.
  await retention.work();
  expect(days.map((path) => existsSync(path))).toEqual([false, true, true]);
  goOn();
  await survey;
  expect(existsSync(oldest)).toBe(false);
  expect(await sample(metrics, 'tcpinfo_archive_folder_bytes')).toBe(2 * each);
  await retention.work();
  expect(days.map((path) => existsSync(path))).toEqual([false, false, true]);
  expect(await sample(metrics, 'tcpinfo_archive_folder_bytes')).toBe(each);
});
