import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LimitRule, type Observation, standingLimit } from '../../analysis/index.js';
import { TcpState } from '../../tcp/index.js';
import { anyObservation, observation } from './observations.js';

describe('standingLimit', () => {
  it.each<[string, Partial<Observation>, string | undefined, string | undefined]>([
    ['nothing to send', {}, 'idle', 'absence'],
    ['unread data', { rqueueBytes: 5000 }, 'application', 'window'],
    ['only the FIN unread', { rqueueBytes: 1, state: TcpState.CLOSE_WAIT }, 'idle', 'absence'],
    ['a zero window', { sndWndBytes: 0, notsentBytes: 9000, wqueueBytes: 9000 }, 'rwnd', 'window'],
    ['a full congestion window', { unacked: 10, notsentBytes: 9000, wqueueBytes: 19_000 }, 'cwnd', 'window'],
    ['losses', { caState: 4, unacked: 3, wqueueBytes: 3000 }, 'loss', 'recovery'],
    ['a connection that opens', { state: TcpState.SYN_SENT }, undefined, undefined],
    ['a record without tcp_info', { hasInfo: false }, undefined, undefined],
  ])('with %s', (_, fields, cause, evidence) => {
    const limit = standingLimit(observation(fields));
    expect([limit?.cause, limit?.evidence]).toEqual([cause, evidence]);
  });

  it('is what the rule finds for a long interval in which nothing moved', () => {
    fc.assert(
      fc.property(anyObservation, (fields) => {
        // Without the kernel's clocks, which go on while a connection stands, and with no exchange before.
        const o = {
          ...fields,
          hasInfo: true,
          busyTimeUs: null,
          bytesSent: 0,
          bytesReceived: 0,
          dataSegsOut: 0,
          dataSegsIn: 0,
        };
        const rule = new LimitRule();
        rule.begin(o);
        const expected = rule.next(o, { ...o, timeUs: o.timeUs + 1e6 }, 1e6);
        const limit = standingLimit(o);
        // Without clocks the rule does not tell a nearly full window from the receiver's.
        if (expected === null) return;
        // Which end had to send is known only from what was before.
        if (expected.evidence === 'absence') expect(limit?.evidence).toBe('absence');
        else expect(limit).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });
});
