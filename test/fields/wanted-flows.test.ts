import { describe, expect, it } from 'vitest';
import { type Flow, parseFlowStates, TcpConntrack } from '../../conntrack/index.js';
import { ExpressionError } from '../../expression/index.js';
import { compileWantedFlows, flowRow, type WantedFlows } from '../../fields/index.js';
import { AF_INET } from '../../netlink/index.js';

const flow = (state: number, status: number): Flow => ({
  family: AF_INET,
  orig: { protocol: 6, src: '10.77.0.1', sport: 5, dst: '10.77.0.2', dport: 443 },
  reply: { protocol: 6, src: '10.77.0.2', sport: 443, dst: '10.77.0.1', dport: 5 },
  tcp: { state },
  status,
});
const PLAIN = flow(TcpConntrack.ESTABLISHED, 0xe);
const TRANSLATED = flow(TcpConntrack.SYN_SENT, 0x2e);

function chosen(wanted: WantedFlows): boolean[] {
  const expression = compileWantedFlows(wanted);
  return [PLAIN, TRANSLATED].map((each) => expression?.matches(flowRow(each)) ?? true);
}

describe('wanted flows', () => {
  it('are all without a condition', () => {
    expect(compileWantedFlows({})).toBeUndefined();
    expect(compileWantedFlows({ condition: '  ', nat: false })).toBeUndefined();
  });

  it('are those for which every condition holds', () => {
    expect(chosen({ nat: true })).toEqual([false, true]);
    expect(chosen({ states: ['ESTABLISHED', 'TIME_WAIT'] })).toEqual([true, false]);
    expect(chosen({ condition: 'dport 443' })).toEqual([true, true]);
    // The condition counts as a whole.
    expect(chosen({ condition: 'dport 1 or dport 443', nat: true, states: ['SYN_SENT'] })).toEqual([false, true]);
    expect(chosen({ condition: 'dport 443 or dport 1', nat: true, states: ['ESTABLISHED'] })).toEqual([false, false]);
  });

  it('have the position of an error in the condition', () => {
    try {
      compileWantedFlows({ condition: '  no = 5', nat: true });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ExpressionError);
      expect((error as ExpressionError).at).toBe(2);
    }
  });

  it('have states of any protocol in any case', () => {
    expect(parseFlowStates('established, Time_Wait,state_12')).toEqual(['ESTABLISHED', 'TIME_WAIT', 'STATE_12']);
    for (const wrong of ['', 'open1', 'ESTABLISHED,', 'STATE_1234'])
      expect(parseFlowStates(wrong), wrong).toBeUndefined();
  });
});
