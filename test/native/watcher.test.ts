import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  loadNetlink,
  WATCH_LATENESS_NS,
  type WatchBatch,
  type Watcher,
  type WatcherOptions,
} from '../../native/index.js';
import { type Connections, listen } from './connections.js';
import { type Answer, answer, answers, NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, shape, tcpRequest } from './requests.js';

const netlink = loadNetlink();
const OPTIONS: WatcherOptions = { protocol: NETLINK_SOCK_DIAG, dataTypes: [SOCK_DIAG_BY_FAMILY], ...shape };
const MS = 1e6;

/** Message of a batch, copied. */
interface Read {
  readonly watch: number;
  readonly bytes: Uint8Array;
  readonly timeNs: bigint;
  readonly previousNs: bigint;
}

class Heard {
  readonly reads: Read[] = [];
  readonly sums = { answered: 0, missing: 0, leftover: 0, failed: 0, skipped: 0, late: 0, batches: 0 };

  readonly take = (batch: WatchBatch): void => {
    const { data, changed, watches, timesNs } = batch;
    watches.forEach((watch, i) => {
      const at = changed[2 * i] ?? 0;
      const bytes = data.slice(at, at + (changed[2 * i + 1] ?? 0));
      this.reads.push({ watch, bytes, timeNs: timesNs[2 * i] ?? 0n, previousNs: timesNs[2 * i + 1] ?? 0n });
    });
    for (const key of ['answered', 'missing', 'leftover', 'failed', 'skipped'] as const) this.sums[key] += batch[key];
    expect(batch.lateness.length).toBe(WATCH_LATENESS_NS.length + 1);
    this.sums.late += batch.lateness.reduce((sum, each) => sum + each, 0);
    this.sums.batches++;
  };

  /** Reads of a watch, those of no bytes included. */
  of(watch: number): Read[] {
    return this.reads.filter((read) => read.watch === watch);
  }
}

function watcherOf(options: Partial<WatcherOptions> = {}): { readonly watcher: Watcher; readonly heard: Heard } {
  const heard = new Heard();
  const watcher = new netlink.Watcher({ ...OPTIONS, ...options }, heard.take);
  onTestFinished(() => watcher.close());
  return { watcher, heard };
}

async function opened(count: number): Promise<Connections> {
  const connections = await listen();
  for (let i = 0; i < count; i++) await connections.open();
  return connections;
}

/** Returns a request for exactly one socket, from a message about it. */
function exactly({ bytes }: Pick<Answer, 'bytes'>): Uint8Array {
  const request = new Uint8Array(72);
  const view = new DataView(request.buffer);
  view.setUint32(0, request.length, true);
  view.setUint16(4, SOCK_DIAG_BY_FAMILY, true);
  view.setUint16(6, 1, true);
  request.set([bytes[16] ?? 0, 6, 0xff, 0, 0xff, 0xff, 0xff, 0xff], 16);
  request.set(bytes.subarray(20, 68), 24);
  return request;
}

/** Returns the answers about the client sides of connections, in their order. */
function clientSides(connections: Connections): Answer[] {
  const { data, messages } = netlink.dump(tcpRequest());
  const all = answers(data, messages);
  return connections.clients.map((client) => {
    const found = all.find(({ sport, dport }) => sport === client.localPort && dport === client.remotePort);
    if (found === undefined) throw new Error(`no socket with port ${client.localPort}`);
    return found;
  });
}

async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error('the condition was not met within 20 s');
    await sleep(2);
  }
}

