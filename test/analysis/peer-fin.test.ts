import { describe, expect, it } from 'vitest';
import { bytesWithoutPayload } from '../../analysis/peer-fin.js';
import { TcpState } from '../../tcp/index.js';
import { observation } from './observations.js';

const at = (state: number, bytesReceived: number | null, dataSegsIn: number | null = 1) =>
  observation({ state, bytesReceived, dataSegsIn });
const { ESTABLISHED, CLOSE_WAIT, LAST_ACK, FIN_WAIT2, TIME_WAIT, CLOSE } = TcpState;

describe('bytes without payload', () => {
  it.each([
    ['a FIN alone', at(ESTABLISHED, 300), at(CLOSE_WAIT, 301), 1],
    ['a FIN with data', at(ESTABLISHED, 300), at(CLOSE_WAIT, 401, 2), 1],
    ['a FIN after the own one', at(FIN_WAIT2, 300), at(TIME_WAIT, 301), 1],
    ['a FIN just before the end', at(FIN_WAIT2, 300), at(CLOSE, 301), 1],
    ['a byte of payload', at(ESTABLISHED, 300), at(ESTABLISHED, 301, 2), 0],
    ['nothing after the FIN', at(CLOSE_WAIT, 301), at(LAST_ACK, 301), 0],
    ['a state that changed before the counter', at(CLOSE_WAIT, 301), at(CLOSE_WAIT, 302), 0],
    ['a FIN with data just before the end', at(FIN_WAIT2, 300), at(CLOSE, 401, 2), 0],
    ['a kernel without the counter', at(ESTABLISHED, null), at(CLOSE_WAIT, null), 0],
    ['a kernel without data segments', at(ESTABLISHED, 300, null), at(ESTABLISHED, 301, null), 0],
  ])('of %s', (_, before, now, bytes) => {
    expect(bytesWithoutPayload(before, now)).toBe(bytes);
  });
});
