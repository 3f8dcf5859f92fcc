import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ScanHealth } from '../../daemon/scan-health.js';
import type { ScanFigures } from '../../native/index.js';

const scan = (fields: Partial<ScanFigures> = {}): ScanFigures =>
  ({ effectiveIntervalNs: 10e6, ...fields }) as ScanFigures;
const failed = scan({ failure: { code: 'ERR_REFUSED', errno: 1, op: 'x' } } as Partial<ScanFigures>);

describe('the health of the collector', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  function health(reps = 0) {
    const [onFirstScan, onLastRep] = [vi.fn(), vi.fn()];
    return { onFirstScan, onLastRep, scans: new ScanHealth({ intervalNs: 10e6, reps, onFirstScan, onLastRep }) };
  }

  it('is ready with the first complete scan, which is reported once', () => {
    const { scans, onFirstScan } = health();
    scans.scanned(failed);
    expect(scans.ready()).toEqual({ ok: false, reason: 'no complete scan yet' });
    scans.scanned(scan());
    scans.scanned(scan());
    expect(scans.ready()).toEqual({ ok: true });
    expect(onFirstScan).toHaveBeenCalledTimes(1);
  });

  it('ends 10 s, or 100 beats, after the last complete scan', () => {
    const { scans } = health();
    scans.scanned(scan());
    vi.advanceTimersByTime(9_999);
    scans.scanned(failed);
    expect(scans.health()).toEqual({ ok: true });
    vi.advanceTimersByTime(1000);
    expect(scans.health()).toEqual({ ok: false, reason: 'no complete scan for 11 s' });
    expect(scans.ready()).toEqual(scans.health());
    // A slower beat needs longer.
    scans.scanned(scan({ effectiveIntervalNs: 1e9 }));
    expect(scans.beatUs).toBe(1e6);
    vi.advanceTimersByTime(99_000);
    expect(scans.health()).toEqual({ ok: true });
  });

  it('reports the last repetition', () => {
    const { scans, onLastRep } = health(2);
    scans.scanned(failed);
    expect(onLastRep).not.toHaveBeenCalled();
    scans.scanned(scan());
    scans.scanned(scan());
    expect(onLastRep).toHaveBeenCalledTimes(1);
  });
});
