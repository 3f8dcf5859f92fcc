import { describe, expect, it } from 'vitest';
import type { ConnectionRow, Observation } from '../../analysis/index.js';
import { TcpState } from '../../tcp/index.js';
import { IDENTITY, rowOf } from './observations.js';

const { SYN_SENT, ESTABLISHED, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK, CLOSING, TIME_WAIT, CLOSE } = TcpState;
const NO_COUNTERS = { bytesReceived: null, dataSegsIn: null };
const states = (...all: readonly number[]): ConnectionRow => rowOf(...all.map((state) => ({ state })));

describe('who closed first', () => {
  it.each([
    ['local', [ESTABLISHED, FIN_WAIT1]],
    ['local', [ESTABLISHED, FIN_WAIT2, CLOSE]],
    ['local', [ESTABLISHED, TIME_WAIT]],
    ['remote', [ESTABLISHED, CLOSE_WAIT, LAST_ACK, CLOSE]],
    ['remote', [LAST_ACK]],
    ['unknown', [ESTABLISHED, CLOSING, TIME_WAIT]],
    ['unknown', [ESTABLISHED, CLOSE]],
    ['unknown', [ESTABLISHED]],
  ])('is %s for states %j', (first, all) => {
    expect(states(...all).closedFirst).toBe(first);
  });

  it('is local when only the sending direction was shut down', () => {
    expect(rowOf({}, { shutdown: 2 }).closedFirst).toBe('local');
    expect(rowOf({}, { shutdown: 1 }).closedFirst).toBe('unknown');
    expect(rowOf({}, { state: CLOSE, shutdown: 3 }).closedFirst).toBe('unknown');
  });
});

