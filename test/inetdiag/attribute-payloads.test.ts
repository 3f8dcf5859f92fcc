import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeBbrInfo,
  decodeCong,
  decodeDctcpInfo,
  decodeMemInfo,
  decodeSkMemInfo,
  decodeSockOpt,
  decodeVegasInfo,
  INET_DIAG_CGROUP_ID,
  INET_DIAG_CLASS_ID,
  INET_DIAG_MARK,
  INET_DIAG_MD5SIG,
  INET_DIAG_PROTOCOL,
  INET_DIAG_SHUTDOWN,
  INET_DIAG_SKV6ONLY,
  INET_DIAG_TCLASS,
  INET_DIAG_TOS,
  RCV_SHUTDOWN,
  SCALAR_ATTRIBUTES,
  type ScalarAttributes,
  SEND_SHUTDOWN,
} from '../../inetdiag/index.js';
import { decodeAttributeInto } from '../../netlink/index.js';

/** Returns little-endian 32-bit words. */
function words(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

/** Returns the value of a scalar attribute, and the number of remaining bytes. */
function scalar(attribute: number, payload: Uint8Array): [ScalarAttributes, number | undefined] {
  const values: ScalarAttributes = {};
  const left = decodeAttributeInto(values, SCALAR_ATTRIBUTES, attribute, payload);
  return [values, left];
}

const U32_MAX = 0xffff_ffff;

describe('decodeMemInfo', () => {
  it('reads four words', () => {
    expect(decodeMemInfo(words(1, 2, 3, 4))).toEqual({
      rmemBytes: 1,
      wmemBytes: 2,
      fmemBytes: 3,
      tmemBytes: 4,
      unknownTailBytes: 0,
    });
  });
});

describe('decodeSkMemInfo', () => {
  it('reads nine words, or the eight of kernels before 4.7', () => {
    const all = decodeSkMemInfo(words(1, 2, 3, 4, 5, 6, 7, 8, 9));
    const { drops, ...old } = all;
    expect(drops).toBe(9);
    expect(all).toEqual({
      rmemAllocBytes: 1,
      rcvbufBytes: 2,
      wmemAllocBytes: 3,
      sndbufBytes: 4,
      fwdAllocBytes: 5,
      wmemQueuedBytes: 6,
      optmemBytes: 7,
      backlogBytes: 8,
      drops: 9,
      unknownTailBytes: 0,
    });
    expect(decodeSkMemInfo(words(1, 2, 3, 4, 5, 6, 7, 8))).toEqual(old);
  });
});

describe('decodeVegasInfo', () => {
  it('reads four words, with null for a missing RTT', () => {
    const info = { enabled: 1, rttcnt: 2, rttUs: 300, minrttUs: 200, unknownTailBytes: 0 };
    expect(decodeVegasInfo(words(1, 2, 300, 200))).toEqual(info);
    const none = { rttUs: null, minrttUs: null };
    expect(decodeVegasInfo(words(1, 0, 0x7fff_ffff, 0x7fff_ffff))).toMatchObject(none);
  });
});

describe('decodeDctcpInfo', () => {
  it('reads two half words and three words', () => {
    expect(decodeDctcpInfo(words(0x0001_0001, 1024, 5, 6))).toEqual({
      enabled: 1,
      ceState: 1,
      alpha: 1024,
      abEcnBytes: 5,
      abTotBytes: 6,
      unknownTailBytes: 0,
    });
  });
});

describe('decodeBbrInfo', () => {
  it('joins the halves of the bandwidth and scales the gains', () => {
    expect(decodeBbrInfo(words(5, 2, 91, 739, 739))).toEqual({
      bwBytesPerSec: 2 * 2 ** 32 + 5,
      minRttUs: 91,
      pacingGainRaw: 739,
      cwndGainRaw: 739,
      pacingGain: 2.88671875,
      cwndGain: 2.88671875,
      unknownTailBytes: 0,
    });
  });

  it('has no minimum before the first sample, and no gains that were not sent', () => {
    const info = decodeBbrInfo(words(0, 0, U32_MAX));
    expect(info).toEqual({ bwBytesPerSec: 0, minRttUs: null, unknownTailBytes: 0 });
  });

  it('omits a bandwidth too large for a number', () => {
    const info = decodeBbrInfo(words(U32_MAX, U32_MAX, 1, 256, 512));
    expect(info).not.toHaveProperty('bwBytesPerSec');
    expect(info.outOfRange).toEqual(['bwBytesPerSec']);
    expect(info).toMatchObject({ pacingGain: 1, cwndGain: 2 });
  });
});

describe('decodeSockOpt', () => {
  it('reads the bits of an IPv4 socket', () => {
    const on = Object.entries(decodeSockOpt(Uint8Array.of(0x52, 0x00))).filter(([, value]) => value === true);
    expect(on.map(([name]) => name)).toEqual(['isIcsk', 'mcLoop', 'mcAll']);
  });

  it('reads every bit independently', () => {
    for (let bit = 0; bit < 11; bit++) {
      const payload = Uint8Array.of((1 << bit) & 0xff, (1 << bit) >> 8);
      expect(Object.values(decodeSockOpt(payload)).map(Boolean).indexOf(true)).toBe(bit);
    }
  });
});

describe('decodeCong', () => {
  it.each([
    [[98, 98, 114, 0], 'bbr'],
    [[98, 98, 114], 'bbr'],
    [[98, 98, 114, 0, 120], 'bbr'],
    [[0], ''],
    [[], ''],
  ])('decodes %j as %j', (bytes, name) => {
    expect(decodeCong(Uint8Array.from(bytes))).toBe(name);
  });

  it('accepts a name of any length', () => {
    expect(decodeCong(new Uint8Array(1_000_000).fill(97))).toHaveLength(1_000_000);
  });
});

describe('scalar attributes', () => {
  it.each([
    [INET_DIAG_TOS, [0x28], { tos: 0x28 }],
    [INET_DIAG_TCLASS, [0x50], { tclass: 0x50 }],
    [INET_DIAG_SHUTDOWN, [3], { shutdown: RCV_SHUTDOWN | SEND_SHUTDOWN }],
    [INET_DIAG_PROTOCOL, [6], { protocol: 6 }],
    [INET_DIAG_SKV6ONLY, [1], { v6only: true }],
    [INET_DIAG_SKV6ONLY, [0], { v6only: false }],
    [INET_DIAG_MARK, [0x34, 0x12, 0, 0xf0], { mark: 0xf000_1234 }],
    [INET_DIAG_CLASS_ID, [3, 0, 1, 0], { classId: 0x1_0003 }],
    [INET_DIAG_CGROUP_ID, [1, 0, 0, 0, 0, 0, 0, 0x80], { cgroupId: 0x8000_0000_0000_0001n }],
  ])('decode attribute %i', (attribute, bytes, expected) => {
    const payload = Uint8Array.from(bytes);
    expect(scalar(attribute, payload)).toEqual([expected, 0]);
    const cut = payload.subarray(0, payload.length - 1);
    expect(scalar(attribute, cut)).toEqual([{}, cut.length]);
    const longer = Uint8Array.from([...bytes, 7]);
    expect(scalar(attribute, longer)).toEqual([expected, 1]);
  });

  it('exclude the TCP-MD5 key', () => {
    expect(scalar(INET_DIAG_MD5SIG, new Uint8Array(100))).toEqual([{}, undefined]);
  });
});

describe('every decoder', () => {
  it.each([
    decodeMemInfo,
    decodeSkMemInfo,
    decodeVegasInfo,
    decodeDctcpInfo,
    decodeBbrInfo,
    decodeSockOpt,
  ])('%o accepts any bytes and accounts for all of them', (decode) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (payload) => {
        const { unknownTailBytes, ...fields } = decode(payload);
        expect(unknownTailBytes).toBeGreaterThanOrEqual(0);
        expect(unknownTailBytes).toBeLessThanOrEqual(payload.length);
        // One byte more never removes a field.
        const longer = decode(Uint8Array.from([...payload, 0]));
        expect(longer).toMatchObject(fields);
      }),
    );
  });
});
