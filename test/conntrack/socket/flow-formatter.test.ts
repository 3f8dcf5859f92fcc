import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConntrackDecoder, FlowIdentityReader, FlowLines, flowLine } from '../../../conntrack/index.js';
import { FlowFormatter } from '../../../conntrack/socket/index.js';
import { netlink } from '../../../native/index.js';
import { DecodeError, formatAddress, mappedAddress, parseAddress } from '../../../netlink/index.js';
import { MESSAGES } from '../line-messages.js';
import { be, message, TUPLES, tuple } from '../messages.js';

const TIME = '2026-11-28T19:05:02.004Z';
const LOCAL = ['10.77.0.1', 'fd77::1', '192.0.2.1', '::1'];
const isLocal = (address: string): boolean => LOCAL.includes(address) || address.startsWith('127.');
const packed = Uint8Array.from([
  ...LOCAL.flatMap((text) => [...mappedAddress(addressOf(text)), 128]),
  ...mappedAddress(addressOf('127.0.0.0')),
  104,
]);

function addressOf(text: string): NonNullable<ReturnType<typeof parseAddress>> {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(text);
  return address;
}

/** Packs messages as the addon does. */
function pack(messages: readonly Uint8Array[]): { readonly data: Uint8Array; readonly messages: Uint32Array } {
  const spans: number[] = [];
  let end = 0;
  for (const { length } of messages) {
    spans.push(end, length);
    end = (end + length + 7) & ~7;
  }
  const data = new Uint8Array(end);
  for (const [i, bytes] of messages.entries()) data.set(bytes, spans[2 * i] ?? 0);
  return { data, messages: Uint32Array.from(spans) };
}

/** Formatter beside the readers that it is held to. */
class Formatting {
  readonly #lines = new FlowLines(isLocal);
  readonly #formatter = new FlowFormatter(new netlink.LineFormatter(), this.#lines);
  readonly #decoder = new ConntrackDecoder();
  readonly #identities = new FlowIdentityReader();
  /** Lines that the addon wrote. */
  written = 0;

