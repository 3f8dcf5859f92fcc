import { describe, expect, it } from 'vitest';
import type { HttpExchange } from '../../http/index.js';
import { type CaptureOptions, capture } from './capture.js';
import { FRAMING_CASES, type FramingCase } from './cases.js';
import { type Segment, segmented } from './wire.js';

/** Returns an exchange as the cases describe it. */
function describeExchange(exchange: HttpExchange): string {
  const { method, path, status, requestBytes, responseBytes, missing } = exchange;
  const flags = [
    exchange.continued && 'continued',
    exchange.upgraded && 'upgraded',
    exchange.conflictingLength && 'conflicting',
    exchange.bodyEstimated && 'estimated',
    missing,
  ].filter(Boolean);
  const bodies = `body ${requestBytes?.body}+${responseBytes?.body}`;
  return [method, path, status, bodies, ...flags].join(' ');
}

function run(segments: readonly Segment[], options: CaptureOptions = {}): string[] {
  return capture(segments, options).exchanges.map(describeExchange);
}

/** Cuts one segment in two. */
function cutAt(segments: readonly Segment[], index: number, at: number): Segment[] {
  return segments.flatMap((segment, i) => {
    if (i !== index) return [segment];
    const { payload, sequence } = segment;
    return [
      { ...segment, payload: payload.subarray(0, at) },
      { ...segment, payload: payload.subarray(at), sequence: (sequence + at) | 0 },
    ];
  });
}

/** Calls `check` with each segment of a case cut in two at each position. */
function eachCut({ segments }: FramingCase, check: (cut: Segment[], index: number) => void): void {
  for (const [index, { payload }] of segments.entries()) {
    for (let at = 1; at < payload.length; at++) check(cutAt(segments, index, at), index);
  }
}

function swapAt(segments: readonly Segment[], index: number): Segment[] {
  const swapped = [...segments];
  swapped.splice(index, 2, ...segments.slice(index, index + 2).reverse());
  return swapped;
}

/** Checks that exchanges without a `missing` are those of the case, in their order. */
function requireModel(exchanges: readonly HttpExchange[], model: readonly string[]): void {
  let at = 0;
  for (const exchange of exchanges) {
    if (exchange.missing !== null) continue;
    const found = model.indexOf(describeExchange(exchange), at);
    expect(found, describeExchange(exchange)).toBeGreaterThanOrEqual(at);
    at = found + 1;
  }
}

describe.each(FRAMING_CASES)('framing of $name', (each) => {
  it('is as RFC 9112 says', () => {
    expect(run(each.segments)).toEqual(each.exchanges);
  });

  it('is the same wherever a segment is cut', () => {
    eachCut(each, (cut) => expect(run(cut)).toEqual(each.exchanges));
  });

  it('is the same in segments of one to seven bytes', () => {
    for (let size = 1; size <= 7; size++) expect(run(segmented(each.segments, size))).toEqual(each.exchanges);
  });

  it('is the same when segments come twice', () => {
    eachCut(each, (cut) => expect(run(cut.flatMap((segment) => [segment, segment]))).toEqual(each.exchanges));
  });

  it('is the same when two pieces of a message change places', () => {
    eachCut(each, (cut, index) => expect(run(swapAt(cut, index))).toEqual(each.exchanges));
  });

  it('has the right pairs only when a segment is lost', () => {
    for (const size of [1, 7, 40, 10_000]) {
      const segments = segmented(each.segments, size);
      for (let lost = 0; lost < segments.length; lost++) {
        requireModel(capture(segments.filter((_, i) => i !== lost)).exchanges, each.exchanges);
      }
    }
  });

  it('has the right pairs only when the capture begins late', () => {
    for (const size of [7, 10_000]) {
      const segments = segmented(each.segments, size);
      for (let first = 1; first < segments.length; first++) {
        requireModel(capture(segments.slice(first)).exchanges, each.exchanges);
      }
    }
  });

  it('has the right pairs only when packets are cut', () => {
    for (let snaplen = 40; snaplen < 200; snaplen++) {
      const { exchanges } = capture(each.segments, { snaplen });
      requireModel(
        exchanges.filter(({ bodyEstimated }) => !bodyEstimated),
        each.exchanges,
      );
    }
  });

  it('has the right pairs only when all segments come in reverse', () => {
    requireModel(capture([...each.segments].reverse()).exchanges, each.exchanges);
    requireModel(capture(segmented(each.segments, 9).reverse()).exchanges, each.exchanges);
  });
});
