import { statSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { it, type Lab } from '../support/lab.js';
import { haveLoad, Load, readCounts, widen } from '../support/load.js';
import { RecordTruth } from '../support/record-truth.js';
import { lastMs, readRemains } from '../support/remains.js';
import { until } from '../support/waiting.js';

/** Default number of kills. `npm run bench:kill -- 100` kills more often. */
const USUAL_KILLS = 20;
const KILLS = Number(process.env['TCP_INFO_KILLS'] ?? USUAL_KILLS);
/** Daemons that run in parallel, each with its own folder, to save time. */
const ABREAST = 2;
const FLUSH_AGE_MS = 1000;
/** Tolerance beyond the flush age: the check of ages takes a tick, and busy cores take their time; more under load. */
const lenienceMs = (): number => 2000 * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());
/**
 * Minimum run time of a daemon with archives: longer than any allowed loss, so that a greater loss would be visible.
 */
const SHORTEST_MS = 4000;
const LONGEST_MS = 5000;
/** Number of long connections, always busy: about 50 writes a second each. */
const LONG_LIVED = 60;
/** Starts under load take their time. */
const TIMEOUT_MS = 60_000 + KILLS * 10_000;
const [HOLD_PORT, CHURN_PORT] = [30_000, 20_000];

/** One folder that is used by one daemon after the other, each killed. */
class Folder {
  readonly output: string;
  readonly truth = new RecordTruth();
  readonly #lab: Lab;
  /** Length of each file that an earlier daemon left. */
  readonly #lengths = new Map<string, number>();
  records = 0;

  constructor(lab: Lab, output: string) {
    this.#lab = lab;
    this.output = output;
  }

  get files(): number {
    return this.#lengths.size;
  }

  /** Runs a daemon for this time, kills it, and checks its files. */
  async killAfter(delayMs: number): Promise<void> {
    // Only one daemon can have the lab's page and event socket.
    const own = ['-prom=0', `-tcpinfo.eventsocket=${this.output}.sock`];
    const args = [...own, `--archive.flush-age=${FLUSH_AGE_MS}ms`];
    const daemon = await this.#lab.startDaemon({ output: this.output, args });
    // Names used by earlier daemons are tried first, which takes time on a busy machine.
    await until('archives', () => daemon.openArchives().length >= LONG_LIVED);
    await sleep(delayMs);
    const killedAtMs = Date.now();
    daemon.kill('SIGKILL');
    expect(await daemon.exited()).toEqual({ code: null, signal: 'SIGKILL' });

    const all = await readRemains(this.output, new Set(this.#lengths.keys()));
    // Files are created and written by one thread, one after the other.
    expect(all.filter(({ cut }) => cut).length).toBeLessThanOrEqual(1);
    expect(all.filter(({ empty }) => empty).length).toBeLessThanOrEqual(1);
    // Connections that always send show how much was lost at the end.
    const busy = all.filter(({ rows }) => rows[0]?.idm.id.dport === HOLD_PORT);
    expect(busy, `${all.length} files; ${daemon.log}`).toHaveLength(LONG_LIVED);
    const lostMs = busy.map((remains) => killedAtMs - (lastMs(remains) ?? 0));
    expect(Math.max(...lostMs)).toBeLessThan(FLUSH_AGE_MS + lenienceMs());
    // Older files are unchanged.
    for (const [path, length] of this.#lengths) expect(statSync(path).size, path).toBe(length);
    for (const { path, rows, archive } of all) {
      this.#lengths.set(path, statSync(path).size);
      this.records += rows.length;
      if (archive !== undefined) this.truth.take(archive);
    }
  }
}

describe.skipIf(!haveLoad('kills'))(`kill -9, ${KILLS} times at random moments under load`, () => {
  it('leaves readable files with true records each time, and loses no more than the flush age', {
    timeout: TIMEOUT_MS,
  }, async ({ lab }) => {
    widen(lab);
    await using holdServer = Load.start(lab.far, 'hold-server', { address: lab.far.ipv4, port: HOLD_PORT });
    await using churnServer = Load.start(lab.far, 'churn-server', { address: lab.far.ipv4, port: CHURN_PORT });
    await Promise.all([holdServer.ready(), churnServer.ready()]);
    const held = { to: lab.far.ipv4, port: HOLD_PORT, count: LONG_LIVED, seconds: TIMEOUT_MS / 1000, active: 30 };
    const counts = ['held', 'short'].map((name) => join(lab.folder, name));
    await using hold = Load.start(lab.near, 'hold', { ...held, 'max-bytes': 500, out: counts[0] ?? '' });
    await hold.ready();
    const short = { to: lab.far.ipv4, port: CHURN_PORT, count: 10_000_000, rate: 200, out: counts[1] ?? '' };
    await using churn = Load.start(lab.near, 'churn', short);

    const folders = Array.from({ length: ABREAST }, (_, i) => new Folder(lab, join(lab.folder, `folder-${i}`)));
    const killOnce = async (folder: Folder, kill: number): Promise<void> => {
      const delayMs = Math.round(SHORTEST_MS + Math.random() * (LONGEST_MS - SHORTEST_MS));
      await folder.killAfter(delayMs).catch((error) => {
        throw new Error(`kill ${kill + 1}, after ${delayMs} ms`, { cause: error });
      });
    };
    for (let kill = 0; kill < KILLS; kill += ABREAST) {
      await Promise.all(folders.map((folder, beside) => killOnce(folder, kill + beside)));
    }
    await Promise.all([churn.stop(), hold.stop()]);
    const known = counts.flatMap(readCounts);
    for (const { truth, files, records, output } of folders) {
      const verdict = truth.compare(known);
      // Only the long run prints what it compared.
      if (KILLS > USUAL_KILLS) process.stdout.write(`${output}: ${files} files, ${JSON.stringify(verdict)}\n`);
      expect(verdict.wrong).toEqual([]);
      expect(verdict.records).toBe(records);
      // The short connections were recorded too, nearly all to their end.
      expect(verdict.connections).toBeGreaterThan((2 * KILLS * LONG_LIVED) / ABREAST);
      expect(verdict.finals).toBeGreaterThan((verdict.connections - LONG_LIVED) * 0.9);
    }
  });
});
