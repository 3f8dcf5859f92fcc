import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError, formatAddress } from '../../../netlink/index.js';
import { type ArchivedRecord, ZERO_TIMESTAMP } from '../../../parse/index.js';
import { attributeBit, decodeSnapshot, SKIPPED_ATTRIBUTES, type Snapshot } from '../../../parse/snapshot/index.js';
import { TcpState } from '../../../tcp/index.js';
import { recordOf, splitMessages } from './messages.js';

function fixture(name: string): Uint8Array[] {
  return splitMessages(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url)));
}

const DUMP = fixture('6.18-dump.bin');
const EVENTS = fixture('6.18-destroy.bin');
const SNAPSHOTS = DUMP.map((message) => decodeSnapshot(recordOf(message)));

/** Returns the captured socket that fits. */
function find(fits: (snapshot: Snapshot) => boolean): Snapshot {
  const found = SNAPSHOTS.find(fits);
  if (found === undefined) throw new Error('no such socket in the capture');
  return found;
}

/** Returns a record with only these attributes. */
function withAttributes(attributes: Record<number, Uint8Array>): ArchivedRecord {
  const length = Math.max(-1, ...Object.keys(attributes).map(Number)) + 1;
  return { timestamp: ZERO_TIMESTAMP, attributes: Array.from({ length }, (_, i) => attributes[i] ?? null) };
}

describe('decodeSnapshot of a capture', () => {
  it('decodes every message', () => {
    expect(SNAPSHOTS).toHaveLength(21);
    for (const snapshot of [...SNAPSHOTS, ...EVENTS.map((message) => decodeSnapshot(recordOf(message)))]) {
      expect(snapshot).toMatchObject({ notDecoded: 0, unknownAttributes: [], skippedAttributes: [] });
      expect(snapshot.observed).not.toBe(0);
    }
  });

  it('has every attribute of a marked IPv4 client with bbr', () => {
    const snapshot = find(({ mark }) => mark === 0x1234);
    expect(snapshot).toMatchObject({
      timestamp: '2026-11-21T00:00:00Z',
      congestionAlgorithm: 'bbr',
      tos: 0x28,
      shutdown: 0,
      sockopt: { isIcsk: true, mcLoop: true, recverr: false },
      tcpInfo: { state: TcpState.ESTABLISHED, bytesSent: 5000, bytesReceived: 700, maxPacingRateBytesPerSec: null },
    });
    expect(snapshot).not.toHaveProperty('tclass');
    expect(snapshot.bbrInfo?.pacingGain).toBeGreaterThanOrEqual(0.5);
    expect(snapshot.cgroupId).toBeTypeOf('bigint');
    expect(snapshot.classId).toBeGreaterThan(0);
    // Attributes 1 2 4 5 7 8 15 16 17 21 22
    expect(snapshot.observed).toBe(0b11_0001_1100_0000_1101_1011);
  });

  it('has the traffic class of an IPv6 client with reno', () => {
    const snapshot = find(({ congestionAlgorithm }) => congestionAlgorithm === 'reno');
    expect(snapshot).toMatchObject({ tclass: 0x50, tcpInfo: { bytesSent: 5000 } });
    expect(snapshot).not.toHaveProperty('bbrInfo');
  });

  it('has the MPTCP data of a subflow', () => {
    const { ulpInfo } = find(({ ulpInfo }) => ulpInfo?.mptcp !== undefined);
    expect(ulpInfo?.name).toBe('mptcp');
    expect(ulpInfo?.mptcp?.tokenLoc).toBeGreaterThan(0);
    expect(ulpInfo?.mptcp?.mapSeq).toBeTypeOf('bigint');
    expect(find(({ ulpInfo }) => ulpInfo !== undefined && ulpInfo.mptcp === undefined).inetDiagMsg?.state).toBe(
      TcpState.LISTEN,
    );
  });

  it('has no tcp_info for TIME_WAIT, only a header and the mark', () => {
    const snapshot = find(({ inetDiagMsg }) => inetDiagMsg?.state === TcpState.TIME_WAIT);
    expect(snapshot).toMatchObject({ mark: 0, inetDiagMsg: { inode: 0, timer: 3 } });
    expect(snapshot).not.toHaveProperty('tcpInfo');
  });

  it('recognises IPv4-mapped peers by their family', () => {
    const mapped = SNAPSHOTS.filter(({ inetDiagMsg: msg }) => msg?.family === 10 && msg.id.dst[10] === 0xff);
    expect(mapped.map(({ inetDiagMsg: msg }) => msg && formatAddress(msg.id.dst, msg.family))).toEqual(['127.0.0.1']);
  });

  it('has the last counters of destroy events, and their protocol', () => {
    const finals = EVENTS.map((message) => decodeSnapshot(recordOf(message)));
    expect(finals.every(({ protocol, inetDiagMsg }) => protocol === 6 && inetDiagMsg?.state === TcpState.CLOSE)).toBe(
      true,
    );
    expect(finals.some(({ tcpInfo }) => tcpInfo?.bytesAcked === 5001)).toBe(true);
  });
});

