import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConnectionRow } from '../../../analysis/index.js';
import { type TcpInfo, TcpState } from '../../../tcp/index.js';
import { Scene, uuidOf } from './scene.js';

const A = 0xan;

/** Keys of a row whose values are equal in an archive of the same records, although not every record is looked at. */
const EQUAL: readonly (keyof ConnectionRow)[] = [
  'uuid',
  'netnsInode',
  'netnsName',
  'family',
  'localAddress',
  'localPort',
  'remoteAddress',
  'remotePort',
  'startTime',
  'endTime',
  'durationUs',
  'snapshots',
  'lastState',
  'bytesSent',
  'bytesAcked',
  'bytesReceived',
  'bytesRetrans',
  'segsOut',
  'segsIn',
  'dataSegsOut',
  'dataSegsIn',
  'totalRetrans',
  'busyTimeUs',
  'rwndLimitedUs',
  'sndbufLimitedUs',
  'minRttUs',
  'congestionAlgorithm',
  'maxPacingRateBytesPerSec',
  'hasPeerFin',
  'exchanges',
  'limitedUs',
  'limitedBy',
  'limitedByRunnerUp',
];

/**
 * Keys whose values may differ: extremes and quantiles of records that were not looked at; the age at the first record
 * and what follows from it, because the time between two scans is known instead of guessed; the evidence and the
 * pacing limit of a time, as of the last look; and an ending that needs a record in which nothing was outstanding.
 */
const MAY_DIFFER: readonly (keyof ConnectionRow)[] = [
  'olderByUs',
  'recorded',
  'medianRttUs',
  'p95RttUs',
  'maxRttUs',
  'maxCwnd',
  'sendThroughputBytesPerSec',
  'goodputBytesPerSec',
  'receiveThroughputBytesPerSec',
  'maxPacingRateUs',
  'limitedByEvidence',
  'closedFirst',
  'howEnded',
  'endingUnknownBecause',
];

/** Returns some values of a row. */
function pick(row: ConnectionRow, keys: readonly (keyof ConnectionRow)[]): Partial<ConnectionRow> {
  return Object.fromEntries(keys.map((key) => [key, row[key]]));
}

/** Step of a connection's life: time passes, data goes both ways, a part of it stays outstanding. */
interface Step {
  readonly ms: number;
  readonly sent: number;
  readonly received: number;
  readonly outstanding: number;
  readonly lost: boolean;
  readonly rttUs: number;
}

/** Last part of a life: states that records show, and the last record. */
interface Close {
  readonly states: readonly number[];
  readonly isFinAcked: boolean;
  readonly isPeerFin: boolean;
  readonly isDestroyed: boolean;
}

const steps = fc.array(
  fc.record<Step>({
    ms: fc.constantFrom(1, 10, 50, 400, 1300, 5000),
    sent: fc.constantFrom(0, 0, 100, 1000, 10_000),
    received: fc.constantFrom(0, 0, 100, 5000),
    outstanding: fc.constantFrom(0, 0, 0, 1, 10),
    lost: fc.boolean(),
    rttUs: fc.integer({ min: 100, max: 100_000 }),
  }),
  { maxLength: 25 },
);

const closes = fc.constantFrom<Close>(
  { states: [], isFinAcked: false, isPeerFin: false, isDestroyed: false },
  { states: [], isFinAcked: false, isPeerFin: false, isDestroyed: true },
  { states: [], isFinAcked: true, isPeerFin: true, isDestroyed: true },
  { states: [], isFinAcked: false, isPeerFin: true, isDestroyed: true },
  {
    states: [TcpState.FIN_WAIT1, TcpState.FIN_WAIT2, TcpState.TIME_WAIT],
    isFinAcked: true,
    isPeerFin: true,
    isDestroyed: true,
  },
  { states: [TcpState.CLOSE_WAIT, TcpState.LAST_ACK], isFinAcked: true, isPeerFin: true, isDestroyed: true },
  { states: [TcpState.CLOSE_WAIT], isFinAcked: false, isPeerFin: true, isDestroyed: true },
  { states: [TcpState.FIN_WAIT1, TcpState.CLOSING], isFinAcked: false, isPeerFin: true, isDestroyed: true },
);

