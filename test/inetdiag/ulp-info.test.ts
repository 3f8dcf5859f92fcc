import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUlpInfo, MptcpSubflowFlag } from '../../inetdiag/index.js';
import { DecodeError } from '../../netlink/index.js';

/** Returns one attribute with its padding. */
function attribute(type: number, payload: readonly number[]): number[] {
  const length = 4 + payload.length;
  return [length & 0xff, length >> 8, type & 0xff, type >> 8, ...payload, ...Array(-length & 3).fill(0)];
}

const NAME_TLS = attribute(1, [0x74, 0x6c, 0x73, 0]);
const TLS = attribute(2, [
  ...attribute(1, [0x04, 0x03]),
  ...attribute(2, [51, 0]),
  ...attribute(3, [2, 0]),
  ...attribute(4, [3, 0]),
  ...attribute(6, []),
]);
const NAME_MPTCP = attribute(1, [...Buffer.from('mptcp\0')]);
const MPTCP = attribute(3, [
  ...attribute(2, [4, 3, 2, 0x81]),
  ...attribute(1, [1, 2, 3, 4]),
  ...attribute(11, []),
  ...attribute(4, [8, 7, 6, 5, 4, 3, 2, 0xf1]),
  ...attribute(7, [0x34, 0x12]),
  ...attribute(8, [0xc2, 0, 0, 0]),
  ...attribute(9, [5]),
  ...attribute(10, [6]),
]);

describe('decodeUlpInfo', () => {
  it('reads kernel TLS', () => {
    expect(decodeUlpInfo(Uint8Array.from([...NAME_TLS, ...TLS]))).toEqual({
      name: 'tls',
      tls: { version: 0x0304, cipher: 51, txconf: 2, rxconf: 3, rxNoPad: true, unknownAttributes: [] },
      unknownAttributes: [],
    });
  });

  it('reads an MPTCP subflow', () => {
    const flags = MptcpSubflowFlag.MCAP_LOC | MptcpSubflowFlag.FULLY_ESTABLISHED | MptcpSubflowFlag.CONNECTED;
    expect(decodeUlpInfo(Uint8Array.from([...NAME_MPTCP, ...MPTCP]))).toEqual({
      name: 'mptcp',
      mptcp: {
        tokenLoc: 0x81020304,
        tokenRem: 0x04030201,
        mapSeq: 0xf102_0304_0506_0708n,
        mapDatalenBytes: 0x1234,
        flags,
        idRem: 5,
        idLoc: 6,
        unknownAttributes: [],
      },
      unknownAttributes: [],
    });
  });

  it('records unknown attributes', () => {
    const nest = attribute(2, [...attribute(7, [1]), ...attribute(1, [4, 3, 0, 0])]);
    expect(decodeUlpInfo(Uint8Array.from([...nest, ...attribute(4, [])]))).toEqual({
      tls: { version: 0x0304, unknownAttributes: [7, 1] },
      unknownAttributes: [4],
    });
  });

  it('is empty for an empty payload', () => {
    expect(decodeUlpInfo(new Uint8Array(0))).toEqual({ unknownAttributes: [] });
  });

  it('uses the length of the nested attribute, not of the payload', () => {
    const [, ...rest] = [...attribute(2, attribute(1, [4, 3])), ...NAME_TLS];
    expect(() => decodeUlpInfo(Uint8Array.from([8, ...rest]))).toThrow(DecodeError);
  });

  it('returns a value or throws DecodeError at every length', () => {
    const whole = Uint8Array.from([...NAME_MPTCP, ...MPTCP, ...TLS]);
    for (let length = 0; length < whole.length; length++) {
      try {
        decodeUlpInfo(whole.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }
  });

  it('returns a value or throws DecodeError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(0, 1, 2, 3), (bytes, type) => {
        try {
          decodeUlpInfo(Uint8Array.from([...attribute(type, [...bytes]), ...bytes]));
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
    );
  });
});
