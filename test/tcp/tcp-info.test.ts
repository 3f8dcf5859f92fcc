import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldOf, readExact } from '../../netlink/index.js';
import {
  decodeTcpInfo,
  readBusyTimeUs,
  readBytesReceived,
  readBytesRetrans,
  readBytesSent,
  readDataSegsOut,
  readMinRttUs,
  readRttUs,
  readRwndLimitedUs,
  readSndbufLimitedUs,
  readTotalRetrans,
  TCP_INFO,
  TCP_INFO_SIZE_TO_KERNEL,
  TCPI_OPT_SACK,
  TCPI_OPT_TIMESTAMPS,
  TCPI_OPT_WSCALE,
  TcpCaState,
  TcpState,
} from '../../tcp/index.js';

/** A tcp_info in which neighbouring bytes differ. */
const COUNTING = Uint8Array.from({ length: 280 }, (_, i) => i & 0xff);

function withWord(offset: number, bytes: readonly number[]): Uint8Array {
  const payload = new Uint8Array(280);
  payload.set(bytes, offset);
  return payload;
}

describe('decodeTcpInfo', () => {
  it('reads little-endian integers of each width', () => {
    const info = decodeTcpInfo(COUNTING);
    expect(info.state).toBe(0);
    expect(info.caState).toBe(1);
    expect(info.rtoUs).toBe(0x0b0a0908);
    expect(info.rttUs).toBe(0x47464544);
    expect(info.segsOut).toBe(0x8b8a8988);
    expect(info.totalRto).toBe(0xf1f0);
    expect(info.unknownTailBytes).toBe(0);
  });

  it('reads the tcp_info of a Linux 6.18 socket', () => {
    const message = readFileSync(new URL('../fixtures/6.18-destroy.bin', import.meta.url)).subarray(0, 380);
    const info = decodeTcpInfo(message.subarray(100, 380));
    expect(info.state).toBe(TcpState.CLOSE);
    expect(info.caState).toBe(TcpCaState.Open);
    expect(info.options).toBe(TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE);
    expect([info.bytesSent, info.bytesReceived]).toContain(5000);
    expect(info.sndSsthresh).toBeNull();
    expect(info.maxPacingRateBytesPerSec).toBeNull();
  });

  it('splits the bytes of bit-fields', () => {
    const info = decodeTcpInfo(withWord(6, [0x7a, 0b101]));
    expect(info).toMatchObject({ sndWscale: 0xa, rcvWscale: 7, deliveryRateAppLimited: true, fastopenClientFail: 2 });
  });

  it.each([
    ['sndSsthresh', 76, [0xff, 0xff, 0xff, 0x7f]],
    ['minRttUs', 148, [0xff, 0xff, 0xff, 0xff]],
    ['pacingRateBytesPerSec', 104, Array(8).fill(0xff)],
    ['maxPacingRateBytesPerSec', 112, Array(8).fill(0xff)],
  ] as const)('decodes the sentinel of %s as null', (name, offset, bytes) => {
    expect(decodeTcpInfo(withWord(offset, bytes))[name]).toBeNull();
    expect(decodeTcpInfo(withWord(offset, [0xfe]))[name]).toBe(0xfe);
  });

  it('returns ~0 of a field without a sentinel as a number', () => {
    expect(decodeTcpInfo(withWord(68, [0xff, 0xff, 0xff, 0xff])).rttUs).toBe(0xffff_ffff);
  });

  it('keeps a u64 exact up to 2^53 - 1 and omits it above', () => {
    const largest = decodeTcpInfo(withWord(120, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f]));
    expect(largest.bytesAcked).toBe(Number.MAX_SAFE_INTEGER);
    expect(largest).not.toHaveProperty('outOfRange');
    const payload = withWord(120, [1, 0, 0, 0, 0, 0, 0x20]);
    const beyond = decodeTcpInfo(payload);
    expect(beyond).not.toHaveProperty('bytesAcked');
    expect(beyond.outOfRange).toEqual(['bytesAcked']);
    expect(readExact(payload, fieldOf(TCP_INFO, 'bytesAcked'))).toBe(2n ** 53n + 1n);
  });

  it('has exactly the fields that fit, at every length', () => {
    for (let length = 0; length <= 300; length++) {
      const payload = new Uint8Array(length);
      const info = decodeTcpInfo(payload);
      const fitting = TCP_INFO.fields.filter((field) => field.offset + field.size <= length);
      expect(Object.keys(info)).toEqual([...fitting.map((field) => field.name), 'unknownTailBytes']);
      expect(info.unknownTailBytes).toBe(length - Math.max(0, ...fitting.map((field) => field.offset + field.size)));
    }
  });

  it.each([...TCP_INFO_SIZE_TO_KERNEL.keys()])('decodes all bytes of a struct of %i bytes', (size) => {
    expect(decodeTcpInfo(new Uint8Array(size)).unknownTailBytes).toBe(0);
  });

  it('counts the bytes appended by a later kernel', () => {
    expect(decodeTcpInfo(new Uint8Array(312)).unknownTailBytes).toBe(32);
  });

  it.each([
    ['6.18.44', { accecnFailMode: 0x0201, accecnOptSeen: 0x0403 }],
    [undefined, { accecnFailMode: 0x0201, accecnOptSeen: 0x0403 }],
    ['unheard-of', { accecnFailMode: 0x0201, accecnOptSeen: 0x0403 }],
    ['7.0.0-rc1', { ecnMode: 1, accecnOptSeen: 0, accecnFailMode: 0, options2: 0x040302 }],
    ['10.1', { ecnMode: 1, accecnOptSeen: 0, accecnFailMode: 0, options2: 0x040302 }],
  ])('reads the last word as in release %s', (kernelRelease, expected) => {
    const info = decodeTcpInfo(withWord(276, [1, 2, 3, 4]), { kernelRelease });
    expect(info).toMatchObject(expected);
    expect('ecnMode' in info).toBe('ecnMode' in expected);
  });

  it('splits all bits of the last word of 7.0', () => {
    const info = decodeTcpInfo(withWord(276, [0b1010_11_10, 0xff, 0xff, 0xff]), { kernelRelease: '7.0' });
    expect(info).toMatchObject({ ecnMode: 2, accecnOptSeen: 3, accecnFailMode: 10, options2: 0xff_ffff });
  });

  it('accepts any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.option(fc.string(), { nil: undefined }), (payload, release) => {
        const info = decodeTcpInfo(payload, { kernelRelease: release });
        for (const value of Object.values(info)) {
          if (typeof value === 'number') expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
        }
      }),
    );
  });

  it('reads a view within a larger buffer', () => {
    const outer = new Uint8Array(400).fill(0xee);
    outer.set(COUNTING, 33);
    expect(decodeTcpInfo(outer.subarray(33, 33 + 280))).toEqual(decodeTcpInfo(COUNTING));
  });
});

