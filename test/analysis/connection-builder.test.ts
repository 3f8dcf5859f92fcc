import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectionBuilder, type ConnectionRow, Deriver, newDerived, type Observation } from '../../analysis/index.js';
import { anyObservation, IDENTITY, observation } from './observations.js';

const START = 1_700_000_000_000_000;

function add(builder: ConnectionBuilder, ...moments: readonly Partial<Observation>[]): ConnectionBuilder {
  const deriver = new Deriver();
  for (const [i, fields] of moments.entries()) {
    const moment = observation({ timeUs: START + i * 1_000_000, ...fields });
    builder.add(moment, deriver.next(moment));
  }
  return builder;
}

/** Returns a row without the values that need a histogram. */
function withoutQuantiles(row: ConnectionRow): Partial<ConnectionRow> {
  const { medianRttUs: _median, p95RttUs: _p95, ...rest } = row;
  return rest;
}

describe('ConnectionBuilder', () => {
  it('without quantiles has all other values', () => {
    fc.assert(
      fc.property(fc.array(anyObservation, { maxLength: 8 }), (moments) => {
        const [full, small] = [new ConnectionBuilder(), new ConnectionBuilder({ quantiles: false })];
        for (const builder of [full, small]) {
          const deriver = new Deriver();
          for (const moment of moments) builder.add(moment, deriver.next(moment));
        }
        const row = small.finish(IDENTITY);
        expect([row.medianRttUs, row.p95RttUs]).toEqual([null, null]);
        expect(withoutQuantiles(row)).toEqual(withoutQuantiles(full.finish(IDENTITY)));
      }),
    );
  });

  it('has totals and duration without a row', () => {
    const counters = ['bytesSent', 'bytesAcked', 'bytesReceived', 'totalRetrans', 'busyTimeUs'] as const;
    fc.assert(
      fc.property(fc.array(anyObservation, { maxLength: 8 }), (moments) => {
        const builder = new ConnectionBuilder();
        for (const moment of moments) builder.add(moment, newDerived());
        const row = builder.finish(IDENTITY);
        expect(counters.map((name) => builder.total(name))).toEqual(counters.map((name) => row[name]));
        if (moments.length > 0) expect(builder.durationUs).toBe(row.durationUs);
      }),
    );
  });

  it('takes the time between two scans instead of the shortest interval', () => {
    // Half a second old at its first record: by the records a second apart that is a late scan, by the scans it is not.
    const moments = [{ busyTimeUs: 500_000, bytesSent: 100 }, { bytesSent: 300 }];
    expect(add(new ConnectionBuilder(), ...moments).finish(IDENTITY)).toMatchObject({
      olderByUs: null,
      recorded: { bytesSent: 300 },
    });
    const builder = new ConnectionBuilder({ scanUs: 10_000 });
    const older = { olderByUs: 500_000, recorded: { bytesSent: 200 } };
    expect(add(builder, ...moments).finish(IDENTITY)).toMatchObject(older);
    builder.reset();
    expect(add(builder, ...moments).finish(IDENTITY)).toMatchObject(older);
  });

  it('does not take a rest between two snapshots for the time between two scans', () => {
    const born = { lastDataSentMs: 1_000, lastDataRecvMs: 999, bytesSent: 100 };
    for (const later of [[], [{ bytesSent: 300 }], [{ timeUs: START + 3_600_000_000, bytesSent: 300 }]]) {
      expect(add(new ConnectionBuilder(), born, ...later).finish(IDENTITY)).toMatchObject({
        olderByUs: 1_000_000,
        recorded: { bytesSent: later.length === 0 ? 0 : 200 },
      });
    }
    expect(add(new ConnectionBuilder(), { ...born, lastDataSentMs: 999 }).finish(IDENTITY).olderByUs).toBeNull();
  });

  it('takes limited time and exchanges apart from snapshots', () => {
    const builder = new ConnectionBuilder();
    const paced = observation({ pacingRateBytesPerSec: 1000, maxPacingRateBytesPerSec: 1000 });
    builder.add(paced, newDerived());
    builder.addLimited('pacing', 'rate', 400, paced);
    builder.addLimited(
      'pacing',
      'window',
      100,
      observation({ pacingRateBytesPerSec: 10, maxPacingRateBytesPerSec: 1000 }),
    );
    builder.addLimited('cwnd', null, 480, paced);
    builder.addExchanges(3);
    builder.addExchanges(2);
    expect(builder.finish(IDENTITY)).toMatchObject({
      limitedBy: 'pacing',
      limitedByEvidence: 'rate',
      limitedByRunnerUp: 'cwnd',
      limitedUs: { pacing: 500, cwnd: 480, rwnd: 0 },
      maxPacingRateUs: 400,
      exchanges: 5,
      snapshots: 1,
    });
    builder.reset();
    builder.add(paced, newDerived());
    expect(builder.finish(IDENTITY)).toMatchObject({ limitedBy: null, exchanges: 0, maxPacingRateUs: 0 });
  });
});
