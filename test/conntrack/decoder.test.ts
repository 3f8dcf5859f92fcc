import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConntrackDecoder, type Flow, protocolName } from '../../conntrack/index.js';
import { DecodeError } from '../../netlink/index.js';
import { type CapturedFile, capturedMessages } from '../support/fixtures.js';
import { type Attribute, be, message, TUPLES, tuple } from './messages.js';

const decode = (bytes: Uint8Array): Flow => new ConntrackDecoder().flow(bytes);
const flowWith = (...attributes: readonly Attribute[]): Flow => decode(message({}, [...TUPLES, ...attributes]));
const ORIG = { src: '192.0.2.1', sport: 1234, dst: '192.0.2.2', dport: 80, protocol: 6 };
const REPLY = { src: '192.0.2.2', sport: 80, dst: '192.0.2.1', dport: 1234, protocol: 6 };

function errorOf(work: () => unknown): DecodeError {
  try {
    work();
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a flow', () => {
  it('has family and tuples, and nothing that the message lacks', () => {
    expect(decode(message({}, TUPLES))).toEqual({ family: 2, orig: ORIG, reply: REPLY });
  });

  it('has every attribute of the kernel', () => {
    const flow = flowWith(
      [3, be(0x1ae, 4)],
      [
        4,
        [
          [
            1,
            [
              [1, [3]],
              [2, [7]],
              [3, [10]],
              [4, [0x23, 0]],
              [5, [0x27, 0xff]],
            ],
          ],
        ],
      ],
      [5, [[1, [...Buffer.from('ftp\0')]]]],
      [7, be(431_999, 4)],
      [8, be(0xdead_beef, 4)],
      [
        9,
        [
          [1, be(4, 8)],
          [2, be(1216, 8)],
        ],
      ],
      [
        10,
        [
          [1, be(0, 8)],
          [2, be(2n ** 53n - 1n, 8)],
        ],
      ],
      [11, be(2, 4)],
      [12, be(3_119_011_873, 4)],
      [14, tuple([192, 0, 2, 3], 1, [192, 0, 2, 4], 21)],
      [
        15,
        [
          [1, be(100, 4)],
          [2, be(0, 4)],
          [3, be(5, 4)],
        ],
      ],
      [16, [[1, be(200, 4)]]],
      [18, be(7, 2)],
      [19, [[1, [...Buffer.from('system_u:x\0')]]]],
      [
        20,
        [
          [1, be(1_795_987_084_739_539_426n, 8)],
          [2, be(1_795_987_084_739_539_427n, 8)],
          [3, []],
        ],
      ],
      [22, [2, ...new Array<number>(15).fill(0)]],
      [
        24,
        [
          [1, be(1, 4)],
          [2, be(2, 4)],
          [3, be(3, 4)],
        ],
      ],
      [27, be(1_795_987_084_739_539_428n, 8)],
    );
    expect(flow).toEqual({
      family: 2,
      orig: ORIG,
      reply: REPLY,
      status: 0x1ae,
      tcp: {
        state: 3,
        windowScaleOrig: 7,
        windowScaleReply: 10,
        flagsOrig: 0x23,
        maskOrig: 0,
        flagsReply: 0x27,
        maskReply: 0xff,
      },
      helper: 'ftp',
      timeoutSec: 431_999,
      mark: 0xdead_beef,
      origCounters: { packets: 4, bytes: 1216 },
      replyCounters: { packets: 0, bytes: 2 ** 53 - 1 },
      useCount: 2,
      id: 3_119_011_873,
      master: { src: '192.0.2.3', sport: 1, dst: '192.0.2.4', dport: 21, protocol: 6 },
      seqAdjOrig: { correctionPos: 100, offsetBefore: 0, offsetAfter: 5 },
      seqAdjReply: { correctionPos: 200 },
      zone: 7,
      secctx: 'system_u:x',
      startTimeNs: 1_795_987_084_739_539_426n,
      stopTimeNs: 1_795_987_084_739_539_427n,
      labels: Uint8Array.of(2, ...new Array<number>(15).fill(0)),
      synproxy: { initialSeq: 1, initialTimestamp: 2, timestampOffset: 3 },
      eventTimeNs: 1_795_987_084_739_539_428n,
    });
  });

  it('has states of SCTP and DCCP', () => {
    expect(
      flowWith([
        4,
        [
          [
            3,
            [
              [1, [4]],
              [2, be(1, 4)],
              [3, be(2, 4)],
            ],
          ],
        ],
      ]).sctp,
    ).toEqual({
      state: 4,
      verificationTagOrig: 1,
      verificationTagReply: 2,
    });
    expect(
      flowWith([
        4,
        [
          [
            2,
            [
              [1, [4]],
              [2, [1]],
              [3, be(9n, 8)],
              [4, []],
            ],
          ],
        ],
      ]).dccp,
    ).toEqual({
      state: 4,
      role: 1,
      handshakeSeq: 9n,
    });
  });

  it('lacks a counter that a number cannot hold, and counts its attribute', () => {
    const decoder = new ConntrackDecoder();
    const flow = decoder.flow(
      message({}, [
        ...TUPLES,
        [
          9,
          [
            [1, be(2n ** 53n, 8)],
            [2, be(1, 8)],
          ],
        ],
      ]),
    );
    expect(flow.origCounters).toEqual({ bytes: 1 });
    expect([...decoder.unknownAttributes]).toEqual([['9.1', 1]]);
  });

  it('keeps a zone of one direction in its tuple', () => {
    const orig: Attribute = [1, [...tuple([192, 0, 2, 1], 1, [192, 0, 2, 2], 2), [3, be(9, 2)]]];
    const flow = decode(message({}, [orig, ...TUPLES.slice(1)]));
    expect(flow.orig.zone).toBe(9);
    expect(flow.zone).toBeUndefined();
  });
});

