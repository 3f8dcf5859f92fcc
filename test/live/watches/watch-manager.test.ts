import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../cache/index.js';
import type { WatchError } from '../../../live/answers/index.js';
import { WatchManager } from '../../../live/watches/index.js';
import { createLogger } from '../../../log/index.js';
import { Scene, START_MS } from '../store/scene.js';

/** Store with connections on ports, and a manager whose reads are noted. */
class Watched {
  readonly scene = new Scene();
  /** Interval in milliseconds of each connection that is read, by its cookie. */
  readonly read = new Map<bigint, number>();
  readonly left: number[] = [];
  failure: Error | undefined;
  readonly manager: WatchManager;

  constructor(maxConnections = 64) {
    const { scene } = this;
    this.manager = new WatchManager({
      store: scene.store,
      targets: {
        connectionOf: ({ cookie }) => scene.cache.get(cookie ?? 0n),
        watch: ({ cookie }: Connection, intervalMs: number) => {
          if (this.failure !== undefined) throw this.failure;
          this.read.set(cookie, intervalMs);
        },
        unwatch: ({ cookie }: Connection) => void this.read.delete(cookie),
      },
      maxConnections,
      metrics: { left: { set: (to: number) => void this.left.push(to) } },
      log: createLogger({ write: () => undefined }),
      elapsedMs: () => scene.ms,
      nowMs: () => START_MS + scene.ms,
      later: (work) => scene.later.push(work),
    });
  }

  /** Has a scan see connections of port 443 that have received so many bytes. */
  seen(...cookies: readonly (readonly [cookie: bigint, bytesReceived: number])[]): void {
    for (const [cookie, bytesReceived] of cookies) {
      this.scene.seen(cookie, { dport: 443, sport: Number(cookie), info: { bytesReceived } });
    }
  }

  /** Ends a second, after which expressions choose again. */
  async second(): Promise<void> {
    this.scene.second();
    for (let i = 0; i < 5; i++) {
      await Promise.resolve();
      this.scene.work();
    }
  }

  error(act: () => unknown): WatchError {
    try {
      act();
    } catch (error) {
      return error as WatchError;
    }
    throw new Error('nothing was thrown');
  }
}

