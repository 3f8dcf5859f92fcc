import { describe, expect, it } from 'vitest';
import type { RowSocket } from '../../../live/store/index.js';
import { TcpState } from '../../../tcp/index.js';
import { Scene, START_MS, uuidOf } from './scene.js';

const A = 0xan;
const B = 0xbn;
const KEY = uuidOf(A);

/** Returns an address 10.0.0.n. */
const address = (n: number): Uint8Array => Uint8Array.of(10, 0, 0, n);

describe('a row', () => {
  it('appears with its first record', () => {
    const scene = new Scene();
    scene.seen(A, { sport: 443, dport: 5001, inode: 77, uid: 1000 });
    expect([scene.store.size, scene.store.closedSize]).toEqual([1, 0]);
    const [row] = scene.store.rows();
    expect(row).toBe(scene.row(A));
    expect(row).toMatchObject({
      key: `${KEY}@${scene.timestamp}`,
      cookie: A,
      startTime: scene.timestamp,
      startUs: 1000 * START_MS,
      state: TcpState.ESTABLISHED,
      isOpen: true,
      endCause: null,
      closedUs: null,
      howEnded: 'open',
      closedFirst: 'unknown',
      durationUs: 0,
      processUnknown: 'off',
      identity: { uuid: KEY, localAddress: '192.0.2.1', localPort: 443, remoteAddress: '198.51.100.7' },
    });
    expect(row?.connection).toMatchObject({ snapshots: 1, startTime: scene.timestamp, bytesSent: 0 });
  });

  it('has the values of its last record at the end of the second, and its age', () => {
    const scene = new Scene();
    scene.seen(A, { info: { rttUs: 500 } });
    scene.ms = 300;
    scene.seen(A, { info: { rttUs: 900, bytesSent: 100, segsOut: 1 } });
    // A record only notes its row.
    expect(scene.row(A).now?.observation.rttUs).toBe(500);
    scene.second();
    expect(scene.row(A).now?.observation.rttUs).toBe(900);
    expect(scene.row(A)).toMatchObject({ ageUs: 1_002_000, durationUs: 300_000, endUs: 1000 * (START_MS + 300) });
    expect(scene.row(A).total('bytesSent')).toBe(100);
    expect(scene.row(A).connection.snapshots).toBe(2);
  });

  it('stays after its end, with cause and time', () => {
    const scene = new Scene();
    scene.seen(A, { info: { bytesAcked: 1, delivered: 1 } });
    scene.ms = 500;
    scene.ended(A, { info: { bytesAcked: 1, delivered: 1, bytesReceived: 5, segsIn: 2 } });
    const row = scene.row(A);
    expect(row).toMatchObject({ isOpen: false, endCause: 'event', closedUs: 1000 * (START_MS + 500) });
    expect(row.connection.bytesReceived).toBe(5);
    scene.second(3);
    expect(row.ageUs).toBe(500_000);
    expect([scene.store.size, scene.store.closedSize]).toEqual([1, 1]);
  });

  it('is the same one if the connection vanished and is seen again', () => {
    const scene = new Scene();
    scene.seen(A, { info: { bytesSent: 100 } });
    const row = scene.row(A);
    scene.ms = 500;
    scene.vanished(A);
    expect(row).toMatchObject({ isOpen: false, endCause: 'vanished' });
    scene.ms = 700;
    scene.seen(A, { info: { bytesSent: 300, segsOut: 2 } });
    scene.second();
    expect([...scene.store.rows()]).toEqual([row]);
    expect(scene.store.closedSize).toBe(0);
    expect(row).toMatchObject({ isOpen: true, endCause: null, closedUs: null, startUs: 1000 * START_MS });
    expect(row.connection).toMatchObject({ bytesSent: 300, snapshots: 2, startTime: row.startTime });
    expect(scene.store.overview(1e7).map(({ opened, closed, open }) => [opened, closed, open])).toEqual([[2, 1, 1]]);
  });

  it('is another one for a socket that connected elsewhere, with its start in the key', () => {
    const scene = new Scene();
    scene.seen(A, { dst: address(1) });
    scene.ms = 500;
    scene.seen(A, { dst: address(2) });
    const [first, second] = [...scene.store.rows()];
    expect(first).toMatchObject({ key: `${KEY}@${first?.startTime}`, isOpen: false, endCause: 'reconnected' });
    expect(second).toMatchObject({ key: `${KEY}@${scene.timestamp}`, isOpen: true });
    expect(second?.identity).toMatchObject({ uuid: KEY, remoteAddress: '10.0.0.2' });
    expect(scene.store.row(second?.key ?? '')).toBe(second);
    scene.ms = 900;
    scene.ended(A, { dst: address(2) });
    expect(second?.isOpen).toBe(false);
    expect(first?.endCause).toBe('reconnected');
  });

  it('gets the counters of a late destroy event', () => {
    const scene = new Scene();
    scene.seen(A, { info: { bytesAcked: 1, delivered: 1 } });
    scene.vanished(A);
    scene.second(2);
    scene.ended(A, { info: { bytesSent: 4000, bytesAcked: 4001, delivered: 5, segsIn: 9 } });
    scene.second();
    const row = scene.row(A);
    expect(row).toMatchObject({ isOpen: false, endCause: 'vanished' });
    expect(row.connection).toMatchObject({
      bytesSent: 4000,
      lastState: TcpState.CLOSE,
      howEnded: expect.stringMatching(/^reset/),
    });
    // It is no record of an archive.
    expect(row.connection.snapshots).toBe(1);
  });

  it('keeps its counters if a late event has none', () => {
    const scene = new Scene();
    scene.seen(A, { info: { bytesSent: 10 } });
    scene.vanished(A);
    scene.ended(A, { dport: 0, src: new Uint8Array(4) });
    scene.second();
    expect(scene.row(A).connection).toMatchObject({ bytesSent: 10, lastState: TcpState.ESTABLISHED });
  });

  it('of a connection that only its event shows is closed, and has all counters', () => {
    const scene = new Scene();
    scene.ended(A, { info: { bytesSent: 50, bytesAcked: 51, delivered: 3, rttUs: 80 } });
    const row = scene.row(A);
    expect(row).toMatchObject({ isOpen: false, endCause: 'event', durationUs: 0, processUnknown: 'off' });
    expect(row.connection).toMatchObject({ bytesSent: 50, snapshots: 1 });
    expect(row.total('bytesSent')).toBe(50);
    scene.second();
    // All of it moved in this second.
    expect(row.now?.derived).toMatchObject({ sendThroughputBytesPerSec: Math.round(50 / 1.002) });
  });

  it('keeps gauges and counters when only the rest of the socket is left', () => {
    const scene = new Scene();
    scene.seen(A, { info: { rttUs: 700, bytesSent: 10, sndCwnd: 20 }, rqueue: 5 });
    scene.ms = 300;
    scene.seen(A, { info: null, state: TcpState.TIME_WAIT });
    scene.second();
    const row = scene.row(A);
    expect(row.now?.observation).toMatchObject({ rttUs: 700, sndCwnd: 20, rqueueBytes: 0, bytesSent: 10 });
    expect(row).toMatchObject({ state: TcpState.TIME_WAIT, howEnded: 'closed', closedFirst: 'local' });
    expect(row.connection).toMatchObject({ bytesSent: 10, lastState: TcpState.TIME_WAIT });
  });

  it('has no values before the first tcp_info, and all growth after it', () => {
    const scene = new Scene();
    scene.seen(A, { info: null, state: TcpState.SYN_RECV });
    expect(scene.row(A).now?.observation).toMatchObject({ rttUs: null, bytesSent: null });
    expect(scene.row(A).now?.derived).toMatchObject({ sendThroughputBytesPerSec: null });
    expect(scene.row(A).connection).toMatchObject({ bytesSent: null, snapshots: 1 });
    scene.ms = 2;
    scene.seen(A, { info: { bytesSent: 2004, dataSegsOut: 2 } });
    scene.second();
    expect(scene.row(A).now?.derived).toMatchObject({ sendThroughputBytesPerSec: 2000 });
  });

  it('of an excluded or unknown connection does not appear', () => {
    const scene = new Scene();
    scene.seen(A, { src: Uint8Array.of(127, 0, 0, 1) });
    expect(scene.store.size).toBe(0);
    expect([...scene.store.rows()]).toEqual([]);
  });

  it('shows the addresses that it is given', () => {
    const scene = new Scene({
      shownIdm: ({ rawIdm = new Uint8Array() }) => {
        const cut = Uint8Array.from(rawIdm);
        cut.fill(0, 11, 12);
        cut.fill(0, 27, 28);
        return cut;
      },
    });
    scene.seen(A, { src: address(7), dst: address(8) });
    const row = scene.row(A);
    expect(row.identity).toMatchObject({ localAddress: '10.0.0.0', remoteAddress: '10.0.0.0' });
    expect([...row.localBytes.slice(-4)]).toEqual([10, 0, 0, 0]);
  });
});