describe('howEnded', () => {
  it('is failed, refused or unanswered when the connection never opened', () => {
    const opening = { state: SYN_SENT, delivered: 0, rttUs: null, segsOut: 1 };
    expect(rowOf(opening, { ...opening, state: CLOSE }).howEnded).toBe('failed');
    expect(rowOf(opening, { ...opening, state: CLOSE, segsIn: 1 }).howEnded).toBe('refused');
    expect(rowOf(opening, { ...opening, state: CLOSE, retransmits: 1 }).howEnded).toBe('unanswered');
    // Before 4.18.
    expect(rowOf(opening, { ...opening, state: CLOSE, delivered: null, segsIn: 1 }).howEnded).toBe('refused');
    expect(states(SYN_SENT).howEnded).toBe('open');
    expect(states(SYN_SENT, ESTABLISHED).howEnded).toBe('open');
  });

  it('is a local reset or a failed connect when the last counters come from a scan before the end', () => {
    const last = { state: CLOSE, infoState: ESTABLISHED };
    expect(rowOf({}, last)).toMatchObject({ howEnded: 'reset_local', closedFirst: 'unknown' });
    expect(rowOf({}, { state: CLOSE_WAIT }, { ...last, infoState: CLOSE_WAIT })).toMatchObject({
      howEnded: 'reset_local',
      closedFirst: 'remote',
    });
    // After both FINs there is nothing left to reset.
    expect(rowOf({}, { state: LAST_ACK }, { ...last, infoState: LAST_ACK }).howEnded).toBe('closed');
    const opening = { state: SYN_SENT, infoState: SYN_SENT, delivered: 0, rttUs: null, segsOut: 1, sndWndBytes: 0 };
    expect(rowOf(opening, { ...opening, state: CLOSE }).howEnded).toBe('refused');
    expect(rowOf(opening, { ...opening, state: CLOSE, retransmits: 1 }).howEnded).toBe('unanswered');
    // Counters that grew do not come from a scan.
    const grown = { ...last, segsIn: 1, bytesSent: 1_000, bytesAcked: 1_002 };
    expect(rowOf({ bytesSent: 1_000, bytesAcked: 1_001 }, grown).howEnded).toBe('closed');
    // The connection opened after the scan: the peer's window shows it.
    expect(rowOf(opening, { ...opening, state: CLOSE, sndWndBytes: 65_536 }).howEnded).toBe('reset_local');
  });

  it('is a local reset when a scan met the socket while its counters were wiped', () => {
    const wiped = { infoState: CLOSE, segsIn: 0, segsOut: 0, delivered: 0, rttUs: null };
    expect(rowOf(wiped, { ...wiped, state: CLOSE }).howEnded).toBe('reset_local');
  });

  it('is open when the last record shows an open connection', () => {
    expect(states(ESTABLISHED).howEnded).toBe('open');
    expect(states(ESTABLISHED, CLOSE_WAIT).howEnded).toBe('open');
  });

  it('is closed when the last record shows a closing connection', () => {
    for (const state of [FIN_WAIT1, FIN_WAIT2, LAST_ACK, CLOSING, TIME_WAIT]) {
      expect(states(ESTABLISHED, state).howEnded).toBe('closed');
    }
  });

  it('is closed when the FIN was acknowledged, whichever side connected', () => {
    const passive = { bytesSent: 1_000, bytesAcked: 1_000 };
    expect(rowOf(passive, { ...passive, state: CLOSE, bytesAcked: 1_001 }).howEnded).toBe('closed');
    const active = { bytesSent: 1_000, bytesAcked: 1_001 };
    expect(rowOf(active, { ...active, state: CLOSE, bytesAcked: 1_002 }).howEnded).toBe('closed');
    expect(rowOf({ state: SYN_SENT }, {}, { ...active, state: CLOSE, bytesAcked: 1_002 }).howEnded).toBe('closed');
    const again = { state: CLOSE, bytesSent: 1_500, bytesRetrans: 500, bytesAcked: 1_002 };
    expect(rowOf(again).howEnded).toBe('closed');
    expect(states(ESTABLISHED, FIN_WAIT2, CLOSE).howEnded).toBe('closed');
  });

  it('is reset when the FIN was not acknowledged', () => {
    const old = { segsIn: null, segsOut: null, dataSegsIn: null, dataSegsOut: null };
    const open = { ...old, bytesSent: 1_000, bytesAcked: 1_001 };
    const reset = { howEnded: 'reset', endingUnknownBecause: 'reset_sender' };
    expect(rowOf(open, { ...open, state: CLOSE })).toMatchObject(reset);
    expect(rowOf(open, { ...open, state: CLOSE_WAIT }, { ...open, state: CLOSE })).toMatchObject(reset);
    expect(rowOf(open, { ...open, state: CLOSE, bytesSent: 9_000 })).toMatchObject(reset);
    expect(rowOf({ ...open, state: CLOSE, bytesSent: 9_000 })).toMatchObject(reset);
  });

  it('is a timeout when the peer had not answered for long', () => {
    const end = { segsIn: null, state: CLOSE, bytesSent: 9_000, bytesAcked: 1_001 };
    expect(rowOf({}, { ...end, retransmits: 8 }).howEnded).toBe('timeout');
    expect(rowOf({}, { ...end, probes: 9 }).howEnded).toBe('timeout');
    expect(rowOf({}, { ...end, retransmits: 2 }).howEnded).toBe('reset');
  });

  it('is unknown when the final record has too few counters', () => {
    const old = { state: CLOSE, segsOut: null, bytesSent: 1_000, bytesAcked: 1_001 };
    expect(rowOf(old)).toMatchObject({ howEnded: 'unknown', endingUnknownBecause: 'opener' });
    expect(rowOf({ bytesSent: null }, { state: CLOSE, bytesSent: null })).toMatchObject({
      howEnded: 'unknown',
      endingUnknownBecause: 'old_kernel',
    });
  });
});