describe('a watcher', () => {
  it('reads each object at its interval, and hands over what changed', async () => {
    const connections = await opened(2);
    const { watcher, heard } = watcherOf();
    const [busy, idle] = clientSides(connections);
    const source = watcher.addSource({});
    if (busy === undefined || idle === undefined) throw new Error('no sockets');
    const first = watcher.add(source, exactly(busy), busy.key, 1 * MS);
    const second = watcher.add(source, exactly(idle), idle.key, 10 * MS);
    await until(() => heard.of(first).length > 0 && heard.of(second).length > 0);
    expect(answer(heard.of(first)[0]?.bytes ?? busy.bytes)).toMatchObject({ key: busy.key, state: 1 });
    expect(heard.of(first)[0]).toMatchObject({ previousNs: 0n });
    const before = heard.of(first).length;
    for (let i = 0; i < 20; i++) {
      connections.clients[0]?.write('some bytes');
      await sleep(3);
    }
    await until(() => heard.of(first).length > before + 5);
    // The idle one was read, and is the same.
    expect(heard.of(second)).toHaveLength(1);
    const times = heard.of(first).map(({ timeNs }) => timeNs);
    expect(times).toEqual(times.toSorted((a, b) => (a < b ? -1 : 1)));
    for (const { timeNs, previousNs } of heard.of(first).slice(1)) {
      expect(previousNs).toBeGreaterThan(0n);
      expect(previousNs).toBeLessThan(timeNs);
    }
    await watcher.close();
    expect(heard.sums).toMatchObject({ missing: 0, leftover: 0, failed: 0 });
    expect(heard.sums.answered).toBeGreaterThan(60);
    expect(heard.sums.late).toBe(heard.sums.answered);
  });

  it('reports a watch without good answers once, and the next good answer always', async () => {
    const connections = await opened(1);
    const { watcher, heard } = watcherOf();
    const [socket] = clientSides(connections);
    if (socket === undefined) throw new Error('no socket');
    const source = watcher.addSource({});
    const wrongKey = exactly(socket);
    wrongKey[64] = (wrongKey[64] ?? 0) ^ 0xff; // its cookie
    const lost = watcher.add(source, wrongKey, socket.key, 1 * MS);
    const other = watcher.add(source, exactly(socket), socket.key + 1n, 1 * MS);
    await until(() => heard.of(lost).length > 0 && heard.of(other).length > 0);
    await sleep(20);
    await watcher.close();
    expect(heard.of(lost)).toEqual([{ watch: lost, bytes: new Uint8Array(), timeNs: 0n, previousNs: 0n }]);
    expect(heard.of(other)).toHaveLength(1);
    expect(heard.sums.missing).toBeGreaterThan(0);
    expect(heard.sums.failed).toBeGreaterThan(0);
    expect(heard.sums.answered).toBe(0);
  });

  it('takes what is left of an object for no good answer', async () => {
    const connections = await opened(1);
    const [socket] = clientSides(connections);
    if (socket === undefined) throw new Error('no socket');
    const { watcher, heard } = watcherOf({ leftovers: [{ offset: 1, bytes: [1], always: true }] });
    watcher.add(watcher.addSource({}), exactly(socket), socket.key, 1 * MS);
    await until(() => heard.reads.length > 0);
    await watcher.close();
    expect(heard.reads[0]?.bytes).toHaveLength(0);
    expect(heard.sums.leftover).toBeGreaterThan(0);
  });

  it('gathers changes, and delivers them at once when asked', async () => {
    const connections = await opened(1);
    const [socket] = clientSides(connections);
    if (socket === undefined) throw new Error('no socket');
    const { watcher, heard } = watcherOf({ gatherNs: 1e10 });
    watcher.add(watcher.addSource({}), exactly(socket), socket.key, 1 * MS);
    await sleep(50);
    expect(heard.reads).toHaveLength(0);
    await until(() => {
      watcher.flush();
      return heard.reads.length > 0;
    });
    watcher.flush();
    await watcher.close();
    watcher.flush();
  });

  it('stops reading when an object, or its source, is removed', async () => {
    const connections = await opened(1);
    const [socket] = clientSides(connections);
    if (socket === undefined) throw new Error('no socket');
    const { watcher, heard } = watcherOf();
    const source = watcher.addSource({});
    const watch = watcher.add(source, exactly(socket), socket.key, 1 * MS);
    await until(() => heard.reads.length > 0);
    watcher.remove(watch);
    watcher.remove(watch);
    watcher.flush();
    const { answered } = heard.sums;
    watcher.add(source, exactly(socket), socket.key, 1 * MS);
    watcher.removeSource(source);
    await sleep(20);
    watcher.flush();
    expect(heard.sums.answered - answered).toBeLessThanOrEqual(2);
    expect(() => watcher.removeSource(source)).toThrow(TypeError);
    expect(() => watcher.add(source, exactly(socket), socket.key, MS)).toThrow(/source must be one that was added/);
  });

  it('refuses arguments that it cannot use', () => {
    const { watcher } = watcherOf();
    const source = watcher.addSource({});
    expect(() => watcher.add(source, new Uint8Array(8), 1n, MS)).toThrow(/^request must be one whole netlink message/);
    expect(() => watcher.add(source, new Uint8Array(72), 1n, MS)).toThrow(TypeError);
    const request = exactly({ bytes: new Uint8Array(72) });
    expect(() => watcher.add(source, request, 1n, 999_999)).toThrow(/intervalNs/);
    expect(() => watcher.addSource({ namespace: -1 })).toThrow(TypeError);
    expect(() => new netlink.Watcher({ ...OPTIONS, gatherNs: -1 }, () => undefined)).toThrow(/options.gatherNs/);
    request[6] = 5; // NLM_F_REQUEST and NLM_F_ACK
    expect(() => watcher.add(source, request, 1n, MS)).toThrow(TypeError);
  });
});
