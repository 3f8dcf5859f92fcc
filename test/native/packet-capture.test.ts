import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ADDON_PATH_VARIABLE, type CaptureOptions, netlink } from '../../native/index.js';
import { haveNamespaces } from '../support/namespaces.js';

const ROOT = resolve(import.meta.dirname, '../..');
const ADDON = process.env[ADDON_PATH_VARIABLE] ?? join(ROOT, 'native/build/Release/netlink.node');
/** `ret #2048`: keeps the beginning of every packet. */
const FILTER = [6, 0, 0, 0, 0, 8, 0, 0];
const PACKETS_AT = 12;

/** Passes a value that the types forbid. */
const wrong = (value: unknown): never => value as never;
const open = (more: Partial<CaptureOptions>): unknown =>
  new netlink.PacketCapture({ filter: Uint8Array.from(FILTER), ...more }, () => undefined);

/** Beginning of every script: `capture(onBatch, options)` captures, and `send(count)` sends datagrams over loopback. */
const PREAMBLE = `
  const { execFileSync } = require('node:child_process');
  const { createSocket } = require('node:dgram');
  const { Worker, isMainThread } = require('node:worker_threads');
  const addon = require(${JSON.stringify(ADDON)});
  if (isMainThread) execFileSync('ip', ['link', 'set', 'lo', 'up']);
  const capture = (onBatch, options) =>
    new addon.PacketCapture({ filter: Uint8Array.from(${JSON.stringify(FILTER)}), ...options }, onBatch);
  const send = async (count) => {
    const socket = createSocket('udp4');
    await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const { port } = socket.address();
    for (let i = 0; i < count; i++) {
      await new Promise((resolve) => socket.send(Buffer.alloc(100), port, '127.0.0.1', resolve));
    }
    socket.close();
  };
  const busy = () => setInterval(() => send(3), 1);
`;

/** A worker that captures and reports its first batch. */
const WORKER = `${PREAMBLE}
  let batches = 0;
  const { parentPort } = require('node:worker_threads');
  capture(() => { if (++batches === 1) parentPort.postMessage('running'); });
  busy();
`;

/** Runs a script in a separate process, in a network namespace of its own. */
async function node(
  script: string,
  ...options: string[]
): Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }> {
  const text = `${PREAMBLE}\nconst WORKER = ${JSON.stringify(WORKER)};\n${script}`;
  try {
    const args = ['--net', process.execPath, ...options, '-e', text];
    const running = promisify(execFile)('unshare', args, { timeout: 25_000 });
    return { code: 0, signal: null, ...(await running) };
  } catch (error) {
    return error as Awaited<ReturnType<typeof node>>;
  }
}