describe('rows that ended', () => {
  it('are bounded in number, the oldest end first', () => {
    const scene = new Scene({ maxClosed: 2 });
    for (const cookie of [1n, 2n, 3n]) scene.seen(cookie);
    for (const cookie of [3n, 1n, 2n]) scene.ended(cookie);
    expect([...scene.store.rows()].map(({ cookie }) => cookie)).toEqual([1n, 2n]);
    expect([scene.store.size, scene.store.closedSize, scene.evicted.closed]).toEqual([2, 2, 1]);
    // A late event of a forgotten row does nothing.
    scene.seen(4n);
    scene.vanished(4n);
    scene.seen(5n);
    scene.vanished(5n);
    scene.seen(6n);
    scene.vanished(6n);
    scene.ended(4n);
    scene.second();
    expect([...scene.store.rows()].map(({ cookie }) => cookie)).toEqual([5n, 6n]);
  });

  it('leave no history if they are forgotten in the second of their end', () => {
    const scene = new Scene({ maxClosed: 1 });
    for (const cookie of [1n, 2n, 3n]) {
      scene.seen(cookie);
      scene.ended(cookie);
    }
    scene.second();
    const [row] = [...scene.store.rows()];
    const { historyBytes } = scene.store.budget;
    const alone = new Scene();
    alone.seen(1n);
    alone.ended(1n);
    alone.second();
    expect([row?.cookie, scene.store.size]).toEqual([3n, 1]);
    expect(historyBytes).toBe(alone.store.budget.historyBytes);
  });

  it('go after their time', () => {
    const scene = new Scene({ keepClosedSec: 3 });
    scene.seen(A);
    scene.seen(B);
    scene.ended(A);
    scene.second(2);
    scene.ended(B);
    expect(scene.store.closedSize).toBe(2);
    scene.second();
    expect([...scene.store.rows()].map(({ cookie }) => cookie)).toEqual([B]);
    scene.second(2);
    expect([scene.store.size, scene.store.closedSize, scene.evicted.closed]).toEqual([0, 0, 0]);
  });

  it('open a new row if the connection is seen again after they went', () => {
    const scene = new Scene({ keepClosedSec: 1 });
    scene.seen(A, { info: { bytesSent: 5 } });
    const first = scene.row(A);
    scene.vanished(A);
    scene.second(3);
    expect(scene.store.size).toBe(0);
    scene.seen(A, { info: { bytesSent: 9, segsOut: 1 } });
    scene.second();
    expect(scene.row(A)).not.toBe(first);
    const again = scene.row(A);
    expect(again).toMatchObject({ key: `${KEY}@${again.startTime}`, isOpen: true });
  });
});

