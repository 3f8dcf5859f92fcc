import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectionCache, Exclusions, StateSlots } from '../../../cache/index.js';
import { TrafficMeter } from '../../../live/traffic/index.js';
import { type ArchivedRecord, parseNetlinkMessage } from '../../../parse/index.js';
import { buildMessage, tcpInfoBytes } from '../../support/messages.js';
import { sample, testMetrics } from '../../support/metric.js';

const TIME = '2026-11-20T00:00:01Z';
const SEGS_OUT = 136;
const BYTES_RETRANS = 208;

/** Counters in a socket's tcp_info. */
interface Counters {
  readonly sent: number;
  readonly received: number;
  readonly retransmitted: number;
}
const NONE: Counters = { sent: 0, received: 0, retransmitted: 0 };

function record(cookie: bigint, { sent, received, retransmitted }: Counters, state = 1): ArchivedRecord {
  const payload = tcpInfoBytes(sent, received);
  payload.writeBigUInt64LE(BigInt(retransmitted), BYTES_RETRANS);
  // Segments grow with bytes, so that each record is a change.
  payload.writeUInt32LE(sent + received + retransmitted, SEGS_OUT);
  return parseNetlinkMessage(buildMessage({ cookie, state, attributes: [{ type: 2, payload }] }), TIME);
}

function setUp() {
  const metrics = testMetrics();
  const meter = new TrafficMeter(metrics, new StateSlots());
  const exclusions = new Exclusions({ srcPorts: [], dstAddressKeys: [] });
  const cache = new ConnectionCache({ uuidPrefix: 'h', exclusions, observers: [meter] });
  const totals = async (): Promise<Counters> => ({
    sent: await sample(metrics, 'tcpinfo_sent_bytes_total'),
    received: await sample(metrics, 'tcpinfo_received_bytes_total'),
    retransmitted: await sample(metrics, 'tcpinfo_retransmitted_bytes_total'),
  });
  return { cache, meter, metrics, totals };
}

const counters = (sent: number, received = 0, retransmitted = 0): Counters => ({ sent, received, retransmitted });

describe('TrafficMeter', () => {
  it('counts up to the final values of the event', async () => {
    const { cache, meter, totals, metrics } = setUp();
    meter.scanned(0n);
    cache.update(record(1n, counters(10, 20, 1)));
    cache.finish(record(1n, counters(100, 200, 3), 7), undefined);
    expect(await totals()).toEqual(counters(100, 200, 3));
    expect(await sample(metrics, 'tcpinfo_connections_opened_total', { first_seen: 'scan' })).toBe(1);
    expect(await sample(metrics, 'tcpinfo_connections_closed_total', { cause: 'event' })).toBe(1);
  });

  it('counts everything of a connection that no scan has seen', async () => {
    const { cache, meter, totals } = setUp();
    meter.scanned(0n);
    cache.finish(record(1n, counters(5, 6, 7), 7), undefined);
    expect(await totals()).toEqual(counters(5, 6, 7));
  });

  it('counts nothing that was moved before the first scan, but everything after', async () => {
    const { cache, meter, totals } = setUp();
    cache.update(record(1n, counters(1000, 1000)));
    meter.scanned(0n);
    cache.finish(record(1n, counters(1001, 1002), 7), undefined);
    expect(await totals()).toEqual(counters(1, 2));
  });

  it('completes a vanished connection exactly once when its event comes late', async () => {
    const { cache, meter, totals } = setUp();
    meter.scanned(0n);
    cache.update(record(1n, counters(10)));
    cache.end(1n, { timestamp: TIME, cause: 'vanished' });
    cache.finish(record(1n, counters(30), 7), undefined);
    expect(await totals()).toEqual(counters(30));
  });

  it('neither jumps nor decreases when a connection vanishes and comes back', async () => {
    const { cache, meter, totals } = setUp();
    cache.update(record(1n, counters(1000)));
    meter.scanned(0n);
    cache.end(1n, { timestamp: TIME, cause: 'vanished' });
    cache.update(record(1n, counters(1010)));
    expect(await totals()).toEqual(counters(10));
    cache.end(1n, { timestamp: TIME, cause: 'vanished' });
    cache.finish(record(1n, counters(1020), 7), undefined);
    expect(await totals()).toEqual(counters(20));
  });

  it('loses nothing to an event without counters', async () => {
    const { cache, meter, totals } = setUp();
    meter.scanned(0n);
    cache.update(record(1n, counters(10)));
    const message = buildMessage({
      cookie: 1n,
      dport: 0,
      state: 7,
      attributes: [{ type: 2, payload: tcpInfoBytes(0, 0) }],
    });
    cache.finish(parseNetlinkMessage(message, TIME), undefined);
    expect(await totals()).toEqual(counters(10));
  });
});

/** An event of one of a few sockets, or of all. */
type Step =
  | { readonly kind: 'move'; readonly socket: number; readonly by: Counters }
  | { readonly kind: 'scan'; readonly sees: readonly boolean[] }
  | { readonly kind: 'vanish' | 'event'; readonly socket: number };

const SOCKETS = 3;
const socket = fc.nat({ max: SOCKETS - 1 });
const some = fc.nat({ max: 1000 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('move' as const),
    socket,
    by: fc.record({ sent: some, received: some, retransmitted: some }),
  }),
  fc.record({
    kind: fc.constant('scan' as const),
    sees: fc.array(fc.boolean(), { minLength: SOCKETS, maxLength: SOCKETS }),
  }),
  fc.record({ kind: fc.constantFrom('vanish' as const, 'event' as const), socket }),
);

function sum(a: Counters, b: Counters, sign = 1): Counters {
  return counters(a.sent + sign * b.sent, a.received + sign * b.received, a.retransmitted + sign * b.retransmitted);
}

describe('traffic totals', () => {
  it('are what sockets moved while they were watched, for any order of scans and events', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { cache, meter, totals } = setUp();
        const before = counters(500, 600, 70);
        // Every socket but the last existed before the first scan.
        const now = Array.from({ length: SOCKETS }, (_, index) => (index < SOCKETS - 1 ? before : NONE));
        const baseline = [...now];
        const seen = [...now];
        const ended = now.map(() => false);
        now.slice(0, -1).forEach((each, index) => {
          cache.update(record(BigInt(index), each));
        });
        meter.scanned(0n);
        for (const each of steps) {
          if (each.kind === 'scan') {
            each.sees.forEach((sees, index) => {
              const current = now[index];
              if (!sees || ended[index] || current === undefined) return;
              cache.update(record(BigInt(index), current));
              seen[index] = current;
            });
            continue;
          }
          if (ended[each.socket]) continue;
          const current = now[each.socket] ?? NONE;
          const cookie = BigInt(each.socket);
          if (each.kind === 'move') now[each.socket] = sum(current, each.by);
          if (each.kind === 'vanish') cache.end(cookie, { timestamp: TIME, cause: 'vanished' });
          if (each.kind === 'event') {
            cache.finish(record(cookie, current, 7), undefined);
            seen[each.socket] = current;
            ended[each.socket] = true;
          }
          // After each publication, no total decreases or counts twice.
          const expected = seen.reduce(
            (total, last, index) => sum(total, sum(last, baseline[index] ?? NONE, -1)),
            NONE,
          );
          expect(await totals()).toEqual(expected);
        }
      }),
      { numRuns: 60 },
    );
  });
});
