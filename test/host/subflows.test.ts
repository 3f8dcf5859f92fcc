import { describe, expect, it } from 'vitest';
import { whyNoSubflows } from '../../host/index.js';

describe('subflows of MPTCP', () => {
  it.each([
    ['6.14.3-generic', false, true],
    ['5.10.0', false, true],
    ['6.15.0', false, false],
    ['6.18.44-fc', false, false],
    ['7.0.1', false, false],
    ['6.14.3', true, false],
    ['custom', false, false],
  ])('on %s, with CAP_NET_ADMIN: %s, are unknown: %s', (kernel, netAdmin, isUnknown) => {
    expect(whyNoSubflows({ kernel, netAdmin }) !== undefined).toBe(isUnknown);
  });
});
