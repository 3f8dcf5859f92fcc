import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bbrPhase, Deriver, LIMITED_BY, newObservation, type Observation } from '../../analysis/index.js';
import { copyObservation } from '../../analysis/observation.js';
import { TcpState } from '../../tcp/index.js';
import { anyObservation, observation } from './observations.js';

const START = 1_700_000_000_000_000;

function derive(before: Partial<Observation>, now: Partial<Observation>, intervalUs = 500_000) {
  const deriver = new Deriver();
  deriver.next(observation({ timeUs: START, ...before }));
  return { ...deriver.next(observation({ timeUs: START + intervalUs, ...now })) };
}

describe('derived columns', () => {
  it('of a first snapshot have only values that need no interval', () => {
    const first = new Deriver().next(
      observation({ unacked: 5, sacked: 1, lost: 1, retrans: 1, wqueueBytes: 9_000, notsentBytes: 3_000 }),
    );
    expect(first).toMatchObject({
      intervalUs: null,
      goodputBytesPerSec: null,
      busyShare: null,
      limitedBy: null,
      flightPackets: 4,
      bytesInFlight: 4_000,
      outstandingBytes: 6_000,
      cwndBytes: 10_000,
      cwndUse: 0.4,
      rwndUse: 0.1,
      queueingDelayUs: 5_000,
    });
  });

  it('are rates in bytes per second, and shares', () => {
    const before = { bytesSent: 1_000, bytesAcked: 1_000, bytesReceived: 10, dataSegsOut: 1, totalRetrans: 0 };
    const now = {
      bytesSent: 11_000,
      bytesAcked: 9_000,
      bytesReceived: 510,
      bytesRetrans: 2_000,
      dataSegsOut: 11,
      totalRetrans: 3,
      busyTimeUs: 400_000,
      rwndLimitedUs: 100_000,
      sndbufLimitedUs: 50_000,
    };
    expect(derive(before, now)).toMatchObject({
      intervalUs: 500_000,
      sendThroughputBytesPerSec: 20_000,
      goodputBytesPerSec: 16_000,
      receiveThroughputBytesPerSec: 1_000,
      retransmitRateBytes: 0.2,
      retransmitRateSegments: 0.3,
      busyShare: 0.8,
      rwndLimitedShare: 0.2,
      sndbufLimitedShare: 0.1,
    });
  });

  it('are null where a counter decreased', () => {
    const before = { bytesSent: 5_000, bytesAcked: 5_000, bytesReceived: 5, busyTimeUs: 900, totalRetrans: 7 };
    expect(derive(before, {})).toMatchObject({
      intervalUs: 500_000,
      sendThroughputBytesPerSec: null,
      goodputBytesPerSec: null,
      receiveThroughputBytesPerSec: null,
      retransmitRateBytes: null,
      retransmitRateSegments: null,
      busyShare: null,
    });
  });

  it('follow 32-bit counters through their wrap', () => {
    const wrapped = derive(
      { dataSegsOut: 0xffff_fff0, totalRetrans: 0xffff_ffff },
      { dataSegsOut: 4, totalRetrans: 4, bytesRetrans: 5_000 },
    );
    expect(wrapped.retransmitRateSegments).toBe(0.25);
  });

  it('do not count retransmitted SYN and FIN segments as data', () => {
    const unanswered = derive({ state: TcpState.SYN_SENT }, { state: TcpState.SYN_SENT, totalRetrans: 3 });
    expect(unanswered).toMatchObject({ retransmitRateBytes: null, retransmitRateSegments: null });
    // The last request and a FIN. Only the FIN was lost, four times: counters of a real kernel.
    const before = { bytesSent: 0, dataSegsOut: 0 };
    const lostFin = derive(before, { bytesSent: 1_000, bytesRetrans: 0, dataSegsOut: 1, totalRetrans: 4 });
    expect(lostFin).toMatchObject({ retransmitRateBytes: 0, retransmitRateSegments: 0 });
    // A SYN and data in one interval: never more than was sent.
    const both = derive(before, { bytesSent: 2_000, bytesRetrans: 1_000, dataSegsOut: 2, totalRetrans: 3 });
    expect(both).toMatchObject({ retransmitRateBytes: 0.5, retransmitRateSegments: 1 });
  });

  it('are null where the clock went back, and correct in the next interval', () => {
    const deriver = new Deriver();
    deriver.next(observation({ timeUs: START, bytesAcked: 0 }));
    const back = deriver.next(observation({ timeUs: START - 1, bytesAcked: 100 }));
    expect(back).toMatchObject({ intervalUs: null, goodputBytesPerSec: null, limitedBy: null });
    const again = deriver.next(observation({ timeUs: START + 999_999, bytesAcked: 600 }));
    expect(again).toMatchObject({ intervalUs: 1_000_000, goodputBytesPerSec: 500 });
  });

  it("scale the kernel's timers when they ran longer than the interval", () => {
    const scaled = derive({}, { busyTimeUs: 600_000, rwndLimitedUs: 300_000, sndbufLimitedUs: 300_000 });
    expect(scaled).toMatchObject({ busyShare: 1, rwndLimitedShare: 0.5, sndbufLimitedShare: 0.5 });
  });

  it('have no negative queueing delay, and a null one without an RTT sample', () => {
    expect(derive({}, { rttUs: 10, minRttUs: 20 }).queueingDelayUs).toBe(0);
    expect(derive({}, { rttUs: null }).queueingDelayUs).toBeNull();
    expect(derive({}, { minRttUs: null }).queueingDelayUs).toBeNull();
  });

  it('start again with the next connection', () => {
    const deriver = new Deriver();
    deriver.next(observation({ timeUs: START }));
    deriver.reset();
    expect(deriver.next(observation({ timeUs: START + 1 })).intervalUs).toBeNull();
  });

  it('are never NaN, infinite or negative for any input, and shares add up to at most one', () => {
    fc.assert(
      fc.property(fc.array(anyObservation, { maxLength: 8 }), (observations) => {
        const deriver = new Deriver();
        for (const each of observations) {
          const derived = deriver.next(each);
          for (const [name, value] of Object.entries(derived)) {
            if (typeof value === 'number') expect(Number.isFinite(value) && value >= 0, `${name} ${value}`).toBe(true);
          }
          const { busyShare, rwndLimitedShare, sndbufLimitedShare, limitedBy } = derived;
          expect(busyShare ?? 0).toBeLessThanOrEqual(1 + 1e-9);
          expect((rwndLimitedShare ?? 0) + (sndbufLimitedShare ?? 0)).toBeLessThanOrEqual((busyShare ?? 0) + 1e-9);
          expect(derived.retransmitRateBytes ?? 0).toBeLessThanOrEqual(1);
          expect(derived.retransmitRateSegments ?? 0).toBeLessThanOrEqual(1);
          if (limitedBy !== null) expect(LIMITED_BY).toContain(limitedBy);
          if (derived.intervalUs === null) expect(limitedBy).toBeNull();
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("BBR's phase", () => {
  it.each([
    ['startup', 739, 739],
    ['startup', 0, 0],
    ['drain', 88, 739],
    ['probe_bw_up', 320, 512],
    ['probe_bw_down', 192, 512],
    ['probe_bw_cruise', 256, 512],
    ['probe_rtt', 256, 256],
    // Later versions.
    ['startup', 709, 512],
    ['drain', 89, 512],
    ['probe_bw_up', 320, 576],
    ['probe_bw_down', 230, 512],
    ['probe_rtt', 256, 128],
  ])('is %s at gains of %i and %i', (phase, pacingGain, cwndGain) => {
    expect(bbrPhase(pacingGain, cwndGain)).toBe(phase);
  });

  it('is null for other congestion control algorithms', () => {
    expect(bbrPhase(null, null)).toBeNull();
  });
});

describe('copyObservation', () => {
  it('copies every field of an observation', () => {
    fc.assert(
      fc.property(anyObservation, (from) => {
        const to = newObservation();
        copyObservation(from, to);
        expect(to).toEqual(from);
      }),
    );
  });
});
