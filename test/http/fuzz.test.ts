import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpTap } from '../../http/index.js';
import { FRAMING_CASES } from './cases.js';
import { EPOCH, type Segment, segmented, toCursor, toPacket } from './wire.js';

const numRuns = Number(process.env['TCP_INFO_FUZZ_RUNS'] ?? 1500);

const change = fc.record({ at: fc.nat(), by: fc.nat(), value: fc.nat(255) });
/** Pieces that are valid somewhere, so that damage reaches deeper than the first byte. */
const piece = fc.constantFrom(
  'HTTP/1.1 200 OK\r\n',
  'GET / HTTP/1.1\r\n',
  'CONNECT a:1 HTTP/1.1\r\n',
  'Content-Length: 3\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Upgrade: h2c\r\n',
  '\r\n',
  '5\r\nhello\r\n',
  '0\r\n\r\n',
  'HTTP/1.1 101 x\r\n',
  'ffffffffffffff\r\n',
  '\x16\x03\x01',
);

function requireSound(segments: readonly Segment[], packets: (packet: Uint8Array, index: number) => void): void {
  let incomplete = 0;
  const tap = new HttpTap({
    ports: null,
    headers: ['Upgrade'],
    onExchange: (exchange) => {
      if (exchange.missing !== null) incomplete++;
      const { requestUs, ttfbUs, responseUs, durationUs } = exchange;
      const times = [requestUs, ttfbUs, responseUs, durationUs];
      expect(times.every((each) => (each === null) === (exchange.missing !== null))).toBe(true);
      expect(exchange.method === null && exchange.status === null).toBe(false);
    },
  });
  for (const [index, segment] of segments.entries()) {
    const packet = Buffer.from(toPacket(segment));
    packets(packet, index);
    tap.addPacket(toCursor(packet, segment.timeMs));
  }
  tap.advance(BigInt(EPOCH + 3600) * 1_000_000_000n);
  tap.end();
  const { flows, heldBytes, unpaired } = tap.counts;
  expect({ flows, heldBytes }).toEqual({ flows: 0, heldBytes: 0 });
  expect(Object.values(unpaired).reduce((sum, each) => sum + each, 0)).toBe(incomplete);
}

describe('HttpTap', { timeout: 60_000 + 10 * numRuns }, () => {
  it('takes packets of which any bytes are changed, headers too', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...FRAMING_CASES),
        fc.integer({ min: 5, max: 500 }),
        fc.array(change, { maxLength: 8 }),
        ({ segments }, size, changes) => {
          const all = segmented(segments, size);
          requireSound(all, (packet, index) => {
            for (const { at, by, value } of changes) if (at % all.length === index) packet[by % packet.length] = value;
          });
        },
      ),
      { numRuns },
    );
  });

  it('takes any text in any order of directions', () => {
    const turn = fc.tuple(
      fc.boolean(),
      fc.array(fc.oneof({ weight: 5, arbitrary: piece }, fc.string()), { maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 20 }), fc.boolean(), (turns, isOpened) => {
        const next = { true: 100, false: 200 };
        const segments: Segment[] = turns.map(([fromClient, texts], i) => {
          const payload = Buffer.from(texts.join(''), 'latin1');
          const sequence = next[`${fromClient}`];
          next[`${fromClient}`] += payload.length;
          return { fromClient, sequence, acknowledgment: next[`${!fromClient}`], flags: 0x18, payload, timeMs: i };
        });
        const syn = {
          fromClient: true,
          sequence: 99,
          acknowledgment: 0,
          flags: 2,
          payload: new Uint8Array(0),
          timeMs: 0,
        };
        requireSound(isOpened ? [syn, ...segments] : segments, () => {});
      }),
      { numRuns },
    );
  });
});