describe.skipIf(!haveNamespaces('packet capture'))('a packet capture', () => {
  it.each([
    [{}],
    [{ withoutRing: true }],
    [{ ringBytes: 4_194_304, blockBytes: 65_536 }],
  ])('delivers all packets when it is closed, with %j', async (options) => {
    const { code, stdout, stderr } = await node(`
        let [packets, dropped] = [0, 0];
        const open = capture((batch) => {
          const { block } = batch;
          const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
          if (block.length > 0 && view.getUint32(${PACKETS_AT}, true) !== batch.packets) process.exit(9);
          if (block.byteOffset % 8 !== 0) process.exit(8);
          packets += batch.packets;
          dropped += batch.dropped;
        }, ${JSON.stringify(options)});
        (async () => {
          await send(500);
          const closed = open.close();
          if (open.close() !== closed) process.exit(7);
          await closed;
          console.log(packets, dropped);
        })();
      `);
    expect([code, stdout, stderr]).toEqual([0, '1000 0\n', '']);
  });

  it('counts what a paused one makes the kernel drop', async () => {
    const { code, stdout } = await node(`
      let [packets, dropped, freezes] = [0, 0, 0];
      const open = capture((batch) => {
        packets += batch.packets;
        dropped += batch.dropped;
        freezes += batch.freezes;
      }, { ringBytes: 131072, blockBytes: 65536 });
      (async () => {
        open.pause();
        await send(3000);
        open.resume();
        await open.close();
        console.log(packets + dropped, dropped > 0, freezes > 0);
      })();
    `);
    expect([code, stdout]).toEqual([0, '6000 true true\n']);
  });

  it('keeps the process alive until it is closed', async () => {
    const { code, stdout } = await node(`
      const open = capture(() => {});
      setTimeout(async () => { await open.close(); console.log('closed'); }, 50).unref();
    `);
    expect([code, stdout]).toEqual([0, 'closed\n']);
  });

  it('is garbage-collected only after it was closed', async () => {
    const { code, stdout } = await node(
      `
      const collected = new FinalizationRegistry(() => { console.log('collected'); process.exit(0); });
      let heard = 0;
      (() => {
        const open = capture(() => { gc(); if (++heard === 5) { console.log('heard'); open.close(); } });
        collected.register(open);
      })();
      busy();
      setInterval(() => gc(), 5);
      `,
      '--expose-gc',
    );
    expect([code, stdout]).toEqual([0, 'heard\ncollected\n']);
  });

  it.each([
    ['process.exit', `capture(() => {}); setTimeout(() => process.exit(7), 30);`, 7],
    ['process.exit in the callback', `capture(() => process.exit(7));`, 7],
    ['an uncaught exception', `capture(() => {}); setTimeout(() => { throw new Error('mine'); }, 30);`, 1],
    [
      'process.exit while it closes',
      `const c = capture(() => {}); setTimeout(() => { c.close(); process.exit(7); }, 30);`,
      7,
    ],
    ['an error of its callback', `capture(() => { throw new Error('mine'); });`, 1],
  ])('ends with the process: %s', async (_, script, expected) => {
    const { code, signal } = await node(`busy(); ${script}`);
    expect([code, signal ?? null]).toEqual([expected, null]);
  });

  it('ends with a worker that is terminated, or exits', async () => {
    const { code, stdout, stderr } = await node(`
      (async () => {
        for (let i = 0; i < 6; i++) {
          const worker = new Worker(WORKER, { eval: true });
          await new Promise((resolve) => worker.once('message', resolve));
          await worker.terminate();
        }
        const worker = new Worker(WORKER + 'setTimeout(() => process.exit(3), 20);', { eval: true });
        console.log(await new Promise((resolve) => worker.once('exit', resolve)));
      })();
    `);
    expect([code, stdout, stderr]).toEqual([0, '3\n', '']);
  });

  it('reports that the interface to which it is bound was removed, and goes on when one is down', async () => {
    const { code, stdout, stderr } = await node(`
      const ip = (...args) => execFileSync('ip', args);
      ip('link', 'add', 'one', 'type', 'veth', 'peer', 'name', 'two');
      ip('link', 'set', 'one', 'up');
      const index = Number(JSON.parse(ip('-j', 'link', 'show', 'one'))[0].ifindex);
      let packets = 0;
      const open = capture((batch) => {
        packets += batch.packets;
        if (batch.failure) { console.log(batch.failure.code, batch.failure.errno); open.close(); }
      }, { interfaceIndex: index });
      ip('link', 'set', 'one', 'down');
      ip('link', 'set', 'one', 'up');
      setTimeout(() => ip('link', 'del', 'one'), 50);
    `);
    expect([code, stdout, stderr]).toEqual([0, 'ERR_RECEIVE 19\n', '']);
  });
});

describe('arguments of a packet capture', () => {
  it.each<[string, () => unknown]>([
    ['options must be an object', () => new netlink.PacketCapture(wrong(1), () => undefined)],
    ['options.filter must be a Uint8Array', () => open({ filter: wrong('') })],
    ['options.filter must be at most 4096 instructions of 8 bytes', () => open({ filter: new Uint8Array(7) })],
    ['options.filter must be an array of at least one element', () => open({ filter: new Uint8Array(0) })],
    ['options.interfaceIndex must be an integer from 0', () => open({ interfaceIndex: -1 })],
    ['options.promiscuous must be an array', () => open({ promiscuous: wrong(1) })],
    ['options.promiscuous[0] must be an integer from 1', () => open({ promiscuous: [0] })],
    ['options.blockBytes must be an integer from 65536', () => open({ blockBytes: 4096 })],
    ['options.blockBytes must be a multiple of the size of a page', () => open({ blockBytes: 65_537 })],
    ['options.ringBytes must be an integer from 2097152', () => open({ ringBytes: 1_048_576 })],
    ['options.blockTimeoutMs must be an integer from 1', () => open({ blockTimeoutMs: 0 })],
    ['options.maxPendingBytes must be an integer from 1', () => open({ maxPendingBytes: 0 })],
    ['options.namespace must be an integer', () => open({ namespace: wrong('x') })],
  ])('%s', (text, call) => {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(text);
  });
});
