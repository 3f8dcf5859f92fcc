import { describe, expect, it } from 'vitest';
import { TcpState, tcpStateMask, tcpStateName } from '../../tcp/index.js';

describe('TcpState', () => {
  it("has the kernel's numbers and names", () => {
    expect(tcpStateName(1)).toBe('ESTABLISHED');
    expect(tcpStateName(13)).toBe('BOUND_INACTIVE');
    expect(tcpStateName(TcpState.CLOSING)).toBe('CLOSING');
    expect(tcpStateName(0)).toBe('UNKNOWN(0)');
  });

  it('makes a mask of states', () => {
    expect(tcpStateMask([])).toBe(0);
    expect(tcpStateMask([TcpState.ESTABLISHED, TcpState.LISTEN])).toBe(0x402);
  });
});
