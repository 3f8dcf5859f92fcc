import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CpuCredit } from '../../../host/processes/cpu-credit.js';

describe('the credit of CPU time', () => {
  it('begins with five seconds of saved time, which is also the limit', () => {
    const credit = new CpuCredit(0.02, 0);
    expect(credit.available(0)).toBeCloseTo(100);
    expect(credit.available(1e6)).toBeCloseTo(100);
  });

  it('grows with time, and says how long to wait after a debt', () => {
    const credit = new CpuCredit(0.02, 0);
    credit.take(110);
    expect(credit.available(0)).toBeCloseTo(-10);
    expect(credit.waitMs(1, 0)).toBeCloseTo(550);
    expect(credit.available(550)).toBeCloseTo(1);
    expect(credit.waitMs(1, 550)).toBeCloseTo(0);
  });

  it('waits for no more than can be saved', () => {
    const credit = new CpuCredit(0.0001, 0);
    expect(credit.waitMs(1, 0)).toBe(0);
  });

  it('never lets the average pass the share by more than the saved time and the last work', () => {
    const steps = fc.array(
      fc.record({ pauseMs: fc.integer({ min: 0, max: 2000 }), cpuMs: fc.integer({ min: 0, max: 50 }) }),
    );
    fc.assert(
      fc.property(steps, (all) => {
        const credit = new CpuCredit(0.02, 0);
        let nowMs = 0;
        let usedMs = 0;
        for (const { pauseMs, cpuMs } of all) {
          nowMs += pauseMs;
          if (credit.available(nowMs) <= 0) continue;
          credit.take(cpuMs);
          usedMs += cpuMs;
          expect(usedMs).toBeLessThanOrEqual(0.02 * nowMs + 100 + 50 + 1e-6);
        }
      }),
    );
  });
});
