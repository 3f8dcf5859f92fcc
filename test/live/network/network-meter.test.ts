import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ConnectionCache, Exclusions, StateSlots } from '../../../cache/index.js';
import type { PortMask } from '../../../host/index.js';
import {
  EphemeralPorts,
  NetworkMeter,
  type NetworkMeterOptions,
  type PortGroup,
  PortGroups,
} from '../../../live/network/index.js';
import { TrafficMeter } from '../../../live/traffic/index.js';
import { createMetrics, type NetworkMetricGroup } from '../../../metrics/index.js';
import { fieldOf } from '../../../netlink/index.js';
import { type ArchivedRecord, type Netns, parseNetlinkMessage } from '../../../parse/index.js';
import { TCP_INFO, type TcpInfo, TcpState } from '../../../tcp/index.js';
import { buildMessage, type MessageSpec } from '../../support/messages.js';
import { sample } from '../../support/metric.js';

const TIME = '2026-11-21T00:00:01Z';
const GROUPS: readonly PortGroup[] = [
  { text: '443', first: 443, last: 443 },
  { text: '5000-5010', first: 5000, last: 5010 },
];
const LOCAL = { port_group: '5000-5010', side: 'local' };
const OTHER = { port_group: 'other', side: 'any' };

/** Returns a tcp_info with these numbers, cut to the `length` that an older kernel reports. */
function info(fields: Partial<TcpInfo> = {}, length = 280): Buffer {
  const payload = Buffer.alloc(280);
  for (const [name, value] of Object.entries(fields)) {
    const { offset, size } = fieldOf(TCP_INFO, name as never);
    if (size === 8) payload.writeBigUInt64LE(BigInt(value as number), offset);
    else if (size === 4) payload.writeUInt32LE(value as number, offset);
  }
  return payload.subarray(0, length);
}

let records = 0;

function record(cookie: bigint, fields?: Partial<TcpInfo> | Buffer, more: MessageSpec = {}): ArchivedRecord {
  const payload = Buffer.isBuffer(fields) ? fields : info(fields);
  // Segments grow with everything else, so that each record is a change.
  if (!Buffer.isBuffer(fields)) payload.writeUInt32LE(++records, fieldOf(TCP_INFO, 'segsOut').offset);
  const attributes = fields === undefined ? [] : [{ type: 2, payload }];
  return parseNetlinkMessage(buildMessage({ cookie, attributes, ...more }), TIME);
}

interface Setting extends Partial<NetworkMeterOptions> {
  readonly disabled?: readonly NetworkMetricGroup[];
  readonly groups?: readonly PortGroup[];
  readonly mask?: () => PortMask | undefined;
  readonly netns?: Netns;
}

function setUp({ disabled = [], groups = GROUPS, mask, netns, ...more }: Setting = {}) {
  const network = { portGroups: groups.map(({ text }) => text), disabled };
  const metrics = createMetrics({ version: 'test', processMetrics: false, network });
  const slots = new StateSlots();
  const traffic = new TrafficMeter(metrics, slots);
  const meter = new NetworkMeter({
    metrics: metrics.network,
    portGroups: new PortGroups(groups),
    slots,
    traffic: traffic.slot,
    isWatched: (where) => traffic.isWatching(where),
    connections: () => cache.connections(),
    ...(mask === undefined ? {} : { ephemeral: new EphemeralPorts(mask) }),
    ...more,
  });
  const cache: ConnectionCache = new ConnectionCache({
    uuidPrefix: 'h',
    exclusions: new Exclusions({ srcPorts: [], dstAddressKeys: [] }),
    observers: [traffic, meter],
    ...(netns === undefined ? {} : { netns }),
  });
  const value = async (name: string, labels: Readonly<Record<string, string>> = LOCAL) =>
    await sample(metrics, `tcpinfo_network_${name}`, labels);
  const vanish = (cookie: bigint) => cache.end(cookie, { timestamp: TIME, cause: 'vanished' });
  return { cache, meter, metrics, traffic, value, vanish };
}

const COUNTED = {
  bytesSent: 10_000,
  bytesReceived: 2000,
  bytesRetrans: 300,
  dataSegsOut: 10,
  totalRetrans: 3,
} as const;