describe('decodeSnapshot of a record', () => {
  it('has both endpoints as text, beside the bytes', () => {
    const rawIdm = Buffer.alloc(72);
    rawIdm[0] = 2; // AF_INET
    rawIdm.writeUInt16BE(443, 4);
    rawIdm.writeUInt16BE(50_000, 6);
    rawIdm.set([192, 0, 2, 1], 8);
    rawIdm.set([198, 51, 100, 7], 24);
    const snapshot = decodeSnapshot({ timestamp: ZERO_TIMESTAMP, rawIdm });
    expect(snapshot).toMatchObject({
      localAddress: '192.0.2.1',
      localPort: 443,
      remoteAddress: '198.51.100.7',
      remotePort: 50_000,
    });
    expect([...(snapshot.inetDiagMsg?.id.dst ?? [])].slice(0, 4)).toEqual([198, 51, 100, 7]);
    for (const { inetDiagMsg, localAddress, remoteAddress } of SNAPSHOTS) {
      if (inetDiagMsg === undefined) throw new Error('a captured socket has no message');
      expect(localAddress).toBe(formatAddress(inetDiagMsg.id.src, inetDiagMsg.family));
      expect(remoteAddress).toBe(formatAddress(inetDiagMsg.id.dst, inetDiagMsg.family));
    }
    expect(Object.keys(decodeSnapshot({ timestamp: ZERO_TIMESTAMP }))).not.toContain('remoteAddress');
  });

  it('passes metadata on', () => {
    const metadata = { uuid: 'host_1_00000000000000BE', sequence: 0, startTime: '2026-11-20T23:28:03Z' };
    expect(decodeSnapshot({ timestamp: ZERO_TIMESTAMP, metadata })).toEqual({
      timestamp: ZERO_TIMESTAMP,
      metadata,
      observed: 0,
      notDecoded: 0,
      unknownAttributes: [],
      skippedAttributes: [],
    });
  });

  it('decodes the last word of tcp_info by kernel release', () => {
    const info = new Uint8Array(280).fill(1, 276);
    const record = withAttributes({ 2: info });
    expect(decodeSnapshot(record).tcpInfo).toMatchObject({ accecnFailMode: 0x0101 });
    expect(decodeSnapshot(record, { kernelRelease: '7.1.2' }).tcpInfo).toMatchObject({
      ecnMode: 1,
      options2: 0x010101,
    });
  });

  it('counts attributes without a 33rd bit', () => {
    const one = new Uint8Array(1);
    const snapshot = decodeSnapshot(withAttributes({ 0: one, 1: new Uint8Array(16), 32: one, 33: one, 40: one }));
    expect(snapshot.observed).toBe(0x8000_0001);
    expect(snapshot.notDecoded).toBe(0x8000_0000);
    expect(snapshot.unknownAttributes).toEqual([0, 32, 33, 40]);
    expect([0, 1, 32, 33].map(attributeBit)).toEqual([0, 1, 0x8000_0000, 0]);
  });

  it.each(SKIPPED_ATTRIBUTES)('ignores attribute %i', (attribute) => {
    const secret = new Uint8Array(100).fill(0x73);
    const snapshot = decodeSnapshot(withAttributes({ [attribute]: secret }));
    expect(snapshot).toEqual({
      timestamp: ZERO_TIMESTAMP,
      observed: attributeBit(attribute),
      notDecoded: attributeBit(attribute),
      unknownAttributes: [],
      skippedAttributes: [attribute],
    });
  });

  it.each([
    [2, 280],
    [1, 16],
    [3, 16],
    [5, 1],
    [7, 36],
    [9, 16],
    [14, 0],
    [15, 4],
    [16, 20],
    [21, 8],
    [22, 2],
  ])('records the undecoded bytes of attribute %i, longer or shorter than %i bytes', (attribute, size) => {
    const notDecoded = (length: number): number =>
      decodeSnapshot(withAttributes({ [attribute]: new Uint8Array(length) })).notDecoded;
    expect(notDecoded(size)).toBe(0);
    expect(notDecoded(0)).toBe(0);
    expect(notDecoded(size + 1)).toBe(attributeBit(attribute));
    if (size > 2) expect(notDecoded(size - 1)).toBe(attributeBit(attribute));
  });

  it('records a number too large to be exact', () => {
    const info = new Uint8Array(280).fill(0x7f, 200, 208);
    const snapshot = decodeSnapshot(withAttributes({ 2: info }));
    expect(snapshot.tcpInfo?.outOfRange).toEqual(['bytesSent']);
    expect(snapshot.notDecoded).toBe(attributeBit(2));
  });

  it('records unknown parts of a nested attribute', () => {
    const tls = Uint8Array.of(12, 0, 2, 0, 8, 0, 99, 0, 1, 2, 3, 4);
    expect(decodeSnapshot(withAttributes({ 19: tls })).notDecoded).toBe(attributeBit(19));
  });

  it('rejects a header that is too short', () => {
    const record = { timestamp: ZERO_TIMESTAMP, rawIdm: new Uint8Array(71) };
    expect(() => decodeSnapshot(record)).toThrow(
      expect.objectContaining({ name: 'DecodeError', code: 'ERR_TRUNCATED', at: 71 }),
    );
  });

  it('rejects a broken nested attribute', () => {
    expect(() => decodeSnapshot(withAttributes({ 19: Uint8Array.of(3, 0, 1, 0) }))).toThrow(DecodeError);
  });
});

