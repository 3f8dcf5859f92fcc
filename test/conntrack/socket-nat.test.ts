import { describe, expect, it } from 'vitest';
import { ConntrackStatus, socketNat } from '../../conntrack/index.js';

const { SRC_NAT, DST_NAT } = ConntrackStatus;
const CLIENT = { address: '10.77.0.1', port: 4000 };
const SERVER = { address: '10.77.0.2', port: 9001 };
const orig = { src: CLIENT.address, sport: CLIENT.port, dst: '203.0.113.5', dport: 9000 };
const reply = { src: SERVER.address, sport: SERVER.port, dst: '198.51.100.1', dport: 40_009 };

describe('socketNat', () => {
  it('tells the end that opened the flow the true destination, and as whom its peer sees it', () => {
    expect(socketNat({ orig, reply, status: SRC_NAT | DST_NAT }, CLIENT)).toEqual({
      kind: 'both',
      destination: '10.77.0.2:9001',
      source: '198.51.100.1:40009',
    });
  });

  it('tells the other end whom the client asked for, and who it is', () => {
    expect(socketNat({ orig, reply, status: SRC_NAT | DST_NAT }, SERVER)).toEqual({
      kind: 'both',
      destination: '203.0.113.5:9000',
      source: '10.77.0.1:4000',
    });
    expect(socketNat({ orig, reply, status: DST_NAT }, SERVER)).toEqual({
      kind: 'destination',
      destination: '203.0.113.5:9000',
    });
  });

  it('names no address without a status bit of translation', () => {
    expect(socketNat({ orig, reply, status: 0x18e }, CLIENT)).toEqual({ kind: 'none' });
    expect(socketNat({ orig, reply }, CLIENT)).toEqual({ kind: 'none' });
  });

  it('puts IPv6 addresses in brackets', () => {
    const v6 = { orig: { ...orig, dst: '2001:db8::1' }, reply: { ...reply, src: '2001:db8::2' }, status: DST_NAT };
    expect(socketNat(v6, CLIENT).destination).toBe('[2001:db8::2]:9001');
  });
});