/** Lives a life in a scene. Ticks come each second. */
class Life {
  readonly #scene: Scene;
  #info: Partial<TcpInfo> = { delivered: 0 };
  #nextTickMs = 1002;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  pass(ms: number): void {
    const until = this.#scene.ms + ms;
    for (; this.#nextTickMs <= until; this.#nextTickMs += 1000) {
      this.#scene.ms = this.#nextTickMs;
      this.#scene.store.tick();
      this.#scene.work();
    }
    this.#scene.ms = until;
  }

  open(isOpener: boolean): void {
    if (isOpener) this.#scene.seen(A, { state: TcpState.SYN_SENT, info: { segsOut: 1, bytesAcked: 0 } });
    this.pass(3);
    const bytesAcked = isOpener ? 1 : 0;
    this.#info = { rttUs: 300, minRttUs: 300, delivered: 1, bytesAcked, segsIn: 1, segsOut: 1 };
    this.#scene.seen(A, { info: this.#info });
  }

  step({ ms, sent, received, outstanding, lost, rttUs }: Step): void {
    this.pass(ms);
    const before = this.#info;
    const segments = Math.ceil(sent / 1000);
    const unacked = Math.min(outstanding, segments);
    const total = (before.bytesSent ?? 0) + sent + (lost ? sent : 0);
    const opened = (before.bytesAcked ?? 0) > 0 && (before.bytesSent ?? 0) === 0 ? before.bytesAcked : this.#syn;
    this.#syn = opened ?? 0;
    this.#info = {
      ...before,
      rttUs,
      minRttUs: Math.min(rttUs, before.minRttUs ?? rttUs),
      bytesSent: total,
      bytesRetrans: (before.bytesRetrans ?? 0) + (lost ? sent : 0),
      totalRetrans: (before.totalRetrans ?? 0) + (lost ? segments : 0),
      bytesReceived: (before.bytesReceived ?? 0) + received,
      dataSegsOut: (before.dataSegsOut ?? 0) + segments * (lost ? 2 : 1),
      dataSegsIn: (before.dataSegsIn ?? 0) + Math.ceil(received / 1000),
      segsOut: (before.segsOut ?? 0) + segments + 1,
      segsIn: (before.segsIn ?? 0) + 1,
      busyTimeUs: (before.busyTimeUs ?? 0) + (sent > 0 ? 800 * ms : 0),
      unacked,
    };
    const acked =
      (this.#info.bytesSent ?? 0) - (this.#info.bytesRetrans ?? 0) + this.#syn - Math.min(sent, unacked * 1000);
    this.#info = { ...this.#info, bytesAcked: Math.max(before.bytesAcked ?? 0, acked) };
    this.#scene.seen(A, { info: this.#info, wqueue: Math.min(sent, unacked * 1000) });
  }

  #syn = 0;

  close({ states, isFinAcked, isPeerFin, isDestroyed }: Close): void {
    const before = this.#info;
    for (const state of states) {
      this.pass(5);
      const isPeers = state === TcpState.CLOSE_WAIT || state === TcpState.CLOSING || state === TcpState.LAST_ACK;
      const bytesReceived = (before.bytesReceived ?? 0) + (isPeers ? 1 : 0);
      const segsIn = (before.segsIn ?? 0) + (isPeers ? 1 : 0);
      const info = state === TcpState.TIME_WAIT ? null : { ...before, bytesReceived, segsIn };
      this.#scene.seen(A, { state, info });
    }
    this.pass(7);
    if (!isDestroyed) {
      this.#scene.vanished(A);
      return;
    }
    this.#scene.ended(A, {
      info: {
        ...before,
        state: TcpState.CLOSE,
        unacked: 0,
        bytesAcked: (before.bytesAcked ?? 0) + (isFinAcked ? 1 : 0),
        bytesReceived: (before.bytesReceived ?? 0) + (isPeerFin ? 1 : 0),
        segsIn: (before.segsIn ?? 0) + 1,
        segsOut: (before.segsOut ?? 0) + 1,
      },
    });
  }
}

function live(
  life: readonly Step[],
  close: Close,
  isOpener: boolean,
): { store: ConnectionRow; archive: ConnectionRow } {
  const scene = new Scene({ hasLimits: true });
  const one = new Life(scene);
  one.open(isOpener);
  for (const step of life) one.step(step);
  one.close(close);
  scene.second();
  return { store: { ...scene.row(A).connection }, archive: scene.archived(uuidOf(A)) };
}

describe('the row of a store', () => {
  it('has each value of a row of archives: equal ones, and those that may differ', () => {
    const { store, archive } = live([], { states: [], isFinAcked: true, isPeerFin: true, isDestroyed: true }, true);
    expect([...EQUAL, ...MAY_DIFFER].sort()).toEqual(Object.keys(archive).sort());
    expect(Object.keys(store)).toEqual(Object.keys(archive));
  });

  it('has the counters, times and limits of an archive of the same records', () => {
    fc.assert(
      fc.property(steps, closes, fc.boolean(), (life, close, isOpener) => {
        const { store, archive } = live(life, close, isOpener);
        expect(pick(store, EQUAL)).toEqual(pick(archive, EQUAL));
      }),
      { numRuns: 300 },
    );
  });

  it('has the ending of an archive of the same records, if it saw the connection open', () => {
    fc.assert(
      fc.property(steps, closes, (life, close) => {
        const { store, archive } = live(life, close, true);
        const keys = ['howEnded', 'closedFirst', 'endingUnknownBecause'] as const;
        expect(pick(store, keys)).toEqual(pick(archive, keys));
      }),
      { numRuns: 300 },
    );
  });

  it('has the ending of an archive, or does not know it, if it did not see the connection open', () => {
    fc.assert(
      fc.property(steps, closes, (life, close) => {
        const { store, archive } = live(life, close, false);
        if (store.howEnded !== 'unknown' && store.howEnded !== 'reset') expect(store.howEnded).toBe(archive.howEnded);
        if (store.closedFirst !== 'unknown') expect(store.closedFirst).toBe(archive.closedFirst);
      }),
      { numRuns: 300 },
    );
  });

  it('shows states between two seconds', () => {
    const { store } = live(
      [],
      {
        states: [TcpState.CLOSE_WAIT, TcpState.LAST_ACK],
        isFinAcked: true,
        isPeerFin: true,
        isDestroyed: true,
      },
      true,
    );
    expect(store).toMatchObject({ howEnded: 'closed', closedFirst: 'remote', lastState: TcpState.CLOSE });
  });

  it('finds the end that reset the connection from the record just before', () => {
    const reset: Close = { states: [], isFinAcked: false, isPeerFin: false, isDestroyed: true };
    const step = { sent: 0, received: 5000, outstanding: 0, lost: false, rttUs: 300 };
    // The last records before the end are not looked at: no second ended in between.
    const { store, archive } = live(
      [
        { ...step, ms: 10 },
        { ...step, ms: 10 },
        { ...step, ms: 400 },
      ],
      reset,
      true,
    );
    expect(archive.howEnded).toMatch(/^reset/);
    expect(store.howEnded).toBe(archive.howEnded);
  });
});