describe('unknown attributes', () => {
  it('are counted by number and skipped', () => {
    const decoder = new ConntrackDecoder();
    const strange = message({}, [
      ...TUPLES,
      [99, [1, 2, 3]],
      [
        4,
        [
          [
            1,
            [
              [1, [3]],
              [9, [0]],
            ],
          ],
          [7, [1]],
        ],
      ],
    ]);
    expect(decoder.flow(strange).tcp).toEqual({ state: 3 });
    decoder.flow(strange);
    expect(Object.fromEntries(decoder.unknownAttributes)).toEqual({ 99: 2, '4.1.9': 2, '4.7': 2 });
  });

  it('are counted together beyond 256 numbers', () => {
    const decoder = new ConntrackDecoder();
    for (let type = 100; type < 400; type++) decoder.flow(message({}, [...TUPLES, [type, [1]]]));
    expect(decoder.unknownAttributes.size).toBe(257);
    expect(decoder.unknownAttributes.get('others')).toBe(44);
  });

  it('are checked if they are nested, up to four deep', () => {
    expect(() => flowWith([99, [[1, [[1, [[1, [1, 2, 3, 4]]]]]]]])).not.toThrow();
    const deep: Attribute = [99, [[1, [[1, [[1, [[1, [1, 2, 3, 4]]]]]]]]]];
    expect(errorOf(() => flowWith(deep)).code).toBe('ERR_NESTING');
    const broken = message({}, [...TUPLES, [99, [[1, [1, 2, 3, 4]]]]]);
    broken.writeUInt16LE(200, broken.length - 8);
    expect(errorOf(() => decode(broken))).toMatchObject({ code: 'ERR_ATTRIBUTE_LENGTH', at: broken.length - 8 });
  });
});

