import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../log/index.js';
import { Retention } from '../../saver/index.js';
import { sample, testMetrics } from '../support/metric.js';
import { tempFolder } from '../support/temp.js';

const NOW_MS = Date.parse('2026-11-21T12:00:00Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

let cookie = 0;

/** Creates an archive with this mtime. */
function archive(output: string, mtimeMs: number): string {
  const day = new Date(mtimeMs).toISOString().slice(0, 10).replaceAll('-', '/');
  const name = `host_1700000000_${(++cookie).toString(16).toUpperCase().padStart(16, '0')}.00000.jsonl.zst`;
  const path = join(output, day, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'x');
  utimesSync(path, mtimeMs / 1000, mtimeMs / 1000);
  return path;
}

/** Retention on a machine with an arbitrary wall clock. */
class Machine {
  readonly output = tempFolder();
  readonly metrics = testMetrics();
  log = '';
  /** Error of the wall clock. */
  wrongMs = 0;
  #elapsedMs = 0;
  #retention: Retention;

  constructor(
    readonly keepMs: number,
    wrongMs = 0,
  ) {
    this.wrongMs = wrongMs;
    this.#retention = this.#start();
  }

  /** The correct time. */
  get nowMs(): number {
    return NOW_MS + this.#elapsedMs;
  }

  restart(): void {
    this.#retention = this.#start();
  }

  /** Lets time pass in steps of a minute, the interval of retention. */
  async pass(ms: number): Promise<void> {
    for (const endMs = this.#elapsedMs + ms; this.#elapsedMs < endMs; ) {
      this.#elapsedMs += MINUTE_MS;
      await this.#retention.work();
    }
  }

  doubts(): Promise<number | undefined> {
    return sample(this.metrics, 'tcpinfo_archive_clock_doubts_total');
  }

  #start(): Retention {
    return new Retention({
      output: this.output,
      keepMs: this.keepMs,
      isOpen: () => false,
      metrics: this.metrics,
      log: createLogger({ write: (line) => (this.log += line) }),
      nowMs: () => this.nowMs + this.wrongMs,
      monotonicMs: () => this.#elapsedMs,
    });
  }
}

const present = (paths: readonly string[]): boolean[] => paths.map((path) => existsSync(path));

/** Creates archives of the last days, one every six hours. */
function days(output: string, nowMs: number, count: number): string[] {
  return Array.from({ length: count * 4 }, (_, i) => archive(output, nowMs - (i + 0.5) * 6 * HOUR_MS));
}

