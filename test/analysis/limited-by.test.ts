import { describe, expect, it } from 'vitest';
import { Deriver, type LimitedBy, type Observation } from '../../analysis/index.js';
import { TcpCaState, TcpState } from '../../tcp/index.js';
import { observation } from './observations.js';

const SECOND = 1_000_000;
const START = 1_700_000_000_000_000;

/** Returns the limit of the second between two observations. */
function limit(before: Partial<Observation>, now: Partial<Observation>, intervalUs = SECOND): LimitedBy | null {
  const deriver = new Deriver();
  deriver.next(observation({ timeUs: START, ...before }));
  return deriver.next(observation({ timeUs: START + intervalUs, ...now })).limitedBy;
}

/** A sender that is always busy, with data waiting and room in the peer's window. */
const BUSY: Partial<Observation> = { unacked: 4, wqueueBytes: 10_000, notsentBytes: 6_000, busyTimeUs: 0 };
const STILL_BUSY: Partial<Observation> = { ...BUSY, busyTimeUs: SECOND, bytesSent: 50_000, dataSegsOut: 50 };
const FULL = { unacked: 10, wqueueBytes: 16_000 };
const NOTHING_WAITS = { wqueueBytes: 4_000, notsentBytes: 0 };
/** A kernel before 4.10, which has no clocks of busy time. */
const NO_CLOCKS = { busyTimeUs: null, rwndLimitedUs: null, sndbufLimitedUs: null, sndWndBytes: null };

