/** Work that is queued or active when its environment ends. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ADDON_PATH_VARIABLE } from '../../native/index.js';
import { tempFolder } from '../support/temp.js';

const root = resolve(import.meta.dirname, '../..');
const addon = process.env[ADDON_PATH_VARIABLE] || join(root, 'native', 'build', 'Release', 'netlink.node');
const LINE = 'line\n';
const LINES = 20_000;

/**
 * Returns a script that queues more work for both threads than is done before it ends, with arrays held by nothing
 * else.
 */
function queueing(folder: string): string {
  return `
    const { FileThread, CompressThread } = require(${JSON.stringify(addon)});
    const content = () => Buffer.from(${JSON.stringify(LINE)}.repeat(${LINES}));
    const files = new FileThread();
    const compressors = [new CompressThread(19), new CompressThread(3)];
    for (let i = 0; i < 60; i++) {
      for (const each of compressors) void each.compress([content()]);
      const name = ${JSON.stringify(folder)} + '/' + process.hrtime.bigint();
      void files.create(name, 0o600, 0o700, content(), true);
    }
    gc();
  `;
}

/** Runs a script in which `worker(text)` starts a worker that queues work, runs `text` and reports it. */
function node(folder: string, script: string) {
  const text = `
    const { Worker } = require('node:worker_threads');
    const worker = (text) => new Worker(
      ${JSON.stringify(queueing(folder))} + text + "; require('node:worker_threads').parentPort.postMessage('queued')",
      { eval: true },
    );
    ${script}
  `;
  return spawnSync(process.execPath, ['--expose-gc', '-e', text], { encoding: 'utf8', timeout: 60_000 });
}

/** Returns the names of incomplete files. */
function broken(folder: string): string[] {
  return readdirSync(folder).filter((name) => readFileSync(join(folder, name), 'utf8') !== LINE.repeat(LINES));
}

describe('queued work', () => {
  it.each([
    ['is terminated', 'setInterval(() => undefined, 1000)', 'worker.terminate()', 'exit 1\n'],
    ['exits', 'setTimeout(() => process.exit(3), 20)', '', 'exit 3\n'],
    ['throws', 'setTimeout(() => { throw new Error("mine"); }, 20)', '', 'mine\nexit 1\n'],
  ])('is dropped with a worker that %s', (_, inWorker, onQueued, expected) => {
    const folder = tempFolder();
    const { status, stdout, stderr } = node(
      folder,
      `(async () => {
        for (let i = 0; i < 3; i++) {
          const running = worker(${JSON.stringify(inWorker)});
          running.on('error', ({ message }) => console.log(message));
          running.once('message', () => { const worker = running; ${onQueued}; });
          console.log('exit ' + (await new Promise((resolve) => running.once('exit', resolve))));
        }
      })();`,
    );
    expect([stderr, stdout, status]).toEqual(['', expected.repeat(3), 0]);
    expect(broken(folder)).toEqual([]);
  });

  it('is dropped by a process that exits', () => {
    const folder = tempFolder();
    const { status, signal, stderr } = node(folder, `${queueing(folder)} setTimeout(() => process.exit(7), 50);`);
    expect([stderr, status, signal]).toEqual(['', 7, null]);
  });

  it('is dropped by a process that exits while workers also have work', () => {
    const folder = tempFolder();
    const { status, signal, stderr } = node(
      folder,
      `let queued = 0;
      for (let i = 0; i < 3; i++) worker('').once('message', () => { if (++queued === 3) process.exit(7); });`,
    );
    expect([stderr, status, signal]).toEqual(['', 7, null]);
  });
});