describe('deletion by age', () => {
  it('does not follow a temporarily wrong wall clock', async () => {
    const machine = new Machine(7 * DAY_MS);
    const paths = days(machine.output, NOW_MS, 6);
    await machine.pass(2 * HOUR_MS);
    for (const wrongMs of [3000 * DAY_MS, -3000 * DAY_MS, 3 * DAY_MS]) {
      machine.wrongMs = wrongMs;
      await machine.pass(3 * HOUR_MS);
      machine.wrongMs = 0;
      await machine.pass(HOUR_MS);
    }
    expect(present(paths)).toEqual(paths.map(() => true));
    expect(await machine.doubts()).toBe(3);
    expect(machine.log).toMatch(/^level=error msg="wall clock jumped; [^"]*" jump_s=259200000 failures=1$/m);
    expect(machine.log).toMatch(/msg="wall clock is plausible"/);
  });

  it('continues by elapsed time while the clock is wrong', async () => {
    const machine = new Machine(7 * DAY_MS);
    const paths = days(machine.output, NOW_MS, 7);
    await machine.pass(HOUR_MS);
    machine.wrongMs = 3000 * DAY_MS;
    await machine.pass(22 * HOUR_MS);
    // Only the archives that have meanwhile become older than seven days.
    expect(present(paths)).toEqual(paths.map((_, i) => i < 24));
  });

  it('accepts a jump when the clock has continued from there for a day', async () => {
    const machine = new Machine(7 * DAY_MS);
    const [path = ''] = days(machine.output, NOW_MS, 2);
    await machine.pass(HOUR_MS);
    machine.wrongMs = 30 * DAY_MS;
    await machine.pass(23 * HOUR_MS);
    expect(existsSync(path)).toBe(true);
    await machine.pass(2 * HOUR_MS);
    expect(existsSync(path)).toBe(false);
  });

  it('continues after the clock was set back', async () => {
    const machine = new Machine(2 * HOUR_MS, 100 * DAY_MS);
    await machine.pass(2 * HOUR_MS);
    machine.wrongMs = 0;
    await machine.pass(MINUTE_MS);
    const path = archive(machine.output, machine.nowMs - HOUR_MS);
    await machine.pass(50 * MINUTE_MS);
    expect(existsSync(path)).toBe(true);
    await machine.pass(20 * MINUTE_MS);
    expect(existsSync(path)).toBe(false);
  });

  it('starts at once if recent archives confirm the clock', async () => {
    const machine = new Machine(7 * DAY_MS);
    const paths = days(machine.output, NOW_MS, 8);
    await machine.pass(MINUTE_MS);
    expect(present(paths)).toEqual(paths.map((_, i) => i < 7 * 4));
    expect(await machine.doubts()).toBe(0);
  });

  it('starts at once if only a few archives exist that have just become too old', async () => {
    const machine = new Machine(HOUR_MS);
    const path = archive(machine.output, NOW_MS - 2 * HOUR_MS);
    const far = new Machine(HOUR_MS, 3 * DAY_MS);
    const kept = archive(far.output, NOW_MS - 2 * HOUR_MS);
    for (const each of [machine, far]) await each.pass(10 * MINUTE_MS);
    expect(present([path, kept])).toEqual([false, true]);
  });

  it('continues after the clock was set back soon after the start', async () => {
    const machine = new Machine(HOUR_MS);
    await machine.pass(MINUTE_MS);
    machine.wrongMs = -DAY_MS;
    const path = archive(machine.output, NOW_MS - 2 * DAY_MS);
    await machine.pass(3 * MINUTE_MS);
    expect(existsSync(path)).toBe(false);
  });

  it('checks folders of future days, left by a clock that was ahead', async () => {
    const machine = new Machine(HOUR_MS);
    await machine.pass(MINUTE_MS);
    machine.wrongMs = -DAY_MS;
    const path = archive(machine.output, NOW_MS);
    utimesSync(path, (NOW_MS - 3 * DAY_MS) / 1000, (NOW_MS - 3 * DAY_MS) / 1000);
    const young = archive(machine.output, NOW_MS);
    await machine.pass(3 * MINUTE_MS);
    expect(present([path, young])).toEqual([false, true]);
  });

  it('waits for a day if no archive confirms the clock, also after a restart with archives of the wrong time', async () => {
    const machine = new Machine(7 * DAY_MS, 3000 * DAY_MS);
    const paths = days(machine.output, NOW_MS, 6);
    await machine.pass(MINUTE_MS);
    paths.push(archive(machine.output, machine.nowMs + machine.wrongMs));
    machine.restart();
    await machine.pass(20 * HOUR_MS);
    expect(present(paths)).toEqual(paths.map(() => true));
    expect(await machine.doubts()).toBe(2);
    expect(machine.log).toMatch(/msg="no recent archive confirms the wall clock; [^"]*" wait_s=86400/);
    machine.wrongMs = 0;
    await machine.pass(2 * DAY_MS);
    // The archives confirm the correct clock, and retention continues as usual.
    expect(present(paths)).toEqual(paths.map((_, i) => i === 24 || i < 16 + 1));
  });

  it('waits a day at most after a long time without a collector', async () => {
    const machine = new Machine(7 * DAY_MS);
    const path = archive(machine.output, NOW_MS - 60 * DAY_MS);
    await machine.pass(23 * HOUR_MS);
    expect(existsSync(path)).toBe(true);
    await machine.pass(2 * HOUR_MS);
    expect(existsSync(path)).toBe(false);
  });
});

describe('deletion by size', () => {
  it('continues after the clock was set back', async () => {
    const output = tempFolder();
    let nowMs = NOW_MS;
    let monotonicMs = 0;
    const retention = new Retention({
      output,
      maxBytes: 2 ** 20,
      isOpen: () => false,
      metrics: testMetrics(),
      log: createLogger({ write: () => undefined }),
      nowMs: () => nowMs,
      monotonicMs: () => monotonicMs,
    });
    const round = async (): Promise<void> => {
      await retention.survey();
      await retention.work();
    };
    await round();
    nowMs -= 3000 * DAY_MS;
    monotonicMs += 2 * HOUR_MS;
    const path = archive(output, nowMs - HOUR_MS);
    writeFileSync(path, Buffer.alloc(2 ** 21, 'x'));
    utimesSync(path, (nowMs - HOUR_MS) / 1000, (nowMs - HOUR_MS) / 1000);
    await round();
    expect(existsSync(path)).toBe(false);
  });
});
