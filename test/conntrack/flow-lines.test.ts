import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ConntrackDecoder,
  type FlowEventKind,
  type FlowJsonOptions,
  FlowLines,
  flowEventKind,
  flowLine,
} from '../../conntrack/index.js';
import { DecodeError } from '../../netlink/index.js';
import { capturedMessages } from '../support/fixtures.js';
import { be, message, TUPLES, tuple } from './messages.js';

const TIME = '2026-11-28T19:05:02.004Z';
const ALL: ReadonlySet<FlowEventKind> = new Set(['new', 'established', 'update', 'closed', 'destroy']);
const flows = capturedMessages('conntrack/6.18-flows.bin');
const events = capturedMessages('conntrack/6.18-events.bin');
const isLocal = (address: string): boolean => /^(127\.|10\.77\.0\.1$|fd77::1$|192\.0\.2\.1$)/.test(address);

/** Attributes of counters and times, which these values fill. */
const counted = (packets: bigint, bytes: bigint, start: bigint, stop: bigint): Buffer =>
  message({}, [
    ...TUPLES,
    [3, be(0x1ae, 4)],
    [7, be(431_999, 4)],
    [8, be(7, 4)],
    [
      9,
      [
        [1, be(packets, 8)],
        [2, be(bytes, 8)],
      ],
    ],
    [
      10,
      [
        [1, be(bytes, 8)],
        [2, be(packets, 8)],
      ],
    ],
    [12, be(0xffff_ffff, 4)],
    [
      20,
      [
        [1, be(start, 8)],
        [2, be(stop, 8)],
      ],
    ],
  ]);

/** Result of an operation: a text, or the code of a DecodeError. */
function resultOf(work: () => string): string {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return `${error.code} at ${error.at}`;
  }
}

/** Pair of readers: one writes lines from bytes, the other one what `flowLine` returns. */
class Readers {
  readonly lines = new FlowLines(isLocal);
  readonly decoder = new ConntrackDecoder();
  readonly expectedDecoder = new ConntrackDecoder();

  flow(bytes: Uint8Array): { readonly written: string; readonly expected: string } {
    this.lines.begin(bytes, TIME);
    return {
      written: resultOf(() => {
        this.lines.addFlow(this.decoder, 0);
        return this.taken();
      }),
      expected: resultOf(() => `${flowLine(this.expectedDecoder.flow(bytes), { time: TIME, isLocal })}\n`),
    };
  }

  event(bytes: Uint8Array): { readonly written: string; readonly expected: string } {
    this.lines.begin(bytes, TIME);
    return {
      written: resultOf(() => {
        const kind = this.lines.addEvent(this.decoder, 0, ALL);
        return `${kind} ${this.taken()}`;
      }),
      expected: resultOf(() => {
        const event = this.expectedDecoder.event(bytes);
        const options: FlowJsonOptions = { event: flowEventKind(event), portId: event.portId, time: TIME, isLocal };
        return `${event.kind} ${flowLine(event.flow, options)}\n`;
      }),
    };
  }

  taken(): string {
    const taken = this.lines.take();
    const text = Buffer.from(taken).toString();
    this.lines.giveBack(taken);
    return text;
  }
}

/** NATed flow of IPv6 from a mapped address, and one of IPv4 in both ways. */
const TRANSLATED = [
  message({ family: 10 }, [
    [
      1,
      [
        [
          1,
          [
            [3, [...new Array(10).fill(0), 0xff, 0xff, 192, 0, 2, 1]],
            [4, [0x20, 1, 0xd, 0xb8, ...new Array(12).fill(1)]],
          ],
        ],
        [
          2,
          [
            [1, [17]],
            [2, be(53, 2)],
            [3, be(5353, 2)],
          ],
        ],
      ],
    ],
    [
      2,
      [
        [
          1,
          [
            [3, [0xfd, 0x77, ...new Array(13).fill(0), 1]],
            [4, [...new Array(15).fill(0), 1]],
          ],
        ],
        [
          2,
          [
            [1, [17]],
            [2, be(5353, 2)],
            [3, be(53, 2)],
          ],
        ],
      ],
    ],
    [3, be(0x30, 4)],
    [12, be(1, 4)],
  ]),
  message({}, [
    [1, tuple([10, 77, 0, 1], 0, [255, 255, 255, 255], 65_535)],
    [2, tuple([192, 0, 2, 200], 9, [8, 8, 4, 4], 10)],
    [3, be(0x3f, 4)],
    [12, be(10, 4)],
  ]),
];
const COUNTED = [
  counted(0n, 1n, 0n, 1_999_999_999n),
  counted(2n ** 32n - 1n, 2n ** 32n, 1_795_000_000_000_000_000n, 1_795_000_000_120_000_000n),
  counted(2n ** 53n - 1n, 99n, 1_794_999_999_999_999_999n, 2n ** 64n - 1n),
  counted(2n ** 53n, 100n, 86_399_999_999_999n, 86_400_000_000_000n),
];
const MESSAGES = [...flows, ...events, ...TRANSLATED, ...COUNTED];

