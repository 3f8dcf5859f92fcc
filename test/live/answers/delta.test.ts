import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyDelta, deltaOf } from '../../../live/answers/index.js';
import type { RowJson, ViewEventJson } from '../../../live/wire/index.js';
import { nastyText } from './fake-store.js';

function view(fields: Partial<ViewEventJson> = {}): ViewEventJson {
  return { time: 't', generation: 1, total: 1, matched: 1, closed: 0, offset: 0, order: [], rows: {}, ...fields };
}

const NO_TIME = { application: 0, cwnd: 0, rwnd: 0, sndbuf: 0, pacing: 0, loss: 0, peer: 0, idle: 0 };

/** Rows of a view all have the same keys: those that its request chose. */
const row = fc.record({
  state: fc.constantFrom('ESTABLISHED', 'CLOSE_WAIT'),
  endCause: fc.constantFrom(null, 'event' as const),
  alerts: fc.constantFrom<string[]>([], ['lossy'], ['a', 'b']),
  connection: fc.record({
    bytesSent: fc.option(fc.nat({ max: 2 }), { nil: null }),
    limitedUs: fc.nat({ max: 1 }).map((cwnd) => ({ ...NO_TIME, cwnd })),
  }),
  now: fc.option(fc.record({ rttUs: fc.nat({ max: 2 }), limitedBy: fc.constantFrom(null, 'cwnd' as const) }), {
    nil: null,
  }),
  process: fc.option(fc.record({ pid: fc.nat({ max: 2 }), command: nastyText }), { nil: null }),
  cgroup: fc.option(
    fc.record({
      unit: fc.constantFrom(null, 'x.service'),
      container: fc.option(fc.record({ id: fc.constantFrom('a', 'b'), runtime: fc.constantFrom(null, 'docker') }), {
        nil: null,
      }),
    }),
    { nil: null },
  ),
});

const anyView: fc.Arbitrary<ViewEventJson> = fc
  .tuple(
    fc.dictionary(
      fc.oneof(fc.constantFrom('a', 'b', 'c', '0', 'toString', '__proto__', 'constructor'), nastyText),
      row,
      {
        maxKeys: 6,
        noNullPrototype: true,
      },
    ),
    fc.nat({ max: 3 }),
    fc.nat({ max: 3 }),
    fc.infiniteStream(fc.nat()),
  )
  .map(([rows, generation, matched, shuffle]) => {
    const order = Object.keys(rows)
      .map((key) => ({ key, at: shuffle.next().value ?? 0 }))
      .sort((a, b) => a.at - b.at)
      .map(({ key }) => key);
    return view({
      generation,
      matched,
      total: matched + 1,
      closed: matched,
      order,
      rows: rows as Record<string, RowJson>,
    });
  });

/** Returns a view as a client gets it. */
function sent<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

describe('deltaOf', () => {
  it('is empty but for the head when nothing changed', () => {
    const before = view({ order: ['a'], rows: { a: { state: 'ESTABLISHED', alerts: ['x'], now: { rttUs: 1 } } } });
    const { offset: _offset, order: _order, ...head } = view({ generation: 2, time: 'u' });
    expect(deltaOf(before, { ...sent(before), generation: 2, time: 'u' })).toEqual({ ...head, rows: {} });
  });

  it('has only the changed keys of each part', () => {
    const before = view({
      order: ['a', 'b'],
      rows: {
        a: { state: 'ESTABLISHED', now: { rttUs: 1, sndCwnd: 10 }, process: null, cgroup: { unit: 'x' } },
        b: { state: 'ESTABLISHED' },
      },
    });
    const now = view({
      order: ['c', 'a'],
      rows: {
        c: { state: 'SYN_SENT' },
        a: { state: 'ESTABLISHED', now: { rttUs: 2, sndCwnd: 10 }, process: { pid: 7 }, cgroup: null },
      },
    });
    expect(deltaOf(before, now)).toMatchObject({
      order: ['c', 'a'],
      rows: { a: { now: { rttUs: 2 }, process: { pid: 7 }, cgroup: null }, c: { state: 'SYN_SENT' } },
      gone: ['b'],
    });
    expect(deltaOf(before, now).rows['a']).toEqual({ now: { rttUs: 2 }, process: { pid: 7 }, cgroup: null });
  });

  it('makes the next view of the one before, for any two views, also over JSON', () => {
    fc.assert(
      fc.property(anyView, anyView, (before, now) => {
        const delta = deltaOf(before, now);
        expect(sent(applyDelta(before, delta))).toEqual(sent(now));
        expect(sent(applyDelta(sent(before), sent(delta)))).toEqual(sent(now));
        expect(sent(deltaOf(sent(before), sent(now)))).toEqual(sent(delta));
      }),
      { numRuns: 1000 },
    );
  });

  it('changes neither view', () => {
    fc.assert(
      fc.property(anyView, anyView, (before, now) => {
        const texts = [JSON.stringify(before), JSON.stringify(now)];
        applyDelta(before, deltaOf(before, now));
        expect([JSON.stringify(before), JSON.stringify(now)]).toEqual(texts);
      }),
    );
  });
});
