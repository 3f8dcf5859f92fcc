import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectionCache, type ConnectionObserver, Exclusions, StateSlots } from '../../cache/index.js';
import { Collector, WatchedFilters } from '../../collector/index.js';
import { compileFilter, INET_DIAG_INFO, SocketFilter } from '../../inetdiag/index.js';
import { TrafficMeter } from '../../live/traffic/index.js';
import { createLogger } from '../../log/index.js';
import type { AnyBatch, DestroyedKeys, Poller } from '../../native/index.js';
import { AF_INET } from '../../netlink/index.js';
import { buildMessage, tcpInfoBytes } from '../support/messages.js';
import { testMetrics } from '../support/metric.js';

const PORT = 5001;
const END = 1_795_217_283_450_377_228n;
const SECOND = 1_000_000_000n;

/** Socket of a scan or of a destroy event. */
interface Seen {
  readonly cookie: bigint;
  readonly isWatched: boolean;
  readonly isLocal: boolean;
  readonly sent: number;
}

/** One beat: sockets of the scan, then events, then keys that are gone. */
interface Step {
  readonly seen: readonly Seen[];
  readonly ended: readonly Seen[];
  readonly gone: readonly bigint[];
}

const sportOf = ({ isWatched }: Seen): number => (isWatched ? PORT : 6000);
const dstOf = ({ isLocal }: Seen): Uint8Array => (isLocal ? Uint8Array.of(127, 0, 0, 1) : Uint8Array.of(10, 0, 0, 9));

function message(seen: Seen, state = 1): Buffer {
  return buildMessage({
    ...{ cookie: seen.cookie, family: AF_INET, sport: sportOf(seen), state },
    ...{ src: Uint8Array.of(10, 0, 0, 5), dst: dstOf(seen) },
    attributes: [{ type: INET_DIAG_INFO, payload: tcpInfoBytes(seen.sent, 0) }],
  });
}

function pack(messages: readonly Buffer[]): { readonly data: Buffer; readonly spans: number[] } {
  const spans: number[] = [];
  let at = 0;
  for (const each of messages) {
    spans.push(at, each.length);
    at += (each.length + 7) & ~7;
  }
  return { data: Buffer.concat(messages.map((each) => Buffer.concat([each, Buffer.alloc(-each.length & 7)]))), spans };
}

function destroyed(messages: readonly Buffer[], takenNs: bigint): DestroyedKeys {
  const { data, spans } = pack(messages);
  const fours = messages.flatMap((_, i) => [spans[2 * i] ?? 0, spans[2 * i + 1] ?? 0, 0, 0]);
  return {
    data,
    messages: Uint32Array.from(fours),
    lastScans: new Uint32Array(messages.length),
    takenNs,
    ...{ overruns: 0, lost: 0, discarded: 0 },
  };
}

/** A collector, what its observers were told, and its metrics. */
function setUp(isWatching: boolean) {
  const metrics = testMetrics();
  const slots = new StateSlots();
  const recorder = (told: string[]): ConnectionObserver => ({
    opened: ({ cookie }) => told.push(`opened ${cookie}`),
    changed: ({ cookie }) => told.push(`changed ${cookie}`),
    closed: ({ cookie }, { cause }) => told.push(`closed ${cookie} ${cause}`),
  });
  const [told, watched]: [string[], string[]] = [[], []];
  const traffic = new TrafficMeter(metrics, slots);
  const exclusions = new Exclusions({ srcPorts: [], dstAddressKeys: [] });
  const common = { uuidPrefix: 'h', slots };
  const all = new Exclusions({ srcPorts: [], dstAddressKeys: [], local: 'include' });
  let deliver: (batch: AnyBatch) => void = () => undefined;
  const poller: Poller = {
    start: () => undefined,
    stop: async () => undefined,
    latest: () => undefined,
    size: () => 0,
    addSource: () => 0,
    removeSource: () => undefined,
    listening: () => ({ receiveBufferBytes: 1 }),
    setStride: () => undefined,
    setFilters: () => undefined,
  };
  const collector = new Collector({
    ...{ intervalNs: 10e6, destroyEvents: 'auto', metrics, traffic },
    filter: compileFilter(exclusions.rules),
    cache: new ConnectionCache({ ...common, exclusions, observers: [traffic, recorder(told)] }),
    ...(isWatching
      ? {
          watched: {
            filters: new WatchedFilters(exclusions.rules, [{ first: PORT, last: PORT }]),
            createCache: () => new ConnectionCache({ ...common, exclusions: all, observers: [recorder(watched)] }),
            onScan: () => undefined,
            onBatch: () => undefined,
          },
        }
      : {}),
    log: createLogger({ write: () => undefined }),
    createPoller: (_, onBatch) => {
      deliver = onBatch;
      return poller;
    },
  });
  collector.start();
  return { told, watched, metrics, deliver: (batch: AnyBatch) => deliver(batch) };
}

