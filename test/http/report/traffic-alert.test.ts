import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AlertEvent, TrafficAlert } from '../../../http/report/index.js';
import { exchangeAt, START_US } from '../../support/http-exchanges.js';

const SPAN_US = 64_000_000;
const PART_US = SPAN_US / 64;
/** Begin of a part of the span. */
const BEGIN_US = Math.ceil(START_US / PART_US) * PART_US;

function alertOf(threshold: number): TrafficAlert {
  return new TrafficAlert({ threshold, spanUs: SPAN_US });
}

function addMany(alert: TrafficAlert, count: number, timeUs: number): void {
  for (let i = 0; i < count; i++) alert.add(timeUs);
}

describe('TrafficAlert', () => {
  it('is not raised at N − 1, and raised once at N, with the time of that message', () => {
    const alert = alertOf(100);
    addMany(alert, 99, BEGIN_US);
    expect(alert.raised).toBeUndefined();
    alert.add(BEGIN_US + 7);
    expect(alert.raised).toEqual({ kind: 'raised', timeUs: BEGIN_US + 7, hits: 100 });
    addMany(alert, 500, BEGIN_US + 8);
    expect(alert.events).toHaveLength(1);
  });

  it('recovers once, when the part of the span goes that takes it below', () => {
    const alert = alertOf(100);
    addMany(alert, 1, BEGIN_US);
    addMany(alert, 99, BEGIN_US + PART_US);
    alert.advance(BEGIN_US + SPAN_US - 1);
    expect(alert.raised).toBeDefined();
    alert.advance(BEGIN_US + SPAN_US);
    expect(alert.raised).toBeUndefined();
    alert.advance(BEGIN_US + 10 * SPAN_US);
    expect(alert.events.map(({ kind }) => kind)).toEqual(['raised', 'recovered']);
    expect(alert.events[1]).toEqual({ kind: 'recovered', timeUs: BEGIN_US + SPAN_US, hits: 99 });
  });

  it('stays raised at exactly N', () => {
    const alert = alertOf(100);
    addMany(alert, 1, BEGIN_US);
    addMany(alert, 100, BEGIN_US + PART_US);
    alert.advance(BEGIN_US + SPAN_US);
    expect({ hits: alert.hits, raised: alert.raised !== undefined }).toEqual({ hits: 100, raised: true });
  });

  it('has the time of the recovery also when nothing was seen for long', () => {
    const alert = alertOf(10);
    addMany(alert, 10, BEGIN_US);
    alert.advance(BEGIN_US + 1000 * SPAN_US);
    expect(alert.events[1]?.timeUs).toBe(BEGIN_US + SPAN_US);
    expect(alert.hits).toBe(0);
  });

  it('is raised again after it has recovered', () => {
    const alert = alertOf(10);
    for (const round of [0, 1, 2]) addMany(alert, 10, BEGIN_US + round * 2 * SPAN_US);
    expect(alert.events.map(({ kind }) => kind)).toEqual(['raised', 'recovered', 'raised', 'recovered', 'raised']);
  });

  it('keeps the last 100 events', () => {
    const alert = alertOf(1);
    for (let round = 0; round < 200; round++) alert.add(BEGIN_US + round * 2 * SPAN_US);
    expect(alert.events).toHaveLength(100);
    expect(alert.events.at(-1)?.kind).toBe('raised');
  });

  it('counts a request and its answer, each at its time', () => {
    const alert = alertOf(1000);
    alert.addExchange(exchangeAt(0));
    alert.addExchange(exchangeAt(0, { status: null, missing: 'response', ttfbUs: null }));
    alert.addExchange(exchangeAt(0, { method: null, path: null, section: null, missing: 'request' }));
    expect(alert.hits).toBe(4);
  });

  it('agrees with a count of all messages, for any times', () => {
    const steps = fc.array(
      fc.record({ wait: fc.integer({ min: 0, max: 3 * PART_US }), late: fc.integer({ min: 0, max: SPAN_US }) }),
      {
        maxLength: 300,
      },
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 60 }), (all, threshold) => {
        const events: AlertEvent[] = [];
        const alert = new TrafficAlert({ threshold, spanUs: SPAN_US, onEvent: (event) => events.push(event) });
        const times: number[] = [];
        let now = BEGIN_US;
        let isRaised = false;
        for (const { wait, late } of all) {
          now += wait;
          alert.advance(now);
          const oldest = (Math.floor(now / PART_US) - 63) * PART_US;
          const before = times.filter((time) => time >= oldest).length;
          if (isRaised && before < threshold) isRaised = false;
          if (now - late >= oldest) times.push(now - late);
          alert.add(now - late);
          const hits = times.filter((time) => time >= oldest).length;
          expect(alert.hits).toBe(hits);
          if (hits >= threshold) isRaised = true;
          expect(alert.raised !== undefined).toBe(isRaised);
        }
        // Raises and recoveries take turns, in the order of time.
        expect(events.every(({ kind }, i) => kind === (i % 2 === 0 ? 'raised' : 'recovered'))).toBe(true);
        expect(events.every(({ timeUs }, i) => timeUs >= (events[i - 1]?.timeUs ?? 0))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
