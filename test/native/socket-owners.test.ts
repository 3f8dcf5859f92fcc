import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { netlink, type SocketOwners } from '../../native/index.js';

const wrong = (value: unknown): never => value as never;
const SECOND = 1e9;

let owners: SocketOwners;
beforeAll(() => {
  owners = new netlink.SocketOwners('/proc');
});

describe('arguments of the thread that reads processes', () => {
  it.each<[string, () => unknown]>([
    ['proc must be a path', () => new netlink.SocketOwners(wrong(undefined))],
    ['proc must be a path', () => new netlink.SocketOwners('')],
    ['proc must be a path', () => new netlink.SocketOwners('/a\0b')],
    ['pids must be a Uint32Array', () => owners.sockets(wrong([1]), 1)],
    ['pids must be a Uint32Array', () => owners.sockets(wrong(Int32Array.of(1)), 1)],
    ['maxCpuNs must be an integer from 0 to 60000000000', () => owners.sockets(Uint32Array.of(1), -1)],
    ['mount must be a path', () => owners.openCgroups(wrong(1), BigUint64Array.of(1n))],
    ['ids must be a BigUint64Array', () => owners.openCgroups('/', wrong(Uint32Array.of(1)))],
    ['ids must be a BigUint64Array', () => owners.walkCgroups('/', wrong([1n]))],
    ['path must be a path', () => owners.cgroupMembers(wrong(null))],
  ])('%s', (message, call) => {
    expect(call).toThrow(new TypeError(message));
  });
});

describe('the thread that reads processes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tcp-info-owners-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('lists this process, with its descriptors', async () => {
    const { errno, pids, descriptors, cpuNs } = await owners.survey();
    expect(errno).toBe(0);
    const at = pids.indexOf(process.pid);
    expect(at).toBeGreaterThanOrEqual(0);
    expect(descriptors.length).toBe(pids.length);
    expect(cpuNs).toBeGreaterThan(0);
  });

  it('describes this process by its sockets', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
    try {
      const { processes, sockets } = await owners.sockets(Uint32Array.of(process.pid), SECOND);
      expect(processes).toEqual([
        {
          errno: 0,
          descriptors: expect.any(Number),
          sockets: sockets.length / 3,
          startTicks: Number(/\) (?:\S+ ){19}(\d+)/.exec(readFileSync('/proc/self/stat', 'utf8'))?.[1]),
          ancestors: expect.any(Array),
          uid: process.geteuid?.(),
          command: readFileSync(`/proc/${process.pid}/comm`, 'utf8').trimEnd(),
          executable: process.execPath,
        },
      ]);
      expect(sockets.length).toBeGreaterThan(0);
      expect(processes[0]).toHaveProperty('ancestors.0', process.ppid);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('reports failures as values', async () => {
    const nowhere = new netlink.SocketOwners(join(folder, 'none'));
    const { ENOENT } = constants.errno;
    expect((await nowhere.survey()).errno).toBe(ENOENT);
    const { processes } = await nowhere.sockets(Uint32Array.of(1, 2), SECOND);
    expect(processes).toEqual([1, 2].map(() => ({ errno: ENOENT, descriptors: 0, sockets: 0 })));
    expect(await owners.openCgroups(join(folder, 'none'), BigUint64Array.of(1n))).toMatchObject({
      errno: ENOENT,
      paths: [null],
    });
    expect(await owners.walkCgroups(join(folder, 'none'), BigUint64Array.of(1n))).toMatchObject({ errno: ENOENT });
    expect(await owners.cgroupMembers(folder)).toMatchObject({ errno: ENOENT, pids: new Uint32Array() });
  });

  it('ends with its worker in the middle of the work', async () => {
    const addon = JSON.stringify(join(import.meta.dirname, '../../native/build/Release/netlink.node'));
    const path =
      process.env['TCP_INFO_NETLINK_ADDON'] === undefined
        ? addon
        : JSON.stringify(process.env['TCP_INFO_NETLINK_ADDON']);
    const code = `
      const { parentPort } = require('node:worker_threads');
      const owners = new (require(${path}).SocketOwners)('/proc');
      const work = async () => { for (;;) await owners.sockets((await owners.survey()).pids, 1e9); };
      for (let i = 0; i < 20; i++) work();
      setTimeout(() => parentPort.postMessage('running'), 20);
    `;
    const worker = new Worker(code, { eval: true });
    await new Promise((resolve) => worker.once('message', resolve));
    expect(await worker.terminate()).toBe(1);
  });
});