describe('decodeSnapshot with arbitrary input', () => {
  /** Returns a snapshot, or undefined if the bytes are rejected as expected. */
  function attempt(make: () => ArchivedRecord): Snapshot | undefined {
    try {
      return decodeSnapshot(make());
    } catch (error) {
      expect(error).toBeInstanceOf(DecodeError);
      return undefined;
    }
  }

  it.each([
    ['a dump', DUMP],
    ['destroy events', EVENTS],
  ])('returns a snapshot or throws DecodeError for %s cut at every byte', (_name, messages) => {
    for (const message of messages) {
      for (let length = 0; length < message.length; length++) {
        const snapshot = attempt(() => recordOf(message.subarray(0, length)));
        if (length < 88) expect(snapshot).toBeUndefined();
      }
    }
  });

  it('returns a snapshot or throws DecodeError for any bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 320 });
    const record = fc.record({ rawIdm: bytes, attributes: fc.array(fc.option(bytes), { maxLength: 40 }) });
    fc.assert(
      fc.property(record, (parts) => {
        attempt(() => ({ timestamp: ZERO_TIMESTAMP, ...parts }));
      }),
      { numRuns: 300 },
    );
  });

  it('returns a snapshot or throws DecodeError for messages with any byte changed', () => {
    const change = fc.record({ message: fc.constantFrom(...DUMP), at: fc.nat(), value: fc.nat(255) });
    fc.assert(
      fc.property(change, ({ message, at, value }) => {
        const changed = Uint8Array.from(message);
        changed[at % changed.length] = value;
        attempt(() => recordOf(changed));
      }),
      { numRuns: 1000 },
    );
  });
});
