import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { it, type Lab } from '../support/lab.js';
import { haveLoad, Load, widen } from '../support/load.js';
import { lastMs, readRemains } from '../support/remains.js';

const KILLS = 20;
/** Daemons that run beside each other, each with an end of its own: twenty runs would take long. */
const ABREAST = 2;
const FLUSH_AGE_MS = 1000;
/** Beyond the flush age: looking at ages takes a tick, and two busy cores take their time. */
const LENIENCY_MS = 2000;
/** How long a daemon runs after its first scan: always longer than a loss that is allowed, so that more would show. */
const SHORTEST_MS = 4000;
const LONGEST_MS = 5000;
/** Connections that are there all the time, and always busy: about 50 writes a second each. */
const LONG_LIVED = 60;
/** Twenty starts, beside the load, take their time. */
const TIMEOUT_MS = 240_000;
const [HOLD_PORT, CHURN_PORT] = [30_000, 20_000];

/** Runs a daemon for so long, kills it, and checks what it leaves. Returns how many files and records that is. */
async function killAfter(lab: Lab, delayMs: number, output: string): Promise<{ files: number; records: number }> {
  // The lab's page and event socket can be had by one daemon only.
  const own = ['-prom=0', `-tcpinfo.eventsocket=${output}.sock`];
  const daemon = await lab.startDaemon({ output, args: [...own, `--archive.flush-age=${FLUSH_AGE_MS}ms`] });
  await sleep(delayMs);
  const killedAtMs = Date.now();
  daemon.kill('SIGKILL');
  expect(await daemon.exited()).toEqual({ code: null, signal: 'SIGKILL' });

  const all = await readRemains(output);
  // Files are made and written by one thread, one after the other.
  expect(all.filter(({ cut }) => cut).length).toBeLessThanOrEqual(1);
  expect(all.filter(({ empty }) => empty).length).toBeLessThanOrEqual(1);
  // Those that send all the time show what was lost at the end.
  const busy = all.filter(({ rows }) => rows[0]?.idm.id.dport === HOLD_PORT);
  expect(busy, `${all.length} files; ${daemon.log}`).toHaveLength(LONG_LIVED);
  const lostMs = busy.map((remains) => killedAtMs - (lastMs(remains) ?? 0));
  expect(Math.max(...lostMs)).toBeLessThan(FLUSH_AGE_MS + LENIENCY_MS);
  return { files: all.length, records: all.reduce((sum, { rows }) => sum + rows.length, 0) };
}

describe.skipIf(!haveLoad('twenty kills'))('kill -9, twenty times at random moments under load', () => {
  it('leaves readable files each time, and loses no more than the flush age', { timeout: TIMEOUT_MS }, async ({
    lab,
  }) => {
    widen(lab);
    await using holdServer = Load.start(lab.far, 'hold-server', { address: lab.far.ipv4, port: HOLD_PORT });
    await using churnServer = Load.start(lab.far, 'churn-server', { address: lab.far.ipv4, port: CHURN_PORT });
    await Promise.all([holdServer.ready(), churnServer.ready()]);
    const held = { to: lab.far.ipv4, port: HOLD_PORT, count: LONG_LIVED, seconds: 3600, active: 30, 'max-bytes': 500 };
    await using hold = Load.start(lab.near, 'hold', held);
    await hold.ready();
    const short = { to: lab.far.ipv4, port: CHURN_PORT, count: 1_000_000, rate: 200 };
    await using _churn = Load.start(lab.near, 'churn', short);

    const found = { files: 0, records: 0 };
    const killOnce = async (kill: number): Promise<void> => {
      const delayMs = Math.round(SHORTEST_MS + Math.random() * (LONGEST_MS - SHORTEST_MS));
      const { files, records } = await killAfter(lab, delayMs, join(lab.folder, `kill-${kill}`)).catch((error) => {
        throw new Error(`kill ${kill + 1}, after ${delayMs} ms`, { cause: error });
      });
      found.files += files;
      found.records += records;
    };
    for (let kill = 0; kill < KILLS; kill += ABREAST) {
      await Promise.all(Array.from({ length: ABREAST }, (_, beside) => killOnce(kill + beside)));
    }
    // The short ones were recorded, too.
    expect(found.files).toBeGreaterThan(2 * KILLS * LONG_LIVED);
    expect(found.records).toBeGreaterThan(found.files);
  });
});