describe('bytes that are no flow', () => {
  it.each<[string, Uint8Array, string]>([
    ['a message of 19 bytes', message({}, []).subarray(0, 19), 'ERR_TRUNCATED'],
    ['a cut message', message({}, TUPLES).subarray(0, 40), 'ERR_TRUNCATED'],
    ['another subsystem', Buffer.from(message({}, TUPLES)).fill(2, 5, 6), 'ERR_MESSAGE_TYPE'],
    ['a request', message({ type: 1 }, TUPLES), 'ERR_MESSAGE_TYPE'],
    ['statistics', message({ type: 5 }, []), 'ERR_MESSAGE_TYPE'],
    ['another family', message({ family: 7 }, TUPLES), 'ERR_FAMILY'],
    ['no tuples', message({}, []), 'ERR_MISSING'],
    ['one tuple', message({}, TUPLES.slice(0, 1)), 'ERR_MISSING'],
    ['a tuple without protocol', message({}, [[1, [[1, [[1, [1, 2, 3, 4]]]]]]]), 'ERR_MISSING'],
    ['a counter of 4 bytes', message({}, [...TUPLES, [9, [[1, be(1, 4)]]]]), 'ERR_ATTRIBUTE_LENGTH'],
    ['a counter of 9 bytes', message({}, [...TUPLES, [9, [[2, [...be(1, 8), 0]]]]]), 'ERR_ATTRIBUTE_LENGTH'],
    ['a status of 2 bytes', message({}, [...TUPLES, [3, [0, 0]]]), 'ERR_ATTRIBUTE_LENGTH'],
    ['an empty state', message({}, [...TUPLES, [4, [[1, [[1, []]]]]]]), 'ERR_ATTRIBUTE_LENGTH'],
    ['flags without mask', message({}, [...TUPLES, [4, [[1, [[4, [1]]]]]]]), 'ERR_ATTRIBUTE_LENGTH'],
    ['an IPv4 address of 5 bytes', message({}, [[1, [[1, [[1, [1, 2, 3, 4, 5]]]]]]]), 'ERR_ATTRIBUTE_LENGTH'],
    ['an IPv6 address of 4 bytes', message({}, [[1, [[1, [[3, [1, 2, 3, 4]]]]]]]), 'ERR_ATTRIBUTE_LENGTH'],
    ['a time of 4 bytes', message({}, [...TUPLES, [27, be(1, 4)]]), 'ERR_ATTRIBUTE_LENGTH'],
  ])('%s', (_, bytes, code) => {
    const error = errorOf(() => decode(bytes));
    expect(error.code).toBe(code);
    expect(error.at).toBeGreaterThanOrEqual(0);
    expect(error.at).toBeLessThanOrEqual(bytes.length);
  });
});

describe('events', () => {
  const kindOf = (type: number, flags: number): string =>
    new ConntrackDecoder().event(message({ type, flags }, TUPLES)).kind;

  it('are new with CREATE and EXCL, else updates', () => {
    expect(kindOf(0, 0x600)).toBe('new');
    expect(kindOf(0, 0)).toBe('update');
    expect(kindOf(2, 0)).toBe('destroy');
  });

  it('have the port of the program that deleted the flow', () => {
    const decoder = new ConntrackDecoder();
    expect(decoder.event(message({ type: 2, port: 0xfb4a_0b0d }, TUPLES)).portId).toBe(0xfb4a_0b0d);
    expect(decoder.event(message({ type: 0, port: 5 }, TUPLES)).portId).toBe(0);
  });

  it('are read in a batch at their offsets', () => {
    const decoder = new ConntrackDecoder();
    const batch = Buffer.concat([message({}, TUPLES), message({ type: 2 }, [...TUPLES, [12, be(5, 4)]])]);
    expect(decoder.event(batch, batch.readUInt32LE(0))).toMatchObject({ kind: 'destroy', flow: { id: 5 } });
  });
});

describe('statistics', () => {
  it('of a CPU have its number and its counters', () => {
    const decoder = new ConntrackDecoder();
    const bytes = message({ type: 4, resId: 1 }, [
      [2, be(5, 4)],
      [9, be(0xffff_ffff, 4)],
      [1, be(0, 4)],
    ]);
    expect(decoder.cpuStatistics(bytes)).toEqual({ cpu: 1, found: 5, insertFailed: 0xffff_ffff });
    expect([...decoder.unknownAttributes.keys()]).toEqual(['1']);
  });

  it('of the table have the number of flows and its limit', () => {
    const bytes = message({ type: 5 }, [
      [1, be(19, 4)],
      [2, be(262_144, 4)],
    ]);
    expect(new ConntrackDecoder().tableStatistics(bytes)).toEqual({ entries: 19, maxEntries: 262_144 });
  });
});

