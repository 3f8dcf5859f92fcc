import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pipeline, SnapshotReader } from '../../export/index.js';
import { type ArchivedRecord, formatTimestamp, ZERO_TIMESTAMP } from '../../parse/index.js';

/** A snapshot's time in milliseconds, its state, and tcp_info's ca_state, lost, total_retrans and rtt. */
interface Moment {
  readonly at: number;
  readonly state: number;
  readonly caState: number;
  readonly lost: number;
  readonly retrans: number;
  readonly rtt: number;
}

function record({ at, state, caState, lost, retrans, rtt }: Moment, memory?: Uint8Array): ArchivedRecord {
  const rawIdm = memory?.subarray(0, 72) ?? new Uint8Array(72);
  const info = memory?.subarray(72) ?? new Uint8Array(280);
  rawIdm[1] = state;
  info[1] = caState;
  info[32] = lost;
  info[100] = retrans;
  info[68] = rtt;
  return { timestamp: formatTimestamp(BigInt(at) * 1_000_000n), rawIdm, attributes: [null, null, info] };
}

interface Kept {
  readonly ordinal: number;
  readonly dropped: number;
  readonly timeUs: number;
  readonly rtt: number;
}

/**
 * Runs connections through a pipeline, and returns the rows of each. All records share one buffer, as a reader may do.
 */
function thin(everyUs: number | undefined, connections: readonly (readonly Moment[])[]): Kept[][] {
  const kept = new Map<string, Kept[]>(connections.map((_, i) => [`c${i}`, []]));
  const pipeline = new Pipeline({
    everyUs,
    emit: ({ ordinal, dropped, view, data, metadata }) => {
      const rtt = data.getUint8(72 + 68);
      kept.get(metadata?.uuid ?? '')?.push({ ordinal, dropped, timeUs: view.timeUs, rtt });
    },
  });
  const memory = new Uint8Array(72 + 280);
  const row = new SnapshotReader();
  for (const [i, moments] of connections.entries()) {
    const half = Math.ceil(moments.length / 2);
    for (const [sequence, part] of [moments.slice(0, half), moments.slice(half)].entries()) {
      row.begin(`c${i}.${sequence}`);
      row.load({ timestamp: ZERO_TIMESTAMP, metadata: { uuid: `c${i}`, sequence, startTime: ZERO_TIMESTAMP } });
      for (const moment of part) {
        memory.fill(0);
        row.load(record(moment, memory));
        pipeline.add(row);
      }
    }
  }
  pipeline.finish();
  return [...kept.values()];
}

const few = (max: number, weight: number): fc.Arbitrary<number> =>
  fc.oneof({ weight, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(max) });

const connection: fc.Arbitrary<Moment[]> = fc
  .array(
    fc.record({
      at: fc.integer({ min: -5, max: 40 }),
      state: few(2, 20),
      caState: few(4, 20),
      lost: few(2, 20),
      retrans: few(2, 20),
      rtt: fc.nat(255),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((steps) => {
    let now = 1_000_000;
    return steps.map((step) => {
      now += step.at;
      return { ...step, at: now };
    });
  });

const isEvent = (a: Moment, b: Moment): boolean =>
  a.state !== b.state || a.caState !== b.caState || a.lost !== b.lost || a.retrans !== b.retrans;

describe('Pipeline with thinning', () => {
  it('keeps first, last and every event, one per interval, and counts the rest', () => {
    fc.assert(
      fc.property(fc.array(connection, { maxLength: 4 }), fc.integer({ min: 1, max: 200 }), (connections, everyMs) => {
        for (const [i, kept] of thin(everyMs * 1000, connections).entries()) {
          const moments = connections[i] ?? [];
          const ordinals = kept.map(({ ordinal }) => ordinal);
          expect(ordinals).toEqual([...new Set(ordinals)].sort((a, b) => a - b));
          expect(ordinals.at(0)).toBe(1);
          expect(ordinals.at(-1)).toBe(moments.length);
          // Skipped snapshots are counted once, in the next row.
          for (const [k, { ordinal, dropped }] of kept.entries()) {
            expect(dropped).toBe(ordinal - (ordinals[k - 1] ?? 0) - 1);
          }
          // Each row has the values of the snapshot in its ordinal.
          for (const { ordinal, timeUs, rtt } of kept) {
            expect({ timeUs, rtt }).toEqual({
              timeUs: (moments[ordinal - 1]?.at ?? 0) * 1000,
              rtt: moments[ordinal - 1]?.rtt,
            });
          }
          for (const [j, moment] of moments.entries()) {
            const before = moments[j - 1];
            const isKept = ordinals.includes(j + 1);
            if (before !== undefined && isEvent(before, moment)) expect(isKept).toBe(true);
            const lastKept = ordinals.filter((ordinal) => ordinal <= j).at(-1);
            const elapsedMs = moment.at - (moments[(lastKept ?? 0) - 1]?.at ?? 0);
            const isDue = elapsedMs >= everyMs || elapsedMs < 0;
            const isNeeded = before === undefined || isEvent(before, moment) || isDue || j === moments.length - 1;
            expect(isKept).toBe(isNeeded);
          }
        }
      }),
    );
  });

  it('keeps everything without an interval', () => {
    fc.assert(
      fc.property(fc.array(connection, { maxLength: 3 }), (connections) => {
        const all = thin(undefined, connections);
        expect(all.map((kept) => kept.map(({ ordinal, dropped }) => [ordinal, dropped]))).toEqual(
          connections.map((moments) => moments.map((_, i) => [i + 1, 0])),
        );
      }),
    );
  });
});