function batchOf({ seen, ended, gone }: Step, scan: number): AnyBatch {
  const { data, spans } = pack(seen.map((each) => message(each)));
  const endNs = END + BigInt(scan) * SECOND;
  return {
    kind: 'scan',
    destroyed: destroyed(
      ended.map((each) => message(each, 7)),
      endNs,
    ),
    ...{
      source: 0,
      scan,
      startNs: endNs - 1000n,
      endNs,
      durationNs: 2e6,
      requestNs: [2e6],
      intervalNs: 10e6,
      lateNs: 0,
    },
    ...{ beatsMissed: 0, beatsHeld: 0, beatsSlowed: 0, beatsLimited: 0, effectiveIntervalNs: 10e6, pending: 0 },
    ...{ queryMethod: 0, seen: 0, tally: Uint32Array.of(0, 0), discarded: 0, unrelated: 0 },
    data,
    changed: Uint32Array.from(spans),
    gone: BigUint64Array.from(gone),
  };
}

const seenArbitrary: fc.Arbitrary<Seen> = fc.record({
  cookie: fc.bigInt(1n, 6n),
  isWatched: fc.boolean(),
  isLocal: fc.boolean(),
  sent: fc.nat(3),
});
const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  seen: fc.uniqueArray(seenArbitrary, { selector: ({ cookie }) => cookie, maxLength: 4 }),
  ended: fc.uniqueArray(seenArbitrary, { selector: ({ cookie }) => cookie, maxLength: 2 }),
  gone: fc.uniqueArray(fc.bigInt(1n, 6n), { maxLength: 2 }),
});

/** Gives each cookie the ends of its first appearance: a socket is rarely connected elsewhere. */
function steady(steps: readonly Step[]): Step[] {
  const first = new Map<bigint, Seen>();
  const same = (seen: Seen): Seen => {
    const before = first.get(seen.cookie) ?? seen;
    first.set(seen.cookie, before);
    return { ...before, sent: seen.sent };
  };
  return steps.map(({ seen, ended, gone }) => ({ seen: seen.map(same), ended: ended.map(same), gone }));
}

describe('a collector that watches services', () => {
  it('tells, records and counts what one without services does, whatever happens to watched sockets', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(stepArbitrary, { maxLength: 6 }), async (given) => {
        const [plain, watching] = [setUp(false), setUp(true)];
        const filter = new SocketFilter(
          compileFilter(new Exclusions({ srcPorts: [], dstAddressKeys: [] }).rules).scanRules,
        );
        // What the kernel would let through without services.
        const passes = (seen: Seen): boolean =>
          filter.wants(
            {
              sport: sportOf(seen),
              dport: 40_000,
              src: Uint8Array.of(10, 0, 0, 5),
              dst: dstOf(seen),
              interface: 0,
              cookie: 0n,
            },
            AF_INET,
          );
        for (const [i, step] of steady(given).entries()) {
          // With services also those of the watched port.
          const also = (seen: Seen): boolean => passes(seen) || seen.isWatched;
          watching.deliver(batchOf({ ...step, seen: step.seen.filter(also), ended: step.ended.filter(also) }, i + 1));
          plain.deliver(batchOf({ ...step, seen: step.seen.filter(passes), ended: step.ended.filter(passes) }, i + 1));
        }
        expect(watching.told).toEqual(plain.told);
        expect(await watching.metrics.registry.metrics()).toBe(await plain.metrics.registry.metrics());
      }),
      { numRuns: 300 },
    );
  });

  it('has a cache of its own for what is watched only', () => {
    const { told, watched, deliver } = setUp(true);
    const [local, far] = [true, false].map((isLocal, i) => ({
      cookie: BigInt(i + 1),
      isWatched: true,
      isLocal,
      sent: 0,
    }));
    if (local === undefined || far === undefined) throw new Error('no sockets');
    deliver(batchOf({ seen: [local, far], ended: [], gone: [] }, 1));
    deliver(batchOf({ seen: [{ ...local, sent: 2 }], ended: [], gone: [] }, 2));
    deliver(batchOf({ seen: [], ended: [local], gone: [2n] }, 3));
    expect(told).toEqual(['opened 2', 'closed 2 vanished']);
    expect(watched).toEqual(['opened 1', 'changed 1', 'changed 1', 'closed 1 event']);
  });

  it('follows a socket that is connected elsewhere', () => {
    const { told, watched, deliver } = setUp(true);
    const local = { cookie: 1n, isWatched: true, isLocal: true, sent: 0 };
    deliver(batchOf({ seen: [local], ended: [], gone: [] }, 1));
    deliver(batchOf({ seen: [{ ...local, isLocal: false }], ended: [], gone: [] }, 2));
    deliver(batchOf({ seen: [local], ended: [], gone: [] }, 3));
    expect(told).toEqual(['opened 1', 'closed 1 vanished']);
    expect(watched).toEqual(['opened 1', 'closed 1 reconnected', 'opened 1']);
  });
});