describe('NetworkMeter', () => {
  it('counts what a connection did, once, up to its end', async () => {
    const { cache, meter, traffic, value } = setUp();
    traffic.scanned(0n);
    cache.update(record(1n, {}));
    cache.update(record(1n, COUNTED));
    meter.walk();
    meter.walk();
    expect(await value('sent_bytes_total')).toBe(10_000);
    cache.finish(record(1n, { ...COUNTED, bytesSent: 10_500, dataSegsOut: 11 }, { state: 7 }), undefined);
    meter.walk();
    expect(await value('sent_bytes_total')).toBe(10_500);
    expect(await value('received_bytes_total')).toBe(2000);
    expect(await value('retransmitted_bytes_total')).toBe(300);
    expect(await value('sent_segments_total')).toBe(11);
    expect(await value('retransmitted_segments_total')).toBe(3);
    expect(await value('connections_opened_total')).toBe(1);
    expect(await value('connections_closed_total')).toBe(1);
    expect(await value('sent_bytes_total', OTHER)).toBe(0);
  });

  it('counts a connection known only from its destroy event', async () => {
    const { cache, traffic, value } = setUp();
    traffic.scanned(0n);
    cache.finish(record(1n, { ...COUNTED, rttUs: 1500 }, { state: 7, sport: 40_000, dport: 443 }), undefined);
    const remote = { port_group: '443', side: 'remote' };
    expect(await value('sent_bytes_total', remote)).toBe(10_000);
    expect(await value('rtt_seconds_count', remote)).toBe(1);
    expect(await value('connections_closed_total', remote)).toBe(1);
  });

  it('counts nothing from before the first scan', async () => {
    const { cache, meter, traffic, value } = setUp();
    cache.update(record(1n, COUNTED));
    meter.walk();
    traffic.scanned(0n);
    cache.update(record(1n, { ...COUNTED, bytesSent: 10_001, totalRetrans: 4 }));
    meter.walk();
    expect(await value('sent_bytes_total')).toBe(1);
    expect(await value('received_bytes_total')).toBe(0);
    expect(await value('retransmitted_segments_total')).toBe(1);
  });

  it('completes a vanished connection on its late event, and continues when it comes back', async () => {
    const { cache, meter, traffic, value, vanish } = setUp();
    traffic.scanned(0n);
    cache.update(record(1n, { bytesSent: 10 }));
    vanish(1n);
    cache.update(record(1n, { bytesSent: 15 }));
    meter.walk();
    expect(await value('sent_bytes_total')).toBe(15);
    vanish(1n);
    cache.finish(record(1n, { bytesSent: 18 }, { state: 7 }), undefined);
    expect(await value('sent_bytes_total')).toBe(18);
    expect(await value('connections_opened_total')).toBe(2);
    expect(await value('connections_closed_total')).toBe(2);
  });

  it('counts a connection that came back before the walk it was waiting for', async () => {
    const { cache, meter, traffic, value, vanish } = setUp();
    traffic.scanned(0n);
    cache.update(record(1n, { bytesSent: 10 }));
    vanish(1n);
    cache.update(record(1n, { bytesSent: 30 }));
    meter.walk();
    cache.update(record(1n, { bytesSent: 31 }));
    meter.walk();
    expect(await value('sent_bytes_total')).toBe(31);
  });

  it('adds nothing for decreasing counters, and everything for counters that wrapped at 2^32', async () => {
    const { cache, meter, traffic, value } = setUp();
    cache.update(record(1n, { bytesSent: 100, dataSegsOut: 2 ** 32 - 5, totalRetrans: 9 }));
    traffic.scanned(0n);
    cache.update(record(1n, { bytesSent: 200, dataSegsOut: 5, totalRetrans: 8 }));
    meter.walk();
    expect(await value('sent_segments_total')).toBe(10);
    expect(await value('retransmitted_segments_total')).toBe(0);
    cache.update(record(1n, { bytesSent: 0, dataSegsOut: 1, totalRetrans: 1 }));
    meter.walk();
    expect(await value('sent_bytes_total')).toBe(100);
    expect(await value('sent_segments_total')).toBe(10);
  });

  it('works without the counters that older kernels lack', async () => {
    const { cache, meter, traffic, value } = setUp();
    traffic.scanned(0n);
    cache.update(record(1n, info({ totalRetrans: 2, rttUs: 700 }, 104)));
    meter.walk();
    expect(await value('sent_bytes_total')).toBe(0);
    expect(await value('sent_segments_total')).toBe(0);
    expect(await value('retransmitted_segments_total')).toBe(2);
    expect(await value('rtt_seconds_sum')).toBe(0.0007);
    await expect(value('min_rtt_seconds_count')).rejects.toThrow(/no sample/);
  });

  it('keeps the counts of a socket that has lost its tcp_info', async () => {
    const { cache, meter, traffic, value } = setUp();
    traffic.scanned(0n);
    cache.update(record(1n, { bytesSent: 10 }));
    cache.update(record(1n, undefined, { state: TcpState.FIN_WAIT2 }));
    meter.walk();
    expect(await value('sent_bytes_total')).toBe(10);
    expect(await value('connections', { family: 'ipv4', state: 'fin_wait2' })).toBe(1);
    cache.update(record(1n, { bytesSent: 12 }, { state: TcpState.FIN_WAIT2 }));
    meter.walk();
    expect(await value('sent_bytes_total')).toBe(12);
  });

  it('observes RTTs once per walk and connection, and at the end if there was a new record', async () => {
    const { cache, meter, traffic, value, vanish } = setUp();
    traffic.scanned(0n);
    const rtt = (rttUs: number) => record(1n, { rttUs, minRttUs: 100 });
    cache.update(rtt(100));
    cache.update(rtt(101));
    meter.walk();
    meter.walk();
    expect(await value('rtt_seconds_count')).toBe(1);
    expect(await value('rtt_seconds_bucket', { ...LOCAL, le: '0.0001' })).toBe(0);
    expect(await value('rtt_seconds_bucket', { ...LOCAL, le: '0.0002' })).toBe(1);
    expect(await value('min_rtt_seconds_bucket', { ...LOCAL, le: '0.0001' })).toBe(1);
    cache.update(rtt(20_000_000));
    vanish(1n);
    expect(await value('rtt_seconds_bucket', { ...LOCAL, le: '10' })).toBe(1);
    expect(await value('rtt_seconds_bucket', { ...LOCAL, le: '+Inf' })).toBe(2);
    expect(await value('rtt_seconds_sum')).toBe(20.000101);
    cache.update(rtt(0));
    meter.walk();
    cache.update(record(1n, { rttUs: 0, minRttUs: 0xffff_ffff }));
    meter.walk();
    vanish(1n);
    expect(await value('rtt_seconds_count')).toBe(2);
    expect(await value('min_rtt_seconds_count')).toBe(3);
  });

  it('counts living connections by state at once, independent of walks', async () => {
    const { cache, value, vanish } = setUp();
    const count = async (state: string, family = 'ipv4') => await value('connections', { family, state });
    cache.update(record(1n, {}, { state: TcpState.SYN_SENT }));
    cache.update(record(2n, {}, { family: 10, src: Buffer.alloc(16, 0x20), dst: Buffer.alloc(16, 0x21) }));
    expect(await count('syn_sent')).toBe(1);
    expect(await count('established', 'ipv6')).toBe(1);
    cache.update(record(1n, {}, { state: TcpState.ESTABLISHED }));
    expect(await count('syn_sent')).toBe(0);
    expect(await count('established')).toBe(1);
    cache.update(record(1n, {}, { state: TcpState.CLOSE_WAIT }));
    cache.finish(record(1n, {}, { state: TcpState.CLOSE }), undefined);
    vanish(2n);
    for (const state of ['established', 'close_wait']) {
      expect(await count(state)).toBe(0);
      expect(await count(state, 'ipv6')).toBe(0);
    }
  });

  it('walks many connections in slices, and yields in between', async () => {
    const turns: (() => void)[] = [];
    const { cache, meter, traffic, value } = setUp({ later: (work) => turns.push(work) });
    traffic.scanned(0n);
    for (let i = 1n; i <= 2500n; i++) cache.update(record(i, { bytesSent: 1 }));
    meter.walk();
    expect(await value('sent_bytes_total')).toBe(1024);
    // Not counted yet, and reported again: no connection is counted twice.
    cache.update(record(2000n, { bytesSent: 3 }));
    cache.update(record(1n, { bytesSent: 2 }));
    cache.end(2400n, { timestamp: TIME, cause: 'vanished' });
    meter.walk();
    turns.shift()?.();
    turns.shift()?.();
    expect(turns).toEqual([]);
    expect(await value('sent_bytes_total')).toBe(2502);
    meter.walk();
    expect(await value('sent_bytes_total')).toBe(2503);
  });

  it('walks once a second while it runs', async () => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { cache, meter, traffic, value } = setUp();
    traffic.scanned(0n);
    meter.start();
    cache.update(record(1n, { bytesSent: 10 }));
    vi.advanceTimersByTime(999);
    expect(await value('sent_bytes_total')).toBe(0);
    vi.advanceTimersByTime(1);
    expect(await value('sent_bytes_total')).toBe(10);
    meter.stop();
    cache.update(record(1n, { bytesSent: 20 }));
    vi.advanceTimersByTime(5000);
    expect(await value('sent_bytes_total')).toBe(10);
    cache.endAll(TIME);
    expect(await value('sent_bytes_total')).toBe(20);
  });

  it('has no timer when nothing is counted from records', () => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { cache, meter } = setUp({ disabled: ['traffic', 'rtt', 'limited'] });
    meter.start();
    cache.update(record(1n, COUNTED));
    expect(vi.getTimerCount()).toBe(0);
  });

  it('counts connections of other namespaces, but not the ports they use', async () => {
    const mask = new Uint8Array(65_536).fill(1);
    const { cache, metrics, traffic, value } = setUp({ mask: () => mask, netns: { inode: 7, name: 'x' } });
    traffic.scanned(0n, { inode: 7, name: 'x' });
    cache.update(record(1n, COUNTED));
    cache.endAll(TIME);
    expect(await value('connections_closed_total')).toBe(1);
    expect(await sample(metrics, 'tcpinfo_ephemeral_ports_used')).toBe(0);
  });

  it('reports local ports, and notices a changed port range', async () => {
    const range = (first: number, last: number) => new Uint8Array(65_536).fill(1, first, last + 1);
    let mask = range(5000, 5009);
    const { cache, metrics, vanish } = setUp({ mask: () => mask });
    const figures = async () => [
      await sample(metrics, 'tcpinfo_ephemeral_ports'),
      await sample(metrics, 'tcpinfo_ephemeral_ports_used'),
      await sample(metrics, 'tcpinfo_ephemeral_ports_used_to_busiest_destination'),
    ];
    cache.update(record(1n, {}, { sport: 5000, dport: 80 }));
    cache.update(record(2n, {}, { sport: 5001, dport: 80 }));
    cache.update(record(3n, {}, { sport: 5001, dport: 81 }));
    cache.update(record(4n, {}, { sport: 4999, dport: 80 }));
    expect(await figures()).toEqual([10, 2, 2]);
    mask = range(4999, 5000);
    expect(await figures()).toEqual([2, 2, 2]);
    vanish(1n);
    vanish(2n);
    expect(await figures()).toEqual([2, 1, 1]);
    vanish(3n);
    vanish(4n);
    expect(await figures()).toEqual([2, 0, 0]);
  });
});