describe('the row of a connection', () => {
  it('has the counters of the last snapshot with tcp_info, and the times of all snapshots', () => {
    const row = rowOf(
      { bytesSent: 100, bytesAcked: 0, bytesReceived: 5, sndCwnd: 10, congestionAlgorithm: 'cubic' },
      {
        bytesSent: 2_100,
        bytesAcked: 2_000,
        bytesReceived: 6,
        sndCwnd: 30,
        totalRetrans: 2,
        congestionAlgorithm: 'bbr',
      },
      { state: FIN_WAIT2, hasInfo: false, bytesSent: null, bytesAcked: null, congestionAlgorithm: null },
    );
    expect(row).toMatchObject({
      ...IDENTITY,
      durationUs: 2_000_000,
      snapshots: 3,
      lastState: FIN_WAIT2,
      bytesSent: 2_100,
      bytesAcked: 2_000,
      bytesReceived: 6,
      totalRetrans: 2,
      maxCwnd: 30,
      // All bytes divided by the total time, as a reader of both columns computes it.
      sendThroughputBytesPerSec: 1_050,
      goodputBytesPerSec: 1_000,
      congestionAlgorithm: 'bbr',
      minRttUs: 15_000,
    });
    expect(row.medianRttUs).toBeCloseTo(20_000, -3);
  });

  it('carries counters over wraps and over the zeros of a disconnected socket', () => {
    const row = rowOf(
      { segsOut: 0xffff_fff0, bytesSent: 500 },
      { segsOut: 16, bytesSent: 700 },
      { segsOut: 20, bytesSent: 0 },
      { segsOut: 20, bytesSent: 50 },
    );
    expect(row).toMatchObject({ segsOut: 2 ** 32 + 20, bytesSent: 750 });
  });

  it('divides all bytes by all time, and for an older connection by the recorded time', () => {
    const [first, last] = [
      { bytesSent: 15, bytesReceived: 100 },
      { bytesSent: 60, bytesReceived: 100 },
    ];
    expect(rowOf(first, last)).toMatchObject({ sendThroughputBytesPerSec: 60, receiveThroughputBytesPerSec: 100 });
    const old = { lastDataSentMs: 60_000 };
    expect(rowOf({ ...first, ...old }, last)).toMatchObject({
      recorded: { bytesSent: 45 },
      sendThroughputBytesPerSec: 45,
      receiveThroughputBytesPerSec: 0,
    });
  });

  it('has no rate when most bytes had moved before a short recorded time', () => {
    const START = 1_700_000_000_000_000;
    const rate = (firstBytes: number, durationUs: number): number | null =>
      rowOf({ timeUs: START, bytesSent: firstBytes }, { timeUs: START + durationUs, bytesSent: 1_000 })
        .sendThroughputBytesPerSec;
    expect(rate(501, 50_000)).toBeNull();
    expect(rate(500, 50_000)).toBe(20_000);
    expect(rate(501, 100_000)).toBe(10_000);
  });

  it('counts the time in which a configured rate was the pacing limit, also with BBR', () => {
    const busy = { unacked: 4, wqueueBytes: 10_000, notsentBytes: 6_000, bbrPacingGain: 256, bbrCwndGain: 512 };
    const moment = (second: number, pacingRate: number, maxRate: number | null): Partial<Observation> => ({
      ...{ ...busy, bytesSent: second * 500_000, busyTimeUs: second * 1_000_000 },
      ...{ pacingRateBytesPerSec: pacingRate, maxPacingRateBytesPerSec: maxRate },
    });
    const row = (pacingRate: number, maxRate: number | null): ConnectionRow =>
      rowOf(moment(0, pacingRate, maxRate), moment(1, pacingRate, maxRate), moment(2, pacingRate, maxRate));
    expect(row(495_000, 500_000)).toMatchObject({
      ...{ limitedBy: 'pacing', maxPacingRateUs: 2_000_000, maxPacingRateBytesPerSec: 500_000 },
    });
    expect(row(440_000, 500_000)).toMatchObject({ limitedBy: 'pacing', maxPacingRateUs: 0 });
    expect(row(500_000, null)).toMatchObject({ maxPacingRateUs: 0, maxPacingRateBytesPerSec: null });
  });

  it("recognises the peer's FIN by the state, and by a received byte without data", () => {
    const seen = (...moments: readonly Partial<Observation>[]): boolean => rowOf(...moments).hasPeerFin;
    const received = { bytesReceived: 200, dataSegsIn: 2 };
    expect(seen({}, received, { ...received, bytesReceived: 201 })).toBe(true);
    expect(seen({}, { ...received, state: CLOSE_WAIT })).toBe(true);
    expect(seen({}, received, { ...received, bytesReceived: 201, dataSegsIn: 3 })).toBe(false);
    expect(seen({}, received, { state: FIN_WAIT2, hasInfo: false, ...NO_COUNTERS }, received)).toBe(false);
    expect(seen({}, received, { ...received, bytesReceived: 201, dataSegsIn: null })).toBe(false);
  });

  it('counts request-response exchanges', () => {
    const [asked, answered] = [{ bytesSent: 100 }, { bytesSent: 100, bytesReceived: 100 }];
    expect(rowOf({}, asked, answered, { ...answered, bytesSent: 200 }).exchanges).toBe(1);
  });

  it('has a null duration when the clock went back', () => {
    const row = rowOf({ timeUs: 1_700_000_000_000_000 }, { timeUs: 1_600_000_000_000_000 });
    expect(row).toMatchObject({ durationUs: null, goodputBytesPerSec: null });
  });

  it('adds up the time per limit', () => {
    const row = rowOf({}, {}, {}, { bytesSent: 10, busyTimeUs: 100_000 });
    expect(row.limitedUs).toMatchObject({ idle: 2_000_000, application: 1_000_000, cwnd: 0 });
    expect(row.limitedBy).toBe('application');
    expect(rowOf({}, {}).limitedBy).toBe('idle');
    expect(rowOf({}).limitedBy).toBeNull();
  });
});