describe('the manager of watches', () => {
  it('reads what an expression chooses, and what is new, until the connection ends', async () => {
    const watched = new Watched();
    const { manager, scene, read } = watched;
    watched.seen([1n, 0], [2n, 0]);
    const begun = manager.start({ connections: { filter: 'sport 2 or sport 3' }, intervalMs: 5, forSec: 60 });
    expect(begun).toMatchObject({ watch: 1, connections: ['h_0000000000000002'], left: 0 });
    expect([...read]).toEqual([[2n, 5]]);
    watched.seen([3n, 0]);
    await watched.second();
    expect([...read]).toEqual([
      [2n, 5],
      [3n, 5],
    ]);
    expect(scene.row(3n).watch).toEqual({
      intervalMs: 5,
      untilTime: new Date(START_MS + 60_000).toISOString(),
      named: [],
    });
    scene.ended(2n, { dport: 443, sport: 2 });
    await watched.second();
    expect([...read.keys()]).toEqual([3n]);
    expect(manager.list()).toMatchObject([
      { watch: 1, filter: 'sport 2 or sport 3', connections: ['h_0000000000000003'] },
    ]);
    expect(manager.stop(1)).toBe(true);
    expect(manager.stop(1)).toBe(false);
    expect([read.size, scene.row(3n).watch]).toEqual([0, null]);
    manager.close();
  });

  it('keeps a connection that an expression no longer chooses', async () => {
    const watched = new Watched();
    watched.seen([1n, 0]);
    watched.manager.start({ connections: { filter: 'is:new' }, intervalMs: 1 });
    watched.scene.ms += 60_000;
    watched.seen([1n, 9]);
    await watched.second();
    expect([...watched.read.keys()]).toEqual([1n]);
    watched.manager.close();
  });

  it('chooses those that move the most if there are too many, and others when there is room', async () => {
    const watched = new Watched(2);
    const { manager, read, scene } = watched;
    watched.seen([1n, 0], [2n, 0], [3n, 0]);
    await watched.second();
    watched.seen([1n, 10], [2n, 9000], [3n, 5000]);
    await watched.second();
    expect(manager.start({ connections: { filter: 'dport 443' }, intervalMs: 1 })).toMatchObject({ left: 1 });
    expect([...read.keys()]).toEqual([2n, 3n]);
    const full = watched.error(() => manager.start({ connections: { keys: [scene.row(1n).key] }, intervalMs: 1 }));
    expect([full.code, full.message]).toEqual(['ERR_WATCHES_FULL', expect.stringContaining('-watch.max')]);
    // One that is read already needs no room.
    expect(manager.start({ connections: { keys: [scene.row(2n).key] }, intervalMs: 1 })).toMatchObject({ watch: 2 });
    await watched.second();
    expect(watched.left.at(-1)).toBe(1);
    scene.vanished(3n);
    await watched.second();
    expect([...read.keys()]).toEqual([2n, 1n]);
    expect(watched.left.at(-1)).toBe(0);
    manager.close();
    expect(read.size).toBe(0);
  });

  it('reads at the shortest interval of several watches, and shows the last end', () => {
    const watched = new Watched();
    const { manager, read, scene } = watched;
    watched.seen([1n, 0]);
    const keys = { keys: [scene.row(1n).key] };
    manager.start({ connections: keys, intervalMs: 10, forSec: 100 });
    manager.start({ connections: keys, intervalMs: 2, forSec: 10 });
    expect(read.get(1n)).toBe(2);
    expect(scene.row(1n).watch).toMatchObject({
      ...{ intervalMs: 2, named: ['1', '2'] },
      untilTime: new Date(START_MS + 100_000).toISOString(),
    });
    manager.stop(2);
    expect(read.get(1n)).toBe(10);
    manager.close();
  });

  it('ends a watch of named connections with the last of them', async () => {
    const watched = new Watched();
    watched.seen([1n, 0]);
    watched.manager.start({ connections: { keys: [watched.scene.row(1n).key] }, intervalMs: 1, forSec: 60 });
    watched.scene.vanished(1n);
    await watched.second();
    await watched.second();
    expect([watched.read.size, watched.manager.list()]).toEqual([0, []]);
  });

  it('refuses what cannot be watched with a sentence', () => {
    const watched = new Watched();
    const { manager, scene } = watched;
    watched.seen([1n, 0], [2n, 0]);
    scene.vanished(2n);
    const refusal = (connections: Parameters<WatchManager['start']>[0]['connections'], more = {}) => {
      const { code, message } = watched.error(() => manager.start({ connections, intervalMs: 1, ...more }));
      return [code, message];
    };
    const keys = [scene.row(1n).key];
    expect(refusal({ keys: ['h_7@x'] })).toEqual(['ERR_NO_CONNECTION', 'no connection has the key h_7@x']);
    expect(refusal({ keys: [scene.row(2n).key] })).toEqual(['ERR_NO_CONNECTION', expect.stringMatching(/has ended/)]);
    expect(refusal({ filter: ' ' })).toEqual(['ERR_WATCH_VALUE', expect.stringMatching(/^filter: expected/)]);
    expect(refusal({ filter: 'rto > 1' })).toEqual(['ERR_EXPRESSION', expect.any(String)]);
    expect(refusal({ keys }, { intervalMs: 1001 })).toEqual(['ERR_WATCH_VALUE', expect.stringMatching(/^intervalMs/)]);
    expect(refusal({ keys }, { forSec: 0.5 })).toEqual(['ERR_WATCH_VALUE', expect.stringMatching(/^forSec/)]);
    watched.failure = Object.assign(new Error('socket: EMFILE'), { code: 'ERR_SOCKET' });
    expect(refusal({ keys })).toEqual(['ERR_WATCH_THREAD', expect.stringContaining('socket: EMFILE')]);
    expect([manager.list(), manager.connections]).toEqual([[], 0]);
    watched.failure = undefined;
    for (let i = 0; i < 64; i++) manager.start({ connections: { keys }, intervalMs: 1 });
    expect(refusal({ keys })).toEqual(['ERR_WATCHES_FULL', expect.stringContaining('64 watches')]);
    manager.close();
  });
});