/** An event of one of a few sockets. */
interface Step {
  readonly kind: 'record' | 'vanish' | 'event' | 'walk';
  readonly socket: number;
  readonly sent: number;
  readonly received: number;
  readonly retransmitted: number;
}

const PORTS = [443, 5005, 60_000, 443] as const;
const some = fc.nat({ max: 5 });
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('record' as const, 'record' as const, 'vanish' as const, 'event' as const, 'walk' as const),
  socket: fc.nat({ max: PORTS.length - 1 }),
  sent: some,
  received: some,
  retransmitted: some,
});

describe('the sum over port groups', () => {
  it('is the total, for any sequence of records', async () => {
    const names = [
      ...['sent_bytes_total', 'received_bytes_total', 'retransmitted_bytes_total'],
      ...['connections_opened_total', 'connections_closed_total'],
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat({ max: 60 }), async (steps, watchedFrom) => {
        const { cache, meter, metrics, traffic, vanish } = setUp();
        for (const [index, { kind, socket, sent, received, retransmitted }] of steps.entries()) {
          if (index === watchedFrom) traffic.scanned(0n);
          const cookie = BigInt(socket);
          const counters = { bytesSent: sent, bytesReceived: received, bytesRetrans: retransmitted };
          const of = { sport: PORTS[socket] ?? 1, dport: 1000 + socket };
          if (kind === 'walk') meter.walk();
          else if (kind === 'vanish') vanish(cookie);
          else if (kind === 'event') cache.finish(record(cookie, counters, { ...of, state: 7 }), undefined);
          else cache.update(record(cookie, counters, of));
        }
        meter.walk();
        const families = await metrics.registry.getMetricsAsJSON();
        const sum = (name: string) =>
          families.find((family) => family.name === name)?.values.reduce((total, each) => total + each.value, 0);
        for (const name of names) expect(sum(`tcpinfo_network_${name}`), name).toBe(sum(`tcpinfo_${name}`));
        const byState = sum('tcpinfo_network_connections');
        expect(byState).toBe(cache.size);
      }),
      { numRuns: 200 },
    );
  });
});