  /** Returns the lines of a batch, and their identities. */
  batch(all: readonly Uint8Array[]): { readonly text: string; readonly identities: readonly number[] } {
    const { data, messages } = pack(all);
    this.#lines.begin(data, TIME);
    this.#formatter.begin(data, TIME, packed);
    const identities: number[] = [];
    for (let from = 0; from < all.length; from++) {
      const found = new Float64Array(all.length);
      const written = this.#formatter.write(messages, from, found);
      identities.push(...found.subarray(0, written));
      this.written += written;
      from += written;
      if (from === all.length) break;
      const at = messages[2 * from] ?? 0;
      tolerant(() => {
        identities.push(this.#identities.read(data, at));
        this.#lines.addFlow(this.#decoder, at);
        this.#formatter.learn(this.#decoder, at);
      });
    }
    const taken = this.#lines.take();
    const text = Buffer.from(taken).toString();
    this.#lines.giveBack(taken);
    return { text, identities };
  }
}

/** Does the work, unless a message cannot be decoded. */
function tolerant(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
}

function expectedOf(all: readonly Uint8Array[]): { readonly text: string; readonly identities: readonly number[] } {
  const [decoder, reader, lines, identities] = [
    new ConntrackDecoder(),
    new FlowIdentityReader(),
    [] as string[],
    [] as number[],
  ];
  for (const bytes of all) {
    tolerant(() => {
      identities.push(reader.read(bytes));
      lines.push(`${flowLine(decoder.flow(bytes), { time: TIME, isLocal })}\n`);
    });
  }
  return { text: lines.join(''), identities };
}

describe('lines that the addon writes', () => {
  it('are those of flowLine, and have the identities of their reader', () => {
    const formatting = new Formatting();
    const all = [...MESSAGES, ...MESSAGES, ...MESSAGES.toReversed()];
    expect(formatting.batch(all)).toEqual(expectedOf(all));
    const before = formatting.written;
    expect(formatting.batch(MESSAGES)).toEqual(expectedOf(MESSAGES));
    // Others have values that few flows have.
    expect(formatting.written - before).toBeGreaterThan(MESSAGES.length / 2);
  });

  it('are those of flowLine for messages with any values, lengths and types', () => {
    const formatting = new Formatting();
    const change = fc.tuple(fc.nat(400), fc.integer({ min: 0, max: 255 }));
    const changed = fc
      .tuple(fc.constantFrom(...MESSAGES), fc.array(change, { maxLength: 4 }), fc.nat(8))
      .map(([original, changes, cut]) => {
        const bytes = Buffer.from(original);
        for (const [at, value] of changes) if (at >= 4 && at < bytes.length) bytes[at] = value;
        return cut === 1 ? bytes.subarray(0, bytes.length - 1) : bytes;
      })
      .filter((bytes) => bytes.length >= 4 && bytes.readUInt32LE(0) === bytes.length);
    const property = fc.property(fc.array(changed, { maxLength: 12 }), (all) => {
      expect(formatting.batch(all)).toEqual(expectedOf(all));
    });
    fc.assert(property, { numRuns: 2000 });
    expect(formatting.written).toBeGreaterThan(2000);
  });

  it('have any address, counter, time and translation', () => {
    const formatting = new Formatting();
    const word = fc.oneof(fc.constant(0), fc.constant(0xffff), fc.nat(0xffff));
    const ipv6 = fc.array(word, { minLength: 8, maxLength: 8 }).map((words) => words.flatMap((each) => be(each, 2)));
    const ipv4 = fc.oneof(
      fc.constantFrom([10, 77, 0, 1], [127, 3, 2, 1], [192, 0, 2, 1]),
      fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }),
    );
    const u64 = fc.bigInt(0n, 2n ** 64n - 1n);
    const counter = fc.oneof({ weight: 9, arbitrary: fc.bigInt(0n, 2n ** 53n - 1n) }, u64);
    const flow = fc
      .record({
        v4: fc.boolean(),
        a: ipv4,
        b: ipv4,
        long: ipv6,
        port: word,
        status: fc.nat(0x3f),
        x: counter,
        y: counter,
        start: u64,
        stop: u64,
      })
      .map(({ v4, a, b, long, port, status, x, y, start, stop }) =>
        message({ family: v4 ? 2 : 10 }, [
          ...(v4
            ? ([
                [1, tuple(a, port, b, 443)],
                [2, tuple(b, 443, a, port)],
              ] as const)
            : longTuples(long, port)),
          [3, be(status, 4)],
          [
            9,
            [
              [1, be(x, 8)],
              [2, be(y, 8)],
            ],
          ],
          [12, be(7, 4)],
          [
            20,
            [
              [1, be(start, 8)],
              [2, be(stop, 8)],
            ],
          ],
        ]),
      );
    const property = fc.property(fc.array(flow, { maxLength: 20 }), (all) => {
      expect(formatting.batch(all)).toEqual(expectedOf(all));
    });
    fc.assert(property, { numRuns: 1000 });
    expect(formatting.written).toBeGreaterThan(2000);
  });

  it('fit into memory that grows', () => {
    const formatting = new Formatting();
    const all = new Array(5000).fill(message({}, [...TUPLES, [12, be(1, 4)]]));
    expect(formatting.batch(all)).toEqual(expectedOf(all));
    expect(formatting.written).toBe(4999);
  });

  it('are right after more layouts than are kept', () => {
    const formatting = new Formatting();
    const all = Array.from({ length: 200 }, (_, id) => message({ resId: id }, [...TUPLES, [12, be(id, 4)]]));
    for (let round = 0; round < 2; round++) expect(formatting.batch(all)).toEqual(expectedOf(all));
  });
});

function longTuples(address: readonly number[], port: number) {
  const half = (source: number, destination: number) =>
    [
      [
        1,
        [
          [3, [...address]],
          [4, [...address].toReversed()],
        ],
      ],
      [
        2,
        [
          [1, [17]],
          [2, be(source, 2)],
          [3, be(destination, 2)],
        ],
      ],
    ] as const;
  return [
    [1, half(port, 53)],
    [2, half(53, port)],
  ] as const;
}

describe('mapped addresses', () => {
  it('are the addresses', () => {
    for (const text of LOCAL) expect(formatAddress(mappedAddress(addressOf(text)), 10)).toBe(text);
  });
});
