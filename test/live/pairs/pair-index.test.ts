import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PairEnds, PairIndex, type PairRow, pairAgrees, pairEnds } from '../../../live/pairs/index.js';

const A = { address: Uint8Array.from({ length: 16 }, () => 1), port: 443 };
const B = { address: Uint8Array.from({ length: 16 }, () => 2), port: 50_000 };

interface Options {
  readonly ends?: PairEnds | undefined;
  readonly startUs?: number;
  readonly closedUs?: number | null;
  readonly acked?: number | null;
  readonly received?: number | null;
  readonly isFinal?: boolean;
}

function row(name: string, options: Options = {}): PairRow & { readonly name: string } {
  const { ends = pairEnds(A, B), startUs = 0, closedUs = null, acked = 0, received = 0, isFinal = false } = options;
  return {
    ...{ name, ends, startUs, closedUs, hasFinalCounters: isFinal },
    pairCounters: () => ({ bytesAcked: acked, bytesReceived: received, windowBytes: 1000 }),
  };
}

const OTHER = pairEnds(B, A);

function indexOf<Row extends PairRow>(...rows: readonly Row[]): PairIndex<Row> {
  const index = new PairIndex<Row>();
  for (const each of rows) index.add(each);
  return index;
}

describe('the other end of a connection', () => {
  it('is the row with ends reversed, for both', () => {
    const [near, far] = [row('near'), row('far', { ends: OTHER })];
    const index = indexOf(near, far);
    expect(index.otherEnd(near)).toEqual({ other: far, isAmbiguous: false });
    expect(index.otherEnd(far)).toEqual({ other: near, isAmbiguous: false });
  });

  it('is unknown for a row alone, for another with the same ends, and for a connection to itself', () => {
    expect(pairEnds(A, A)).toBeUndefined();
    const alone = row('alone');
    expect(indexOf(alone).otherEnd(alone)).toEqual({ other: undefined, isAmbiguous: false });
    expect(indexOf(alone, row('same')).otherEnd(alone).other).toBeUndefined();
    const self = row('self', { ends: undefined as never });
    expect(indexOf({ ...self, ends: undefined }).otherEnd({ ...self, ends: undefined }).other).toBeUndefined();
  });

  it('was open at the same time: a later connection of the same ends is another one', () => {
    const before = row('before', { startUs: 0, closedUs: 5e6 });
    const far = row('far', { ends: OTHER, startUs: 20e6 });
    const near = row('near', { startUs: 20.1e6 });
    const index = indexOf(before, far, near);
    expect(index.otherEnd(before).other).toBeUndefined();
    expect(index.otherEnd(near).other).toBe(far);
    expect(index.otherEnd(far).other).toBe(near);
  });

  it('is seen a little later, when destroy events alone show both ends', () => {
    const near = row('near', { startUs: 1000, closedUs: 1000 });
    const far = row('far', { ends: OTHER, startUs: 90_000, closedUs: 90_000 });
    expect(indexOf(near, far).otherEnd(near).other).toBe(far);
  });

  it('of several is the one whose counters fit', () => {
    const near = row('near', { acked: 1_000_000, received: 500 });
    const fitting = row('fitting', { ends: OTHER, acked: 400, received: 1_000_900 });
    const idle = row('idle', { ends: OTHER });
    const index = indexOf(near, idle, fitting);
    expect(index.otherEnd(near)).toEqual({ other: fitting, isAmbiguous: false });
    expect(index.otherEnd(fitting).other).toBe(near);
  });

  it('is ambiguous if the counters of several fit, and for each that might be one of two', () => {
    const near = row('near');
    const far = [row('one', { ends: OTHER }), row('two', { ends: OTHER })];
    const index = indexOf(near, ...far);
    for (const each of [near, ...far]) expect(index.otherEnd(each)).toEqual({ other: undefined, isAmbiguous: true });
    for (const each of far) index.delete(each);
    expect(index.otherEnd(near)).toEqual({ other: undefined, isAmbiguous: false });
  });

  it('is in the same network namespace for addresses that are others in each', () => {
    const near = row('near', { ends: pairEnds(A, B, 1) });
    const elsewhere = row('elsewhere', { ends: pairEnds(B, A, 2) });
    expect(indexOf(near, elsewhere).otherEnd(near).other).toBeUndefined();
  });

  it('has this row as its other end, whatever rows there are', () => {
    const anyRow = fc.record({
      isFar: fc.boolean(),
      startUs: fc.integer({ min: 0, max: 10e6 }),
      lastsUs: fc.option(fc.integer({ min: 0, max: 10e6 })),
      acked: fc.constantFrom(0, 500, 5000, 1e6),
      received: fc.constantFrom(0, 500, 5000, 1e6),
    });
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 6 }), fc.nat(), (values, removed) => {
        const rows = values.map(({ isFar, startUs, lastsUs, acked, received }, i) =>
          row(String(i), {
            ...{ startUs, acked, received },
            closedUs: lastsUs === null ? null : startUs + lastsUs,
            ends: isFar ? OTHER : pairEnds(A, B),
          }),
        );
        const index = indexOf(...rows);
        const [gone] = rows.splice(removed % Math.max(1, rows.length), 1);
        if (gone !== undefined) index.delete(gone);
        for (const each of rows) {
          const { other, isAmbiguous } = index.otherEnd(each);
          expect(other).not.toBe(gone);
          if (other === undefined) continue;
          expect(isAmbiguous).toBe(false);
          expect(index.otherEnd(other).other).toBe(each);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a pair at its end', () => {
  const end = (options: Options) => row('', { isFinal: true, ...options });

  it('agrees if each received what the other had acknowledged, but for SYN and FIN', () => {
    const near = end({ acked: 10_002, received: 700 });
    expect(pairAgrees(near, end({ acked: 701, received: 10_000 }))).toBe(true);
    expect(pairAgrees(near, end({ acked: 701, received: 9000 }))).toBe(false);
  });

  it('is not checked while an end has no final counters, or none at all', () => {
    const near = end({ acked: 1 });
    expect(pairAgrees(near, end({ isFinal: false }))).toBeNull();
    expect(pairAgrees(near, end({ received: null }))).toBeNull();
  });
});