describe('LiveStore.onClosed', () => {
  it('calls back once, also if the row opens and ends again', () => {
    const scene = new Scene();
    scene.seen(A);
    let calls = 0;
    scene.store.onClosed(scene.row(A), () => calls++);
    expect(calls).toBe(0);
    scene.vanished(A);
    expect(calls).toBe(1);
    scene.seen(A, { info: { segsOut: 1 } });
    scene.vanished(A);
    expect(calls).toBe(1);
  });

  it('calls back at once for a row that has ended', () => {
    const scene = new Scene();
    scene.ended(A);
    let calls = 0;
    const stop = scene.store.onClosed(scene.row(A), () => calls++);
    expect(calls).toBe(1);
    stop();
  });

  it('calls back each listener but those that stopped', () => {
    const scene = new Scene();
    scene.seen(A);
    const called: string[] = [];
    const stop = scene.store.onClosed(scene.row(A), () => called.push('first'));
    scene.store.onClosed(scene.row(A), () => called.push('second'));
    stop();
    stop();
    scene.ended(A);
    expect(called).toEqual(['second']);
  });

  it('calls back for a row that is forgotten at its end', () => {
    const scene = new Scene({ maxClosed: 0 });
    scene.seen(A);
    let calls = 0;
    scene.store.onClosed(scene.row(A), () => calls++);
    scene.ended(A);
    expect([calls, scene.store.size, scene.store.closedSize]).toEqual([1, 0, 0]);
  });

  it('takes no row of another store', () => {
    const [one, other] = [new Scene(), new Scene()];
    one.seen(A);
    expect(() => other.store.onClosed({ ...one.row(A) }, () => undefined)).toThrow(TypeError);
  });
});

