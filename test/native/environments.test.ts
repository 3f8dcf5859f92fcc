import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ADDON_PATH_VARIABLE } from '../../native/index.js';
import { bothFamilies, shape, tcpSource } from './requests.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const addon = process.env[ADDON_PATH_VARIABLE] ?? join(root, 'native', 'build', 'Release', 'netlink.node');

/** Beginning of every script: `poller(onBatch)` creates a poller at an interval of 1 ms. */
const PREAMBLE = `
  const { Worker } = require('node:worker_threads');
  const addon = require(${JSON.stringify(addon)});
  const source = {
    ...${JSON.stringify({ ...tcpSource(), queryMethods: [], intervalNs: 1_000_000, mask: shape.mask })},
    queryMethods: [[Uint8Array.from(${JSON.stringify([...bothFamilies()])})]],
  };
  const poller = (onBatch) => new addon.Poller({ sources: [source] }, onBatch);
  let batches = 0;
`;

/** A worker that runs one poller and reports its first batch. */
const WORKER = `${PREAMBLE}
  const { parentPort } = require('node:worker_threads');
  poller(() => { if (++batches === 1) parentPort.postMessage('running'); }).start();
`;

interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script in a separate process. */
async function node(script: string, ...options: string[]): Promise<Outcome> {
  const text = `${PREAMBLE}\nconst WORKER = ${JSON.stringify(WORKER)};\n${script}`;
  const running = promisify(execFile)(process.execPath, [...options, '-e', text], { timeout: 25_000 });
  try {
    return { code: 0, signal: null, ...(await running) };
  } catch (error) {
    return error as Outcome;
  }
}

describe('a running poller', () => {
  it('keeps the process alive until it has stopped', async () => {
    const { code, stdout } = await node(`
      const p = poller(() => { batches++; });
      p.start();
      // Nothing else does: the timer does not count.
      const timer = setInterval(async () => {
        if (batches <= 10) return;
        clearInterval(timer);
        await p.stop();
        console.log('stopped');
      }, 10).unref();
    `);
    expect([code, stdout]).toEqual([0, 'stopped\n']);
  });

  it('is not garbage-collected', async () => {
    const { code, stdout } = await node(
      `
      (() => {
        poller(function () {
          gc();
          if (++batches === 20) { console.log('alive'); process.exit(0); }
        }).start();
      })();
      `,
      '--expose-gc',
    );
    expect([code, stdout]).toEqual([0, 'alive\n']);
  });

  it('is garbage-collected after it has stopped', async () => {
    const { code, stdout } = await node(
      `
      const collected = new FinalizationRegistry(() => { console.log('collected'); process.exit(0); });
      (async () => {
        await (async () => { const p = poller(() => p); collected.register(p); p.start(); await p.stop(); })();
        setInterval(() => gc(), 5);
      })();
      `,
      '--expose-gc',
    );
    expect([code, stdout]).toEqual([0, 'collected\n']);
  });

  it.each([
    ['process.exit', `setTimeout(() => process.exit(7), 30);`, 7],
    ['process.exit in the callback', '', 7],
    ['an uncaught exception', `setTimeout(() => { throw new Error('mine'); }, 30);`, 1],
    ['process.exit while it stops', `setTimeout(() => { p.stop(); process.exit(7); }, 30);`, 7],
  ])('ends with the process: %s', async (name, script, expected) => {
    const inside = name.endsWith('callback') ? 'if (batches === 5) process.exit(7);' : '';
    const { code, signal } = await node(`const p = poller(() => { batches++; ${inside} }); p.start(); ${script}`);
    expect([code, signal ?? null]).toEqual([expected, null]);
  });

  it('turns an error of its callback into uncaughtException, and continues', async () => {
    const { code, stdout } = await node(`
      const caught = [];
      process.on('uncaughtException', (error) => caught.push(error.message));
      const p = poller(() => { throw new Error('mine ' + ++batches); });
      p.start();
      const wait = setInterval(async () => {
        if (batches < 5) return;
        clearInterval(wait);
        await p.stop();
        console.log(caught.length === batches, caught[0], caught[4]);
      }, 5);
    `);
    expect([code, stdout]).toEqual([0, 'true mine 1 mine 5\n']);
  });

  it('ends the process when its callback throws without a handler', async () => {
    const { code, stderr } = await node(`poller(() => { throw new Error('mine'); }).start();`);
    expect(code).toBe(1);
    expect(stderr).toContain('Error: mine');
  });

  it('ends with a worker that is terminated', async () => {
    const { code, stdout, stderr } = await node(`
      (async () => {
        for (let i = 0; i < 10; i++) {
          const worker = new Worker(WORKER, { eval: true });
          await new Promise((resolve) => worker.once('message', resolve));
          await new Promise((resolve) => setTimeout(resolve, i));
          await worker.terminate();
        }
        console.log('terminated');
      })();
    `);
    expect([code, stdout, stderr]).toEqual([0, 'terminated\n', '']);
  });

  it('ends with a worker whose callback never returns', async () => {
    const { code, stdout } = await node(`
      const stuck = ${JSON.stringify(PREAMBLE)} +
        "poller(() => { require('node:worker_threads').parentPort.postMessage('stuck'); for (;;); }).start();";
      const worker = new Worker(stuck, { eval: true });
      worker.once('message', async () => { await worker.terminate(); console.log('terminated'); });
    `);
    expect([code, stdout]).toEqual([0, 'terminated\n']);
  });

  it('ends with a worker that exits or throws', async () => {
    const { code, stdout } = await node(`
      (async () => {
        for (const end of ['process.exit(3)', 'throw new Error("mine")']) {
          const worker = new Worker(WORKER + "setTimeout(() => { " + end + "; }, 20);", { eval: true });
          worker.once('error', (error) => console.log(error.message));
          console.log(await new Promise((resolve) => worker.once('exit', resolve)));
        }
      })();
    `);
    expect([code, stdout]).toEqual([0, '3\nmine\n1\n']);
  });

  it('ends with the process while workers run other pollers', async () => {
    const { code, signal } = await node(`
      poller(() => {}).start();
      let running = 0;
      for (let i = 0; i < 3; i++) {
        new Worker(WORKER, { eval: true }).once('message', () => { if (++running === 3) process.exit(5); });
      }
    `);
    expect([code, signal ?? null]).toEqual([5, null]);
  });
});
