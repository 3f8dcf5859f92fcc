import { describe, expect, it } from 'vitest';
import { buildExactSockRequest, INFO_EXTENSION } from '../../inetdiag/index.js';

const ends = {
  localAddress: '10.77.0.1',
  localPort: 56_578,
  remoteAddress: '10.77.0.2',
  remotePort: 9000,
  ext: INFO_EXTENSION,
};

describe('the request for one socket', () => {
  it('has the ends in network order, and no cookie', () => {
    const bytes = Buffer.from(buildExactSockRequest(ends));
    expect(bytes.toString('hex').replaceAll(/(.{8})(?=.)/g, '$1 ')).toBe(
      [
        '48000000 14000100 00000000 00000000', // nlmsghdr: NLM_F_REQUEST alone
        '02060200 ffffffff', // AF_INET, TCP, INET_DIAG_INFO, all states
        'dd022328', // ports
        '0a4d0001 00000000 00000000 00000000',
        '0a4d0002 00000000 00000000 00000000',
        '00000000 ffffffff ffffffff', // interface, INET_DIAG_NOCOOKIE
      ].join(' '),
    );
  });

  it('takes IPv6', () => {
    const bytes = buildExactSockRequest({ ...ends, localAddress: '2001:db8::1', remoteAddress: '2001:db8::2' });
    expect(bytes[16]).toBe(10);
    expect(bytes[43]).toBe(1);
    expect(bytes[59]).toBe(2);
  });

  it('rejects texts that are no addresses, and two families', () => {
    expect(() => buildExactSockRequest({ ...ends, localAddress: 'here' })).toThrow(RangeError);
    expect(() => buildExactSockRequest({ ...ends, remoteAddress: '2001:db8::2' })).toThrow(/one family/);
  });
});
