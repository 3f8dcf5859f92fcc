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
import { EVENTS as events, MESSAGES } from './line-messages.js';
import { be, message, TUPLES } from './messages.js';

const TIME = '2026-11-28T19:05:02.004Z';
const ALL: ReadonlySet<FlowEventKind> = new Set(['new', 'established', 'update', 'closed', 'destroy']);
const isLocal = (address: string): boolean => /^(127\.|10\.77\.0\.1$|fd77::1$|192\.0\.2\.1$)/.test(address);

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