describe('owners', () => {
  function withOwners() {
    const log: string[] = [];
    const process = { pid: 7, command: 'x', executable: null, uid: 0, user: null, otherPids: 0, seenTime: '' };
    let known = false;
    const scene = new Scene({
      owners: {
        want: ({ inode, localPort, uid }: RowSocket) => log.push(`want ${inode} ${localPort} ${uid}`),
        ended: ({ inode }: RowSocket) => log.push(`ended ${inode}`),
        setOwner: (owner, { inode }: RowSocket) => {
          const noOwner = { process: null, processUnknown: 'none', cgroup: null };
          const found = known ? { process, processUnknown: null, cgroup: null } : UNKNOWN;
          Object.assign(owner, inode === 0 ? noOwner : found);
        },
        readsOthers: true,
      },
    });
    return { scene, log, find: () => (known = true) };
  }
  const UNKNOWN = { process: null, processUnknown: 'pending', cgroup: null } as const;

  it('are looked for with the first record and once a socket has an inode, and not after its end', () => {
    const { scene, log } = withOwners();
    scene.seen(A, { uid: 5, sport: 80 });
    // No process holds it yet, but its cgroup is known.
    expect(log.splice(0)).toEqual(['want 0 80 5']);
    scene.ms = 10;
    scene.seen(A, { uid: 5, sport: 80, inode: 99, info: { segsOut: 1 } });
    scene.second();
    expect(log).toEqual(['want 99 80 5']);
    // The program closed its descriptor: the owner stays.
    scene.seen(A, { uid: 0, sport: 80, state: TcpState.FIN_WAIT1, info: { segsOut: 2 } });
    scene.second();
    scene.ended(A, { sport: 80 });
    expect(log).toEqual(['want 99 80 5', 'ended 99']);
  });

  it('of a closed row stay as they were, and a search that was not finished has failed', () => {
    const { scene, find } = withOwners();
    scene.seen(A, { inode: 1 });
    scene.seen(B, { inode: 2 });
    scene.ended(A);
    find();
    expect(scene.row(A)).toMatchObject({ process: null, processUnknown: 'gone' });
    scene.ended(B);
    expect(scene.row(B)).toMatchObject({ process: { pid: 7 }, processUnknown: null });
  });

  it('are looked for again if the connection is seen again', () => {
    const { scene, log } = withOwners();
    scene.seen(A, { inode: 1 });
    scene.vanished(A);
    scene.seen(A, { inode: 1, info: { segsOut: 1 } });
    expect(log).toEqual(['want 1 5001 0', 'ended 1', 'want 1 5001 0']);
    expect(scene.row(A).processUnknown).toBe('pending');
  });

  it('that are unknown are counted by reason, of open rows', () => {
    const { scene } = withOwners();
    scene.seen(1n, { inode: 1 });
    scene.seen(2n);
    scene.seen(3n, { inode: 3 });
    scene.ended(3n);
    expect(scene.store.attribution).toEqual({ on: true, readsOthers: true, unknown: { pending: 1, none: 1 } });
    const off = new Scene();
    off.seen(1n);
    expect(off.store.attribution).toEqual({ on: false, readsOthers: false, unknown: { off: 1 } });
  });
});