describe('lines of flows', () => {
  it('are those of flowLine, the first time and when their layouts are known', () => {
    const readers = new Readers();
    for (const bytes of [...MESSAGES, ...MESSAGES, ...MESSAGES.toReversed()]) {
      const flow = readers.flow(bytes);
      expect(flow.written).toBe(flow.expected);
      const event = readers.event(bytes);
      expect(event.written).toBe(event.expected);
    }
    expect(readers.decoder.unknownAttributes).toEqual(readers.expectedDecoder.unknownAttributes);
  });

  it('are those of flowLine for messages with any values, lengths and types', () => {
    const readers = new Readers();
    const change = fc.tuple(fc.nat(400), fc.integer({ min: 0, max: 255 }));
    const property = fc.property(
      fc.constantFrom(...MESSAGES),
      fc.array(change, { maxLength: 4 }),
      fc.nat(8),
      (original, changes, cut) => {
        const bytes = Buffer.from(original);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        const given = cut === 1 ? bytes.subarray(0, bytes.length - 1) : bytes;
        for (const { written, expected } of [readers.flow(given), readers.event(given), readers.flow(original)]) {
          expect(written).toBe(expected);
        }
      },
    );
    fc.assert(property, { numRuns: 5000 });
    expect(readers.decoder.unknownAttributes).toEqual(readers.expectedDecoder.unknownAttributes);
  });

  it('of many flows are in one array, and are asked again which addresses are local', () => {
    const known = new Set<string>();
    const lines = new FlowLines((address) => known.has(address));
    const decoder = new ConntrackDecoder();
    const flow = message({}, [...TUPLES, [12, be(1, 4)]]);
    const sidesOf = (): string[] => {
      lines.begin(Buffer.concat(new Array(3000).fill(flow)), TIME);
      for (let i = 0; i < 3000; i++) lines.addFlow(decoder, i * flow.length);
      const taken = lines.take();
      const sides = Buffer.from(taken)
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).side);
      lines.giveBack(taken);
      expect(sides).toHaveLength(3000);
      return [...new Set(sides)];
    };
    expect(sidesOf()).toEqual(['forwarded']);
    known.add('192.0.2.2');
    expect(sidesOf()).toEqual(['reply']);
    known.add('192.0.2.1');
    expect(sidesOf()).toEqual(['both']);
  });

  it('of kinds that are not wanted are left out, and any text may stand between', () => {
    const lines = new FlowLines(isLocal);
    const decoder = new ConntrackDecoder();
    for (let round = 0; round < 2; round++) {
      for (const bytes of events) {
        lines.begin(bytes, TIME);
        lines.addEvent(decoder, 0, new Set<FlowEventKind>(['destroy']));
      }
      lines.addText('é');
      expect(lines.length).toBeGreaterThan(3);
    }
    const texts = Buffer.from(lines.take()).toString().trimEnd().split('\n');
    expect(lines.length).toBe(0);
    const destroyed = events.filter((bytes) => decoder.event(bytes).kind === 'destroy').length;
    expect(texts).toHaveLength(2 * (destroyed + 1));
    expect(texts.filter((text) => text === 'é')).toHaveLength(2);
    expect(texts.every((text) => text === 'é' || JSON.parse(text).event === 'destroy')).toBe(true);
  });
});
