import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildGetRoutesRequest,
  buildGetRulesRequest,
  DecodeError,
  decodeRoute,
  decodeRule,
  formatAddress,
} from '../../../netlink/index.js';

/** Returns a message: nlmsghdr, a struct of 12 bytes, attributes. */
function message(struct: readonly number[], ...attributes: readonly (readonly [type: number, payload: Buffer])[]) {
  const parts = attributes.map(([type, payload]) => {
    const bytes = Buffer.alloc((4 + payload.length + 3) & ~3);
    bytes.writeUInt16LE(4 + payload.length, 0);
    bytes.writeUInt16LE(type, 2);
    bytes.set(payload, 4);
    return bytes;
  });
  const bytes = Buffer.concat([Buffer.alloc(16), Buffer.from(struct), ...parts]);
  bytes.writeUInt32LE(bytes.length, 0);
  return bytes;
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

// ip rule add from 10.0.0.0/8 fwmark 1 iif eth0 lookup 1000 priority 7
const RULE = message(
  [2, 0, 8, 0, 252, 0, 0, 1, 0, 0, 0, 0],
  [15, word(1000)],
  [6, word(7)],
  [2, Buffer.from([10, 0, 0, 0])],
  [10, word(1)],
  [3, Buffer.from('eth0\0')],
);
// ip -6 route add local ::/0 dev lo table 100
const ROUTE = message([10, 0, 0, 0, 100, 3, 0, 2, 0, 0, 0, 0], [15, word(100)]);

describe('policy routing', () => {
  it('is requested for every family', () => {
    const rest = '0103000000000000000000000000000000000000000000000000';
    expect(Buffer.from(buildGetRulesRequest()).toString('hex').slice(0, 56)).toBe(`1c0000002200${rest}`.slice(0, 56));
    expect(Buffer.from(buildGetRoutesRequest()).toString('hex').slice(0, 56)).toBe(`1c0000001a00${rest}`.slice(0, 56));
  });

  it('has rules with their selectors, and the table of more than 8 bits', () => {
    const rule = decodeRule(RULE);
    expect(rule).toMatchObject({ family: 2, priority: 7, action: 1, table: 1000, inputDevice: 'eth0', mark: 1 });
    expect(rule).toMatchObject({ outputDevice: undefined, isInverted: false });
    const { bytes, family, length } = rule?.source ?? { bytes: new Uint8Array(16), family: 0, length: 0 };
    expect(`${formatAddress(bytes, family)}/${length}`).toBe('10.0.0.0/8');
    const inverted = message([10, 0, 0, 0, 254, 0, 0, 1, 2, 0, 0, 0], [17, Buffer.from('wg0\0')]);
    expect(decodeRule(inverted)).toMatchObject({ table: 254, priority: 0, isInverted: true, outputDevice: 'wg0' });
  });

  it('has routes with their destination, all addresses by default', () => {
    expect(decodeRoute(ROUTE)).toMatchObject({ family: 10, table: 100, type: 2, destination: { length: 0 } });
    const one = message([2, 32, 0, 0, 255, 2, 254, 2, 0, 0, 0, 0], [15, word(255)], [1, Buffer.from([10, 0, 0, 1])]);
    const { destination } = decodeRoute(one) ?? {};
    expect([formatAddress(destination?.bytes ?? new Uint8Array(16), 2), destination?.length]).toEqual(['10.0.0.1', 32]);
  });

  it('leaves out other families, such as those of multicast', () => {
    const other = message([129, 0, 0, 0, 254, 0, 0, 1, 0, 0, 0, 0]);
    expect([decodeRule(other), decodeRoute(other)]).toEqual([undefined, undefined]);
  });

  it('is decoded or refused, however it is cut or changed', () => {
    const any = fc.constantFrom(RULE, ROUTE);
    fc.assert(
      fc.property(any, fc.nat(120), fc.nat(120), fc.nat(255), (valid, length, at, value) => {
        const bytes = Uint8Array.from(valid.subarray(0, length));
        if (at < bytes.length) bytes[at] = value;
        for (const decode of [decodeRule, decodeRoute]) {
          try {
            decode(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError);
          }
        }
      }),
    );
  });
});
