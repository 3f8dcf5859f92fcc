import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ConnectionCache, type ConnectionObserver, Exclusions, StateSlots } from '../../cache/index.js';
import { Collector, DestroyEventsError, type DestroyEventsMode, tcpConnections } from '../../collector/index.js';
import { TrafficMeter } from '../../live/traffic/index.js';
import { createLogger } from '../../log/index.js';
import type { AnyBatch, Batch, DestroyedKeys, Listening, Poller } from '../../native/index.js';
import { buildMessage, tcpInfo, tcpInfoBytes } from '../support/messages.js';
import { sample, testMetrics } from '../support/metric.js';

const NOON = 1_795_176_000_000_000_000n; // 2026-11-20T12:00:00Z
const SECOND = 1_000_000_000n;
const EXCLUDED_PORT = 9090;

/** Messages in the layout of the poll thread. */
class Packed {
  readonly spans: number[] = [];
  readonly #parts: Buffer[] = [];
  #at = 0;

  add(message: Buffer): this {
    const padded = Buffer.concat([message, Buffer.alloc(-message.length & 7)]);
    this.spans.push(this.#at, message.length);
    this.#parts.push(padded);
    this.#at += padded.length;
    return this;
  }

  get data(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** A destroy event, and the last scanned message of that socket. */
type End = readonly [event: Buffer, seen?: Buffer];

function endedOf(ends: readonly End[], more: Partial<DestroyedKeys> = {}): DestroyedKeys {
  const packed = new Packed();
  for (const [event, seen] of ends) packed.add(event).add(seen ?? Buffer.alloc(0));
  const lastScans = Uint32Array.from(ends, ([, seen]) => (seen === undefined ? 0 : 1));
  const base = { lastScans, takenNs: NOON + 5n * SECOND, overruns: 0, lost: 0, discarded: 0 };
  return { ...base, data: packed.data, messages: Uint32Array.from(packed.spans), ...more };
}

function setUp(mode: DestroyEventsMode = 'auto') {
  const metrics = testMetrics();
  const log: string[] = [];
  const told: string[] = [];
  const recorder: ConnectionObserver = {
    opened: ({ cookie, firstSeen }) => told.push(`opened ${cookie} ${firstSeen}`),
    changed: ({ cookie, last }) => told.push(`changed ${cookie} ${last.timestamp}`),
    closed: ({ cookie }, { timestamp, cause }) => told.push(`closed ${cookie} ${timestamp} ${cause}`),
    lateEvent: (_, last) => told.push(`late ${last?.timestamp}`),
  };
  const traffic = new TrafficMeter(metrics, new StateSlots());
  const exclusions = new Exclusions({ srcPorts: [EXCLUDED_PORT], dstAddressKeys: [] });
  const cache = new ConnectionCache({ uuidPrefix: 'h', exclusions, observers: [traffic, recorder] });
  let refusal: Error | undefined;
  let grant: Listening | undefined;
  const strides: number[] = [];
  const poller: Poller = {
    start() {
      if (refusal !== undefined) throw refusal;
    },
    stop: async () => undefined,
    latest: () => undefined,
    size: () => 0,
    addSource: () => 0,
    removeSource: () => undefined,
    setFilters: () => undefined,
    listening: () => grant,
    setStride: (stride) => strides.push(stride),
  };
  let deliver: (batch: AnyBatch) => void = () => undefined;
  const collector = new Collector({
    intervalNs: 10e6,
    destroyEvents: mode,
    cache,
    traffic,
    metrics,
    log: createLogger({ write: (line) => log.push(line) }),
    createPoller: (_, onBatch) => {
      deliver = onBatch;
      return poller;
    },
  });
  let scans = 0;
  return {
    cache,
    collector,
    log,
    metrics,
    strides,
    told,
    refuse: (error: Error) => {
      refusal = error;
    },
    grant: (given: Listening) => {
      grant = given;
    },
    scan(messages: readonly Buffer[], ended: DestroyedKeys = endedOf([]), more: Partial<Batch> = {}) {
      const packed = new Packed();
      for (const message of messages) packed.add(message);
      deliver({
        kind: 'scan',
        source: 0,
        destroyed: ended,
        scan: ++scans,
        startNs: NOON + BigInt(scans) * SECOND - 1000n,
        endNs: NOON + BigInt(scans) * SECOND,
        durationNs: 1000,
        requestNs: [1000],
        intervalNs: 0,
        lateNs: 0,
        beatsMissed: 0,
        beatsHeld: 0,
        beatsSlowed: 0,
        beatsLimited: 0,
        effectiveIntervalNs: 10_000_000,
        pending: 0,
        queryMethod: 0,
        seen: messages.length,
        tally: Uint32Array.of(messages.length, 0),
        discarded: 0,
        unrelated: 0,
        data: packed.data,
        changed: Uint32Array.from(packed.spans),
        gone: new BigUint64Array(),
        ...more,
      });
    },
    ends(ended: DestroyedKeys) {
      deliver({ kind: 'destroyed', source: 0, pending: 0, destroyed: ended });
      // The poll thread reuses its buffer.
      ended.data.fill(0xee);
    },
    outcome: (outcome: string) => sample(metrics, 'tcpinfo_destroy_events_total', { outcome }),
  };
}

const flow = (cookie: bigint, sent = 0, more: object = {}) =>
  buildMessage({ cookie, attributes: [{ type: 2, payload: tcpInfoBytes(sent, 0) }], ...more });
const end = (cookie: bigint, sent = 0, more: object = {}) => flow(cookie, sent, { type: 20, state: 7, ...more });

/** Makes the first attribute of a message shorter than its own header. */
function broken(message: Buffer): Buffer {
  message.writeUInt16LE(2, 88);
  return message;
}

describe('destroy events', () => {
  it('in a batch of their own close connections at the time of receipt', () => {
    const { scan, ends, told } = setUp();
    scan([flow(1n), flow(2n)]);
    ends(endedOf([[end(2n), flow(2n)], [end(1n)], [end(3n)]]));
    expect(told.slice(2)).toEqual([
      'changed 2 2026-11-20T12:00:05Z',
      'closed 2 2026-11-20T12:00:05Z event',
      'changed 1 2026-11-20T12:00:05Z',
      'closed 1 2026-11-20T12:00:05Z event',
      'opened 3 event',
      'closed 3 2026-11-20T12:00:05Z event',
    ]);
  });

  it('within a scan come after its changes and before vanished connections', () => {
    const { scan, told } = setUp();
    scan([flow(1n), flow(2n)]);
    scan([flow(1n, 5), flow(3n)], endedOf([[end(1n, 6)], [end(3n)]]), { gone: BigUint64Array.of(2n) });
    expect(told.slice(2).map((line) => line.replace(/ 2026\S+/, ''))).toEqual([
      'changed 1',
      'opened 3 scan',
      'changed 1',
      'closed 1 event',
      'changed 3',
      'closed 3 event',
      'closed 2 vanished',
    ]);
  });

  it('are counted by outcome', async () => {
    const { scan, ends, outcome, metrics, log } = setUp();
    scan([flow(1n), flow(2n), flow(3n), flow(4n, 0, { sport: EXCLUDED_PORT })]);
    scan([], endedOf([]), { gone: BigUint64Array.of(2n) });
    expect(await sample(metrics, 'tcpinfo_destroy_events_awaited')).toBe(1);
    const lost = { dport: 0, src: new Uint8Array(4) };
    const opened = { attributes: [{ type: 2, payload: tcpInfo(280, { 230: 1 }) }] };
    ends(
      endedOf([
        [end(1n)],
        [end(2n)],
        [end(3n, 0, lost)],
        [end(4n, 0, { sport: EXCLUDED_PORT })],
        [end(5n)],
        [end(6n, 0, { ...lost, dst: new Uint8Array(4) })],
        [end(7n, 0, { ...lost, ...opened })],
        [end(8n, 0, lost)],
        [end(9n, 0, lost)],
      ]),
    );
    const counts = {
      closed: 2,
      late: 1,
      excluded: 1,
      unseen: 1,
      unconnected: 1,
      unrecorded_reset: 1,
      unrecorded_failed: 2,
    };
    for (const [each, count] of Object.entries(counts)) expect([each, await outcome(each)]).toEqual([each, count]);
    // Logged once.
    expect(log.map((line) => line.replace(/^.*msg=/, ''))).toEqual([
      expect.stringMatching(/^"connections that no scan sees,.* are counted but not recorded"/),
    ]);
    expect(await outcome('malformed')).toBe(0);
    expect(await sample(metrics, 'tcpinfo_destroy_events_awaited')).toBe(0);
    expect(await sample(metrics, 'tcpinfo_connections')).toBe(0);
    expect(await sample(metrics, 'tcpinfo_connections_excluded')).toBe(0);
  });

  it('that are malformed are counted and end their connection, and the others are processed', async () => {
    const { scan, ends, told, outcome, metrics } = setUp();
    scan([flow(1n), flow(2n)]);
    // The poll thread has forgotten the key: no later message would end the connection.
    ends(endedOf([[broken(end(1n))], [end(2n)]], { discarded: 3 }));
    expect(told.slice(2)).toEqual([
      'closed 1 2026-11-20T12:00:05Z vanished',
      'changed 2 2026-11-20T12:00:05Z',
      'closed 2 2026-11-20T12:00:05Z event',
    ]);
    expect(await outcome('malformed')).toBe(4);
    expect(await sample(metrics, 'tcpinfo_messages_discarded_total', { reason: 'malformed' })).toBe(1);
  });

  it('are processed if the last scanned message is malformed', async () => {
    const { scan, ends, told, outcome } = setUp();
    scan([flow(1n)]);
    ends(endedOf([[end(1n), broken(flow(1n))]]));
    expect(told.at(-1)).toBe('closed 1 2026-11-20T12:00:05Z event');
    expect(await outcome('closed')).toBe(1);
  });
});

describe('listening for destroy events', () => {
  const gauge = (metrics: ReturnType<typeof testMetrics>) => sample(metrics, 'tcpinfo_destroy_events_listening');

  it('is reported at the start and as a metric', async () => {
    const { collector, grant, metrics } = setUp();
    const listening = { receiveBufferBytes: 64_000_000, forced: true };
    grant(listening);
    expect(collector.start()).toEqual(listening);
    expect(await gauge(metrics)).toBe(1);
    expect(await sample(metrics, 'tcpinfo_destroy_events_receive_buffer_bytes')).toBe(64_000_000);
  });

  it('is no error when it is refused or off', async () => {
    const refused = setUp();
    refused.grant({ failure: { code: 'ERR_SOCKET', errno: 1, op: 'bind' } });
    expect(refused.collector.start()?.failure?.op).toBe('bind');
    expect(await gauge(refused.metrics)).toBe(0);
    const off = setUp('off');
    expect(off.collector.start()).toBeUndefined();
    expect(await gauge(off.metrics)).toBe(0);
  });

  it('throws the reason when it is required and refused', () => {
    const { collector, refuse } = setUp('on');
    const cause = Object.assign(new Error('bind'), { code: 'ERR_SOCKET', errno: 1, syscall: 'bind' });
    refuse(cause);
    expect(() => collector.start()).toThrow(DestroyEventsError);
    expect(() => collector.start()).toThrow(
      expect.objectContaining({
        code: 'ERR_DESTROY_EVENTS',
        message: 'destroy events unavailable (bind: EPERM), but --events.destroy=on requires them',
        cause,
      }),
    );
  });

  it('rethrows other errors of the start', () => {
    const { collector, refuse } = setUp('on');
    const other = Object.assign(new Error('no thread'), { code: 'ERR_THREAD' });
    refuse(other);
    expect(() => collector.start()).toThrow(other);
  });

  it('counts lost events, and logs the loss once', async () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(1000);
    onTestFinished(() => now.mockRestore());
    const { ends, scan, metrics, log } = setUp();
    ends(endedOf([], { overruns: 1, lost: 40 }));
    ends(endedOf([], { overruns: 2, lost: 2 }));
    now.mockReturnValue(20_000);
    scan([]);
    expect(await sample(metrics, 'tcpinfo_destroy_events_overruns_total')).toBe(3);
    expect(await sample(metrics, 'tcpinfo_destroy_events_lost_total')).toBe(42);
    expect(log.map((line) => line.replace(/^.*msg=/, ''))).toEqual([
      expect.stringMatching(/^"destroy events lost.* lost=40 /),
      expect.stringMatching(/^"destroy events are complete again"/),
    ]);
  });

  it('logs an interruption, until it has started again', async () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(1000);
    onTestFinished(() => now.mockRestore());
    const { collector, ends, scan, grant, metrics, log } = setUp();
    grant({ receiveBufferBytes: 4096, forced: false });
    collector.start();
    const failure = { code: 'ERR_RECEIVE', errno: 9, op: 'recvmmsg' };
    ends(endedOf([], { failure }));
    expect(await gauge(metrics)).toBe(0);
    scan([], endedOf([], { failure: { code: 'ERR_SOCKET', errno: 24, op: 'socket' } }));
    expect(await gauge(metrics)).toBe(0);
    now.mockReturnValue(20_000);
    scan([]);
    expect(await gauge(metrics)).toBe(1);
    expect(log.map((line) => line.replace(/^.*msg=/, ''))).toEqual([
      expect.stringMatching(/^"destroy event socket failed.*op=recvmmsg/),
      expect.stringMatching(/^"destroy event socket works again"/),
    ]);
  });
});

describe('the poll source', () => {
  it('requests destroy events by mode, and remembers sockets in every mode', () => {
    expect(tcpConnections(10e6, 'off').destroyEvents).toBeUndefined();
    expect(tcpConnections(10e6, 'auto').destroyEvents).toMatchObject({ required: false, graceScans: 300, groups: 5 });
    // About three seconds, and at least two scans.
    expect(tcpConnections(1e6, 'auto').destroyEvents).toMatchObject({ graceScans: 3000 });
    expect(tcpConnections(10e9, 'auto').destroyEvents).toMatchObject({ graceScans: 2 });
    expect(tcpConnections(10e6, 'on').destroyEvents).toMatchObject({ required: true });
    expect(tcpConnections(10e6, 'off').leftovers).toEqual([
      { offset: 2, bytes: [3] },
      { offset: 1, bytes: [7] },
      { offset: 4, bytes: [0, 0], always: true },
    ]);
  });
});

describe('slow mode', () => {
  it('scans every tenth beat, and every beat again afterwards', async () => {
    const { collector, strides, scan, metrics } = setUp();
    collector.slow(true);
    collector.slow(false);
    expect(strides).toEqual([10, 1]);
    scan([], endedOf([]), { beatsSlowed: 9 });
    expect(await sample(metrics, 'tcpinfo_scan_beats_skipped_total', { reason: 'pressure' })).toBe(9);
  });
});
