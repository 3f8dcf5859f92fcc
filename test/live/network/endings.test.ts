import { describe, expect, it } from 'vitest';
import { ConnectionCache, Exclusions, StateSlots } from '../../../cache/index.js';
import { NetworkMeter, PortGroups } from '../../../live/network/index.js';
import { TrafficMeter } from '../../../live/traffic/index.js';
import { createMetrics, type NetworkMetricGroup } from '../../../metrics/index.js';
import { fieldOf } from '../../../netlink/index.js';
import { type ArchivedRecord, parseNetlinkMessage } from '../../../parse/index.js';
import { TCP_INFO, type TcpInfo, TcpState } from '../../../tcp/index.js';
import { buildMessage } from '../../support/messages.js';
import { sample } from '../../support/metric.js';

const TIME = '2026-11-21T00:00:01Z';
const GROUP = { text: '5432', first: 5432, last: 5432 };
const { SYN_SENT, ESTABLISHED, CLOSE } = TcpState;

/** Returns a record of a connection to port 5432, with these numbers in tcp_info. */
function record(state: number, fields: Partial<TcpInfo>, dport = 5432): ArchivedRecord {
  const payload = Buffer.alloc(280);
  for (const [name, value] of Object.entries(fields)) {
    const { offset, size } = fieldOf(TCP_INFO, name as never);
    if (size === 8) payload.writeBigUInt64LE(BigInt(value as number), offset);
    else payload.writeUIntLE(value as number, offset, size);
  }
  const attributes = [{ type: 2, payload }];
  return parseNetlinkMessage(buildMessage({ cookie: 1n, state, sport: 40_000, dport, attributes }), TIME);
}

function setUp(disabled: readonly NetworkMetricGroup[] = []) {
  const metrics = createMetrics({
    version: 'test',
    processMetrics: false,
    network: { portGroups: [GROUP.text], disabled },
  });
  const slots = new StateSlots();
  const traffic = new TrafficMeter(metrics, slots);
  const meter = new NetworkMeter({
    metrics: metrics.network,
    portGroups: new PortGroups([GROUP]),
    slots,
    traffic: traffic.slot,
    isWatched: () => true,
    connections: () => cache.connections(),
  });
  const exclusions = new Exclusions({ srcPorts: [], dstAddressKeys: [] });
  const cache: ConnectionCache = new ConnectionCache({ uuidPrefix: 'h', exclusions, observers: [traffic, meter] });
  const labels = { port_group: '5432', side: 'remote' };
  /** Returns the non-zero counts by reason and side. */
  const counts = async (): Promise<Readonly<Record<string, number>>> => {
    const found: Record<string, number> = {};
    for (const reason of ['refused', 'unanswered', 'other']) {
      found[reason] = await sample(metrics, 'tcpinfo_network_connects_failed_total', { ...labels, reason });
    }
    for (const by of ['local', 'remote', 'unknown']) {
      found[by] = await sample(metrics, 'tcpinfo_network_connections_reset_total', { ...labels, by });
    }
    return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== 0));
  };
  const end = (cause: 'vanished' | 'shutdown' | 'reconnected') => cache.end(1n, { timestamp: TIME, cause });
  return { cache, metrics, counts, end };
}

const OPENING = { segsOut: 1 } as const;
const OPEN = {
  ...{ bytesSent: 300, bytesAcked: 301, bytesReceived: 700, segsOut: 4, segsIn: 3, dataSegsOut: 1, dataSegsIn: 1 },
  delivered: 2,
} as const;

describe('connection endings in network metrics', () => {
  it.each<[string, Partial<TcpInfo>]>([
    ['refused', { ...OPENING, segsIn: 1 }],
    ['unanswered', { segsOut: 3, retransmits: 2, totalRetrans: 2 }],
    ['other', OPENING],
  ])('count failed connects as %s', async (reason, last) => {
    const seen = setUp();
    seen.cache.update(record(SYN_SENT, OPENING));
    seen.cache.finish(record(CLOSE, last), undefined);
    expect(await seen.counts()).toEqual({ [reason]: 1 });
    const unseen = setUp();
    unseen.cache.finish(record(CLOSE, last), undefined);
    expect(await unseen.counts()).toEqual({ [reason]: 1 });
  });

  it('count resets, by the segments since the previous record', async () => {
    const { cache, counts } = setUp();
    cache.update(record(ESTABLISHED, OPEN));
    cache.finish(record(CLOSE, { ...OPEN, segsIn: 4 }), undefined);
    cache.update(record(ESTABLISHED, OPEN));
    cache.finish(record(CLOSE, { ...OPEN, segsOut: 5 }), undefined);
    // A scan saw one more segment, without a new record.
    cache.update(record(ESTABLISHED, OPEN));
    cache.finish(record(CLOSE, { ...OPEN, segsIn: 5 }), record(ESTABLISHED, { ...OPEN, segsIn: 4 }));
    cache.finish(record(CLOSE, OPEN), undefined);
    expect(await counts()).toEqual({ remote: 2, local: 1, unknown: 1 });
  });

  it('do not count orderly closes or the end of the recording', async () => {
    const { cache, counts, end } = setUp();
    cache.finish(record(CLOSE, { ...OPEN, bytesAcked: 302, segsOut: 5, delivered: 3 }), undefined);
    for (const cause of ['shutdown', 'reconnected', 'vanished'] as const) {
      cache.update(record(ESTABLISHED, OPEN));
      end(cause);
    }
    expect(await counts()).toEqual({});
  });

  it('are known for sockets that have lost their addresses', async () => {
    const { cache, counts } = setUp();
    for (const before of [
      record(SYN_SENT, OPENING),
      record(SYN_SENT, { segsOut: 2, retransmits: 1 }),
      record(ESTABLISHED, OPEN),
    ]) {
      cache.update(before);
      cache.finish(record(CLOSE, {}, 0), undefined);
    }
    expect(await counts()).toEqual({ refused: 1, unanswered: 1, local: 1 });
  });

  it('count a local reset of a vanished connection whose socket lost its peer before its event', async () => {
    const { cache, counts, end } = setUp();
    cache.update(record(ESTABLISHED, OPEN));
    end('vanished');
    expect(await counts()).toEqual({});
    cache.finish(record(CLOSE, {}, 0), undefined);
    expect(await counts()).toEqual({ local: 1 });
  });

  it('are counted once for a vanished connection when its event arrives', async () => {
    const { cache, counts, end } = setUp();
    cache.update(record(ESTABLISHED, OPEN));
    end('vanished');
    expect(await counts()).toEqual({});
    cache.finish(record(CLOSE, { ...OPEN, segsIn: 4 }), undefined);
    expect(await counts()).toEqual({ remote: 1 });
    cache.update(record(SYN_SENT, OPENING));
    end('vanished');
    cache.finish(record(CLOSE, { ...OPENING, segsIn: 1 }), undefined);
    expect(await counts()).toEqual({ remote: 1, refused: 1 });
  });

  it('are not counted when their group is off', async () => {
    const { cache, metrics } = setUp(['endings']);
    cache.finish(record(CLOSE, { ...OPENING, segsIn: 1 }), undefined);
    expect(metrics.network.series.map(({ endings }) => endings.refused)).toEqual([0, 0, 0]);
  });
});
