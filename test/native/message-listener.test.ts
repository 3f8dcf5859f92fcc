import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ADDON_PATH_VARIABLE, type ListenerOptions, netlink } from '../../native/index.js';
import { until } from '../support/waiting.js';
import { listen } from './connections.js';

const ROOT = resolve(import.meta.dirname, '../..');
const ADDON = process.env[ADDON_PATH_VARIABLE] ?? join(ROOT, 'native/build/Release/netlink.node');
/** Ended TCP sockets of IPv4: a group that everybody may join. */
const OPTIONS = { protocol: 4, groups: [1], receiveBufferBytes: 400_000, gatherNs: 0 } as const;

/** Passes a value that the types forbid. */
const wrong = (value: unknown): never => value as never;
const open = (more: Partial<ListenerOptions>): unknown =>
  new netlink.MessageListener({ ...OPTIONS, ...more }, () => undefined);

/** Beginning of every script: `listener(onBatch)` listens, and `connect()` opens and ends a connection. */
const PREAMBLE = `
  const net = require('node:net');
  const { Worker } = require('node:worker_threads');
  const addon = require(${JSON.stringify(ADDON)});
  const listener = (onBatch) => new addon.MessageListener(${JSON.stringify(OPTIONS)}, onBatch);
  const connect = () => {
    const server = net.createServer((socket) => socket.destroy()).listen(0, '127.0.0.1', () => {
      net.connect(server.address().port, '127.0.0.1').on('error', () => {}).on('close', () => server.close());
    });
    server.unref();
  };
  const busy = () => setInterval(connect, 1);
`;

/** A worker that listens and reports its first batch. */
const WORKER = `${PREAMBLE}
  let batches = 0;
  const { parentPort } = require('node:worker_threads');
  listener(() => { if (++batches === 1) parentPort.postMessage('running'); });
  busy();
`;

/** Runs a script in a separate process. */
async function node(
  script: string,
  ...options: string[]
): Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }> {
  const text = `${PREAMBLE}\nconst WORKER = ${JSON.stringify(WORKER)};\n${script}`;
  try {
    const running = promisify(execFile)(process.execPath, [...options, '-e', text], { timeout: 25_000 });
    return { code: 0, signal: null, ...(await running) };
  } catch (error) {
    return error as Awaited<ReturnType<typeof node>>;
  }
}

describe('a message listener', () => {
  it('delivers messages until it is closed', async () => {
    const server = await listen();
    const ports = new Set<number>();
    const listener = new netlink.MessageListener(OPTIONS, ({ data, messages }) => {
      for (let i = 0; i < messages.length; i += 2) {
        const at = messages[i] ?? 0;
        expect(at % 8).toBe(0);
        // inet_diag_msg.id.idiag_sport
        ports.add(new DataView(data.buffer, data.byteOffset + at, messages[i + 1]).getUint16(20));
      }
    });
    expect(listener.grant()).toMatchObject({ forced: expect.any(Boolean), fallbackFilter: false });
    const { client, port } = await server.open();
    client.destroy();
    await until('the end of the connection', () => ports.has(port));
    const closed = listener.close();
    expect(listener.close()).toBe(closed);
    await closed;
  });

  it('keeps the process alive until it is closed', async () => {
    const { code, stdout } = await node(`
      const open = listener(() => {});
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
        const open = listener(() => { gc(); if (++heard === 5) { console.log('heard'); open.close(); } });
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
    ['process.exit', `listener(() => {}); setTimeout(() => process.exit(7), 30);`, 7],
    ['process.exit in the callback', `listener(() => process.exit(7));`, 7],
    ['an uncaught exception', `listener(() => {}); setTimeout(() => { throw new Error('mine'); }, 30);`, 1],
    [
      'process.exit while it closes',
      `const l = listener(() => {}); setTimeout(() => { l.close(); process.exit(7); }, 30);`,
      7,
    ],
    ['an error of its callback', `listener(() => { throw new Error('mine'); });`, 1],
  ])('ends with the process: %s', async (_, script, expected) => {
    const { code, signal } = await node(`busy(); ${script}`);
    expect([code, signal ?? null]).toEqual([expected, null]);
  });

  it('turns an error of its callback into uncaughtException, and continues', async () => {
    const { code, stdout } = await node(`
      let caught = 0;
      let batches = 0;
      process.on('uncaughtException', () => caught++);
      const open = listener(() => { batches++; throw new Error('mine'); });
      busy();
      setInterval(async () => {
        if (batches < 5) return;
        await open.close();
        console.log(caught === batches);
        process.exit(0);
      }, 5);
    `);
    expect([code, stdout]).toEqual([0, 'true\n']);
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

  it('ends with a worker whose requester is at work', async () => {
    const { code, stdout } = await node(`
      const script = WORKER + \`
        const requester = new addon.Requester({ protocol: 4 });
        const request = Buffer.alloc(72);
        request.writeUInt32LE(72, 0);
        request.writeUInt16LE(20, 4);
        request.writeUInt16LE(1, 6);
        request[16] = 2;
        request[17] = 6;
        const many = Buffer.concat(Array(2000).fill(request));
        const ask = async () => { for (;;) await requester.ask(many); };
        ask();
      \`;
      (async () => {
        for (let i = 0; i < 4; i++) {
          const worker = new Worker(script, { eval: true });
          await new Promise((resolve) => worker.once('message', resolve));
          await worker.terminate();
        }
        console.log('terminated');
      })();
    `);
    expect([code, stdout]).toEqual([0, 'terminated\n']);
  });
});

describe('arguments of a message listener', () => {
  it.each<[string, () => unknown]>([
    ['options must be an object', () => new netlink.MessageListener(wrong(1), () => undefined)],
    ['onBatch must be a function', () => new netlink.MessageListener(OPTIONS, wrong({}))],
    ['options.protocol must be an integer', () => open({ protocol: -1 })],
    ['options.groups must be an array', () => open({ groups: wrong(1) })],
    ['options.groups must be an array of at least one element', () => open({ groups: [] })],
    ['options.groups[1] must be an integer from 1', () => open({ groups: [1, 0] })],
    ['options.receiveBufferBytes must be an integer from 1', () => open({ receiveBufferBytes: 0 })],
    ['options.filter must be at most 4096 instructions of 8 bytes', () => open({ filter: new Uint8Array(7) })],
    ['options.filter must be at most 4096', () => open({ filter: new Uint8Array(8 * 4097) })],
    ['options.filter must be a Uint8Array', () => open({ filter: wrong('') })],
    ['options.fallbackFilter must be at most', () => open({ fallbackFilter: new Uint8Array(1) })],
    ['options.gatherNs must be an integer from 0', () => open({ gatherNs: -1 })],
    ['options.batchBytes must be an integer from 1', () => open({ batchBytes: 0 })],
    ['options.maxPendingBytes must be an integer from 1', () => open({ maxPendingBytes: 0 })],
    ['options.namespace must be an integer', () => open({ namespace: wrong('x') })],
  ])('%s', (text, call) => {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(text);
  });

  it('throw the error of the system call', () => {
    expect(() => open({ protocol: 31 })).toThrow(expect.objectContaining({ code: 'ERR_SOCKET', syscall: 'socket' }));
    expect(() => open({ filter: new Uint8Array(8).fill(0xff) })).toThrow(
      expect.objectContaining({ code: 'ERR_SOCKET', syscall: 'setsockopt' }),
    );
  });
});