describe('the byte counter reader', () => {
  it('returns the values of the full decoder', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (payload) => {
        const info = decodeTcpInfo(payload);
        for (const [read, name] of [
          [readBytesSent, 'bytesSent'],
          [readBytesReceived, 'bytesReceived'],
          [readBytesRetrans, 'bytesRetrans'],
          [readTotalRetrans, 'totalRetrans'],
          [readDataSegsOut, 'dataSegsOut'],
          [readBusyTimeUs, 'busyTimeUs'],
          [readRwndLimitedUs, 'rwndLimitedUs'],
          [readSndbufLimitedUs, 'sndbufLimitedUs'],
        ] as const) {
          const exact = readExact(payload, fieldOf(TCP_INFO, name));
          expect(read(payload)).toBe(exact === undefined ? undefined : Number(exact));
          if (info[name] !== undefined) expect(read(payload)).toBe(info[name]);
        }
      }),
    );
  });

  it('returns no round-trip time where the kernel has none', () => {
    const [rtt, minRtt] = [fieldOf(TCP_INFO, 'rttUs'), fieldOf(TCP_INFO, 'minRttUs')];
    expect(readRttUs(withWord(rtt.offset, [0x10, 0x27]))).toBe(10_000);
    expect(readRttUs(new Uint8Array(280))).toBeUndefined();
    expect(readRttUs(new Uint8Array(rtt.offset))).toBeUndefined();
    expect(readMinRttUs(withWord(minRtt.offset, [0x10, 0x27]))).toBe(10_000);
    expect(readMinRttUs(withWord(minRtt.offset, [0xff, 0xff, 0xff, 0xff]))).toBeUndefined();
    expect(readMinRttUs(new Uint8Array(280))).toBeUndefined();
    expect(readMinRttUs(new Uint8Array(minRtt.offset))).toBeUndefined();
  });
});
