/** End of a requester: its thread, its sockets and its namespace's file. */
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ADDON_PATH_VARIABLE, type DumpOptions, netlink, type Requester, readDump } from '../../native/index.js';
import { bothFamilies, tcpRequest } from './requests.js';

const ROOT = resolve(import.meta.dirname, '../..');
const ADDON = process.env[ADDON_PATH_VARIABLE] ?? join(ROOT, 'native/build/Release/netlink.node');
const NETLINK_SOCK_DIAG = 4;
const CLOSED = { code: 'ERR_CLOSED', errno: 0, syscall: 'close' };

const requester = (): Requester => new netlink.Requester({ protocol: NETLINK_SOCK_DIAG });
const { dataTypes } = tcpRequest();
const options = (): DumpOptions => ({ request: bothFamilies(), dataTypes, partBytes: 1 });

/** A request for a socket that does not exist. */
function single(): Buffer {
  const bytes = Buffer.from(bothFamilies());
  bytes.writeUInt16LE(1, 6);
  bytes.set([2, 6], 16);
  return bytes;
}

/** Beginning of every script: requesters that were used, and the numbers of files and threads of the process. */
const PREAMBLE = `
  const { readdirSync, openSync, closeSync } = require('node:fs');
  const { Requester } = require(${JSON.stringify(ADDON)});
  const request = Uint8Array.from(${JSON.stringify([...single()])});
  const dump = Uint8Array.from(${JSON.stringify([...bothFamilies()])});
  const used = async () => {
    const namespace = openSync('/proc/self/ns/user', 'r');
    const requester = new Requester({ protocol: ${NETLINK_SOCK_DIAG} });
    const held = new Requester({ protocol: ${NETLINK_SOCK_DIAG}, namespace });
    closeSync(namespace);
    await requester.ask(request);
    await requester.nextPart(requester.startDump({ request: dump, dataTypes: [20], partBytes: 1 }));
    return [requester, held];
  };
  const close = async (requesters) => { for (const each of requesters) await each.close(); };
  const files = () => readdirSync('/proc/self/fd').length;
  const threads = () => readdirSync('/proc/self/task').length;
  // The kernel lists a thread for a moment after it was joined.
  const untilThreads = async (count) => {
    while (threads() !== count) await new Promise((resolve) => setTimeout(resolve, 1));
  };
`;

async function node(script: string, ...flags: string[]): Promise<string> {
  const text = `${PREAMBLE}\n(async () => { ${script} })();`;
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '-e', text], { timeout: 25_000 });
  return stdout;
}

describe('a requester that is closed', () => {
  it('leaves neither a thread nor a file', async () => {
    const printed = await node(`
      await close(await used());
      const before = files();
      const threadsBefore = threads();
      const all = [];
      for (let i = 0; i < 10; i++) all.push(...(await used()));
      // A socket for requests, one for the dump unless it is complete, and the namespace's file; two threads.
      const whileUsed = [files() - before >= 20, threads() - threadsBefore];
      await close(all);
      const left = files() - before;
      await untilThreads(threadsBefore);
      console.log(...whileUsed, left);
    `);
    expect(printed).toBe('true 20 0\n');
  });

  it('lets the process end, also while it closes', async () => {
    expect(await node(`const [each] = await used(); each.close().then(() => console.log('closed'));`)).toBe('closed\n');
    expect(await node(`const [each] = await used(); void each.close(); process.exit(0);`)).toBe('');
  });

  it('is not needed any longer, also while it closes', async () => {
    const printed = await node(
      `
      for (let i = 0; i < 50; i++) {
        const closing = (await used()).map((each) => each.close());
        gc();
        await Promise.all(closing);
        gc();
      }
      console.log('done');
      `,
      '--expose-gc',
    );
    expect(printed).toBe('done\n');
  });

  it('ends with a worker that is terminated meanwhile', async () => {
    const printed = await node(`
      const { Worker } = require('node:worker_threads');
      const text = ${JSON.stringify(PREAMBLE)} + \`
        (async () => {
          for (;;) {
            const all = await used();
            for (const each of all) void each.close();
            require('node:worker_threads').parentPort.postMessage('closing');
          }
        })();\`;
      for (let i = 0; i < 5; i++) {
        const worker = new Worker(text, { eval: true });
        await new Promise((resolve) => worker.once('message', resolve));
        await worker.terminate();
      }
      console.log('terminated');
    `);
    expect(printed).toBe('terminated\n');
  });

  it('rejects what is pending and what follows, and may be closed again', async () => {
    const asked = requester();
    const dump = asked.startDump(options());
    const pending = [...Array(50)].map(() => asked.ask(single()));
    const parts = [asked.nextPart(dump), asked.nextPart(dump)];
    const closed = asked.close();
    expect(asked.close()).toBe(closed);
    const outcomes = await Promise.allSettled([...pending, ...parts]);
    // The first may have been answered before.
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(CLOSED);
    }
    expect(outcomes.at(-1)?.status).toBe('rejected');
    await closed;
    await expect(asked.ask(single())).rejects.toMatchObject(CLOSED);
    await expect(asked.nextPart(dump)).rejects.toMatchObject(CLOSED);
    await expect(asked.nextPart(asked.startDump(options()))).rejects.toMatchObject(CLOSED);
    asked.endDump(dump);
    await asked.close();
  });

  it('settles all that is pending before it is closed', async () => {
    const asked = requester();
    const order: string[] = [];
    const pending = [...Array(20)].map(() =>
      asked.ask(single()).then(
        () => order.push('answered'),
        () => order.push('rejected'),
      ),
    );
    await asked.close().then(() => order.push('closed'));
    await Promise.all(pending);
    expect(order).toHaveLength(21);
    expect(order.at(-1)).toBe('closed');
  });

  it('ends the reading of a dump with an error', async () => {
    const asked = requester();
    const closed = asked.close();
    await expect(readDump(asked, options()).next()).rejects.toMatchObject(CLOSED);
    await closed;
  });
});