describe('what limits an interval', () => {
  it('is unknown for a first snapshot, an opening connection, and without tcp_info', () => {
    expect(new Deriver().next(observation()).limitedBy).toBeNull();
    expect(limit({ state: TcpState.SYN_SENT }, {})).toBeNull();
    expect(limit({}, { hasInfo: false })).toBeNull();
    expect(limit({ hasInfo: false }, {})).toBeNull();
  });

  it('is unknown when the clock stood still or went back', () => {
    expect(limit(BUSY, STILL_BUSY, 0)).toBeNull();
    expect(limit(BUSY, STILL_BUSY, -5)).toBeNull();
  });

  it('is idle when nothing was sent and nothing is pending', () => {
    expect(limit({}, {})).toBe('idle');
    expect(limit({ unacked: 1 }, { bytesAcked: 1_000, busyTimeUs: 20_000 })).toBe('idle');
  });

  it('is the peer when the local side only receives', () => {
    expect(limit({}, { bytesReceived: 5_000 })).toBe('peer');
    // After a lost segment no byte counts as received, but segments arrive.
    expect(limit({}, { dataSegsIn: 3 })).toBe('peer');
  });

  it('is the application when it does not read what has arrived', () => {
    const unread = { rqueueBytes: 60_000, rcvWndBytes: 20_000 };
    expect(limit(unread, { ...unread, bytesReceived: 5_000 })).toBe('application');
    expect(limit({ rqueueBytes: 500 }, { rqueueBytes: 500 })).toBe('application');
    // The read that ends the pause is seen when the pause is over.
    expect(limit({ rqueueBytes: 500 }, { rqueueBytes: 0 })).toBe('application');
    expect(limit({ rqueueBytes: 500, rcvWndBytes: 60_000 }, { bytesReceived: 5_000 })).toBe('peer');
    // Before 6.2 the socket memory shows it.
    const memory = { rqueueBytes: 60_000, rmemAllocBytes: 100_000 };
    expect(limit(memory, { ...memory, bytesReceived: 5_000 })).toBe('application');
    // The peer's FIN counts as one byte to read.
    expect(limit({ rqueueBytes: 1, state: TcpState.CLOSE_WAIT }, { rqueueBytes: 1, state: TcpState.CLOSE_WAIT })).toBe(
      'idle',
    );
  });

  it('is the application when it was idle most of the time but sent something', () => {
    expect(limit({}, { bytesSent: 1_000, bytesAcked: 1_000, busyTimeUs: 20_000 })).toBe('application');
    expect(limit({}, { unacked: 1, wqueueBytes: 1_000, busyTimeUs: 4_000 })).toBe('application');
  });

  it('is the application when all it wrote is in flight and more would fit', () => {
    expect(limit({ ...BUSY, ...NOTHING_WAITS }, { ...STILL_BUSY, ...NOTHING_WAITS })).toBe('application');
    // Less than a segment waits because of Nagle's algorithm.
    const little = { wqueueBytes: 4_500, notsentBytes: 500 };
    expect(limit({ ...BUSY, ...little }, { ...STILL_BUSY, ...little })).toBe('application');
  });

  it('is the limit that the kernel timed for most of the interval', () => {
    expect(limit(BUSY, { ...STILL_BUSY, rwndLimitedUs: 600_000 })).toBe('rwnd');
    expect(limit(BUSY, { ...STILL_BUSY, sndbufLimitedUs: 600_000 })).toBe('sndbuf');
    expect(limit(BUSY, { ...STILL_BUSY, ...FULL, rwndLimitedUs: 300_000 })).toBe('cwnd');
    // Also during loss: of two limits, the one that held data back longer.
    expect(limit(BUSY, { ...STILL_BUSY, rwndLimitedUs: 600_000, totalRetrans: 3 })).toBe('rwnd');
  });

  it('is loss while the kernel recovers, and when anything was retransmitted', () => {
    expect(limit(BUSY, { ...STILL_BUSY, caState: TcpCaState.Recovery })).toBe('loss');
    expect(limit({ ...BUSY, caState: TcpCaState.Loss }, STILL_BUSY)).toBe('loss');
    expect(limit(BUSY, { ...STILL_BUSY, totalRetrans: 1 })).toBe('loss');
    expect(limit(BUSY, { ...STILL_BUSY, ...FULL, caState: TcpCaState.CWR })).toBe('cwnd');
  });

  it('is loss while the window is full and smaller than before the last loss', () => {
    const deriver = new Deriver();
    const step = (second: number, fields: Partial<Observation>): LimitedBy | null =>
      deriver.next(
        observation({
          ...BUSY,
          timeUs: START + second * SECOND,
          busyTimeUs: second * SECOND,
          bytesSent: second * 1000,
          ...fields,
        }),
      ).limitedBy;
    const full = (cwnd: number) => ({ sndCwnd: cwnd, unacked: cwnd, wqueueBytes: (cwnd + 6) * 1000 });
    step(0, full(20));
    expect(step(1, full(20))).toBe('cwnd');
    expect(step(2, { ...full(14), caState: TcpCaState.Recovery, totalRetrans: 1 })).toBe('loss');
    expect(step(3, { ...full(14), totalRetrans: 1 })).toBe('loss');
    expect(step(4, { ...full(17), totalRetrans: 1 })).toBe('loss');
    expect(step(5, { ...full(20), totalRetrans: 1 })).toBe('cwnd');
    expect(step(6, { ...full(25), totalRetrans: 1 })).toBe('cwnd');
  });

  it('is the congestion window when it is full, even if no data waits', () => {
    expect(limit(BUSY, { ...STILL_BUSY, ...FULL })).toBe('cwnd');
    expect(limit({ ...BUSY, ...FULL }, STILL_BUSY)).toBe('cwnd');
    expect(limit(BUSY, { ...STILL_BUSY, unacked: 10, wqueueBytes: 10_000, notsentBytes: 0 })).toBe('cwnd');
    // SACKed and lost packets are not in flight.
    const sacked = { unacked: 10, sacked: 5, lost: 2, retrans: 0, wqueueBytes: 10_000, notsentBytes: 0 };
    expect(limit({ ...BUSY, ...NOTHING_WAITS }, { ...STILL_BUSY, ...sacked })).toBe('application');
  });

  it('is the congestion window when data waits and nothing else limits it', () => {
    expect(limit(BUSY, { ...STILL_BUSY, unacked: 7, wqueueBytes: 13_000 })).toBe('cwnd');
    expect(limit(BUSY, STILL_BUSY)).toBe('cwnd');
  });

  it('is pacing when a configured rate holds data back, and with BBR', () => {
    const paced = { maxPacingRateBytesPerSec: 600_000 };
    expect(limit(BUSY, { ...STILL_BUSY, ...paced })).toBe('pacing');
    // The window is full, but the sender is at its rate.
    expect(limit(BUSY, { ...STILL_BUSY, ...paced, ...FULL, bytesSent: 500_000 })).toBe('pacing');
    expect(limit(BUSY, { ...STILL_BUSY, ...paced, ...FULL })).toBe('cwnd');
    expect(limit(BUSY, { ...STILL_BUSY, maxPacingRateBytesPerSec: 700_000 })).toBe('cwnd');
    const bbr = { bbrPacingGain: 256, bbrCwndGain: 512 };
    expect(limit(BUSY, { ...STILL_BUSY, ...bbr })).toBe('pacing');
    expect(limit(BUSY, { ...STILL_BUSY, ...bbr, totalRetrans: 2 })).toBe('pacing');
    expect(limit(BUSY, { ...STILL_BUSY, ...bbr, ...FULL, totalRetrans: 2 })).toBe('loss');
    expect(limit(BUSY, { ...STILL_BUSY, ...bbr, caState: TcpCaState.Loss })).toBe('loss');
  });

  it("is the receiver's window when the next segment does not fit", () => {
    expect(limit(BUSY, { ...STILL_BUSY, sndWndBytes: 4_500 })).toBe('rwnd');
    // Also with BBR: the receiver's window is smaller than the congestion window.
    const bbr = { bbrPacingGain: 256, bbrCwndGain: 512 };
    expect(limit({ ...BUSY, ...bbr }, { ...STILL_BUSY, ...bbr, sndWndBytes: 5_500 })).toBe('rwnd');
    expect(limit({ ...BUSY, ...bbr }, { ...STILL_BUSY, ...bbr, sndWndBytes: 9_000 })).toBe('pacing');
    expect(limit(BUSY, { ...STILL_BUSY, unacked: 0, wqueueBytes: 6_000, sndWndBytes: 0 })).toBe('rwnd');
  });

  it('is the send buffer when it is full and all of it is in flight', () => {
    const fullBuffer = { ...NOTHING_WAITS, wmemQueuedBytes: 70_000 };
    expect(limit({ ...BUSY, ...NOTHING_WAITS }, { ...STILL_BUSY, ...fullBuffer })).toBe('sndbuf');
    expect(limit({ ...BUSY, ...fullBuffer }, { ...STILL_BUSY, ...NOTHING_WAITS })).toBe('sndbuf');
    // All of it fits into the congestion window.
    expect(limit({ ...BUSY, ...NOTHING_WAITS }, { ...STILL_BUSY, ...fullBuffer, unacked: 10 })).toBe('sndbuf');
    const small = { unacked: 3, wqueueBytes: 9_000, notsentBytes: 6_000, wmemQueuedBytes: 70_000 };
    const bbr = { bbrPacingGain: 256, bbrCwndGain: 512 };
    expect(limit({ ...BUSY, ...bbr }, { ...STILL_BUSY, ...bbr, ...small })).toBe('sndbuf');
    // A larger buffer is full of data that the window holds back.
    expect(limit({ ...BUSY, ...bbr }, { ...STILL_BUSY, ...bbr, ...small, wqueueBytes: 19_000 })).toBe('pacing');
  });

  it('counts clocks that stood still in a short interval as busy when both observations are busy', () => {
    const stood = { ...STILL_BUSY, busyTimeUs: 0 };
    expect(limit(BUSY, { ...stood, ...FULL }, 10_000)).toBe('cwnd');
    expect(limit(BUSY, { ...stood, ...FULL }, 300_000)).toBe('cwnd');
    // More was acknowledged than was queued: there may have been a pause.
    expect(limit(BUSY, { ...stood, ...FULL, bytesAcked: 20_000 }, 300_000)).toBe('application');
  });

  it('is decided by both observations where the kernel has no busy clocks', () => {
    expect(limit(NO_CLOCKS, NO_CLOCKS)).toBe('idle');
    expect(limit(NO_CLOCKS, { ...NO_CLOCKS, bytesSent: null, dataSegsOut: null, bytesAcked: 10 })).toBe('application');
    expect(limit({ ...BUSY, ...NO_CLOCKS }, { ...STILL_BUSY, ...NO_CLOCKS, ...FULL })).toBe('cwnd');
    expect(limit({ ...BUSY, ...NO_CLOCKS }, { ...STILL_BUSY, ...NO_CLOCKS, totalRetrans: 1 })).toBe('loss');
    // The receiver's window is as likely.
    expect(limit({ ...BUSY, ...NO_CLOCKS }, { ...STILL_BUSY, ...NO_CLOCKS })).toBeNull();
    // Before 4.6 the waiting data is the queue minus the bytes in flight.
    const older = { ...NO_CLOCKS, notsentBytes: null };
    expect(limit({ ...BUSY, ...older }, { ...STILL_BUSY, ...older, wqueueBytes: 4_500 })).toBeNull();
    const empty = { ...older, wqueueBytes: 4_500 };
    expect(limit({ ...BUSY, ...empty }, { ...STILL_BUSY, ...empty })).toBe('application');
  });
});