describe('messages of Linux 6.18', () => {
  it('are 19 flows', () => {
    const decoder = new ConntrackDecoder();
    const flows = capturedMessages('conntrack/6.18-flows.bin').map((bytes) => decoder.flow(bytes));
    expect(decoder.unknownAttributes.size).toBe(0);
    const protocols = flows.map(({ family, orig }) => `${family} ${protocolName(orig.protocol)}`).sort();
    expect(
      Object.fromEntries(
        [...new Set(protocols)].map((name) => [name, protocols.filter((other) => other === name).length]),
      ),
    ).toEqual({
      '10 icmpv6': 1,
      '10 tcp': 2,
      '10 udp': 1,
      '2 icmp': 1,
      '2 sctp': 1,
      '2 tcp': 8,
      '2 udp': 5,
    });
    expect(
      flows.every(({ origCounters, startTimeNs }) => (origCounters?.packets ?? 0) > 0 && (startTimeNs ?? 0n) > 0n),
    ).toBe(true);
    const both = flows.find(({ orig }) => orig.dst === '192.0.2.3');
    expect(both?.reply).toMatchObject({ src: '192.0.2.2', sport: 9001, dst: '192.0.2.8' });
    expect(flows.find(({ orig }) => orig.dport === 2121)?.helper).toBe('ftp');
    expect(flows.find(({ orig }) => orig.dport === 7003)?.labels?.[0]).toBe(2);
    expect(flows.find(({ orig }) => orig.dport === 7002)?.mark).toBe(0x1234);
  });

  it('are 80 events', () => {
    const decoder = new ConntrackDecoder();
    const events = capturedMessages('conntrack/6.18-events.bin').map((bytes) => decoder.event(bytes));
    expect(decoder.unknownAttributes.size).toBe(0);
    const count = (kind: string): number => events.filter((event) => event.kind === kind).length;
    expect([count('new'), count('update'), count('destroy')]).toEqual([20, 53, 7]);
    expect(events.filter(({ portId }) => portId !== 0)).toHaveLength(6);
    expect(events.every(({ flow }) => (flow.eventTimeNs ?? 0n) > 0n && flow.id !== undefined)).toBe(true);
  });

  it('are statistics', () => {
    const messages = capturedMessages('conntrack/6.18-stats.bin');
    const decoder = new ConntrackDecoder();
    expect(messages.slice(0, 2).map((bytes) => decoder.cpuStatistics(bytes).cpu)).toEqual([0, 1]);
    expect(messages.slice(2).map((bytes) => decoder.tableStatistics(bytes).entries)).toEqual([19]);
  });
});

describe('any bytes', () => {
  const files: readonly CapturedFile[] = [
    'conntrack/6.18-flows.bin',
    'conntrack/6.18-events.bin',
    'conntrack/6.18-stats.bin',
  ];
  const captured = files.flatMap(capturedMessages);

  const decoder = new ConntrackDecoder();
  const decoders = [
    (bytes: Uint8Array) => decoder.event(bytes),
    (bytes: Uint8Array) => decoder.cpuStatistics(bytes),
    (bytes: Uint8Array) => decoder.tableStatistics(bytes),
  ];

  /** Throws unless every decoder gives an object, or a DecodeError with an offset in the bytes. */
  function attempt(bytes: Uint8Array): void {
    for (const work of decoders) {
      try {
        if (typeof work(bytes) !== 'object') throw new Error('no object');
      } catch (error) {
        if (!(error instanceof DecodeError) || error.at < 0 || error.at > bytes.length) throw error;
      }
    }
  }

  it('give a flow or a DecodeError at every truncation', () => {
    expect(captured).toHaveLength(102);
    for (const whole of captured) {
      for (let length = 0; length < whole.length; length++) {
        const cut = Buffer.from(whole.subarray(0, length));
        attempt(cut);
        // A header that says the truncated length.
        if (length >= 4) cut.writeUInt32LE(length, 0);
        attempt(cut);
      }
    }
  });

  it('give a flow or a DecodeError with changed bytes', () => {
    const change = fc.tuple(fc.nat(400), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.constantFrom(...captured), fc.array(change, { minLength: 1, maxLength: 6 }), (whole, changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        attempt(bytes);
      }),
      { numRuns: 3000 },
    );
  });

  it('give a flow or a DecodeError if they are random', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (body) => attempt(Buffer.concat([message({}, []), body]))),
    );
  });
});