describe('LiveStore.tick', () => {
  it('counts generations, and calls listeners after each', () => {
    const scene = new Scene();
    const generations: number[] = [];
    const stop = scene.store.onGeneration(() => generations.push(scene.store.generation));
    scene.second(2);
    stop();
    scene.second();
    expect(generations).toEqual([1, 2]);
    expect(scene.store.generation).toBe(3);
    expect(scene.store.timeUs).toBe(1000 * (START_MS + 3002));
  });

  it('walks in slices, does not begin again meanwhile, and loses nothing', () => {
    // Each look at the clock takes half a slice: two steps of rows fit in.
    const scene = new Scene({ stepMs: 0.35 });
    const count = 100;
    for (let i = 1; i <= count; i++) scene.seen(BigInt(i));
    for (let i = 1; i <= count; i++) scene.seen(BigInt(i), { info: { bytesSent: 1000, segsOut: 1 } });
    scene.ms = 1002;
    scene.store.tick();
    expect([scene.store.generation, scene.later.length]).toEqual([0, 1]);
    scene.store.tick();
    expect(scene.later).toHaveLength(1);
    // A record during the walk counts in this second or in the next.
    scene.ms = 1500;
    scene.seen(1n, { info: { bytesSent: 1500, segsOut: 2 } });
    scene.seen(100n, { info: { bytesSent: 1500, segsOut: 2 } });
    let slices = 1;
    for (let next = scene.later.shift(); next !== undefined; next = scene.later.shift(), slices++) next();
    expect(slices).toBeGreaterThanOrEqual(4);
    expect(scene.store.generation).toBe(1);
    scene.second();
    const sent = scene.store.overview(1e9).reduce((sum, { sentBytes }) => sum + sentBytes, 0);
    expect(sent).toBe(count * 1000 + 2 * 500);
    expect(scene.row(1n).total('bytesSent')).toBe(1500);
    expect(scene.row(100n).total('bytesSent')).toBe(1500);
  });

  it('goes on in order when the clock is set back or forward', () => {
    const scene = new Scene();
    scene.seen(A, { info: { bytesSent: 0 } });
    scene.second(5);
    let sent = 0;
    const step = (): void => {
      sent += 100;
      scene.seen(A, { info: { bytesSent: sent, segsOut: sent } });
      scene.second();
    };
    step();
    scene.setMs = -3_600_000;
    for (let i = 0; i < 3; i++) step();
    expect(scene.row(A).ageUs).toBe(0);
    expect(scene.row(A).durationUs).toBeNull();
    expect(scene.row(A).now?.derived.sendThroughputBytesPerSec).toBe(100);
    scene.setMs = 3_600_000;
    for (let i = 0; i < 3; i++) step();
    const seconds = scene.store.overview(1e12).map(({ time }) => time);
    expect(seconds).toEqual([...seconds].sort());
    expect(new Set(seconds).size).toBe(seconds.length);
    expect(scene.row(A).total('bytesSent')).toBe(sent);
  });

  it('names seconds by the clock, also after one that ended late', async () => {
    const scene = new Scene();
    scene.seen(A);
    scene.second();
    // The event loop stood still for 0.7 s.
    scene.ms = 2702;
    scene.seen(A, { info: { segsOut: 1 } });
    scene.store.tick();
    scene.seen(A, { info: { segsOut: 2 } });
    scene.second();
    expect(scene.store.overview(1e9).map(({ time }) => time.slice(17, 19))).toEqual(['00', '01', '02']);
    const { startUs, cells } = await scene.store.timeline(scene.row(A), {});
    expect(startUs).toBe(1000 * START_MS);
    expect(cells().map((cell) => cell.startUs)).toEqual([0, 1e6, 2e6]);
  });
});
