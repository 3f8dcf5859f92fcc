import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  createMetrics,
  type ExpositionFormat,
  NETWORK_METRIC_GROUPS,
  type NetworkMetricGroup,
  renderMetrics,
} from '../../metrics/index.js';
import { havePrograms } from '../support/programs.js';

const FAMILIES: Readonly<Record<NetworkMetricGroup, readonly string[]>> = {
  states: ['tcpinfo_network_connections', 'tcpinfo_network_time_wait_sockets'],
  traffic: [
    'tcpinfo_network_connections_opened_total',
    'tcpinfo_network_connections_closed_total',
    'tcpinfo_network_sent_bytes_total',
    'tcpinfo_network_received_bytes_total',
    'tcpinfo_network_retransmitted_bytes_total',
    'tcpinfo_network_sent_segments_total',
    'tcpinfo_network_retransmitted_segments_total',
  ],
  rtt: ['tcpinfo_network_rtt_seconds', 'tcpinfo_network_min_rtt_seconds'],
  limited: ['tcpinfo_network_limited_seconds_total'],
  endings: ['tcpinfo_network_connects_failed_total', 'tcpinfo_network_connections_reset_total'],
  listeners: [
    'tcpinfo_listeners',
    'tcpinfo_listener_accept_queue_connections',
    'tcpinfo_listener_backlog_connections',
    'tcpinfo_listener_accept_queue_fill_ratio',
    'tcpinfo_listener_half_open_connections',
  ],
  ephemeral: [
    'tcpinfo_ephemeral_ports',
    'tcpinfo_ephemeral_ports_used',
    'tcpinfo_ephemeral_ports_used_to_busiest_destination',
  ],
  conntrack: [
    'tcpinfo_conntrack_entries',
    'tcpinfo_conntrack_entries_limit',
    'tcpinfo_conntrack_found_total',
    'tcpinfo_conntrack_invalid_total',
    'tcpinfo_conntrack_insert_failed_total',
    'tcpinfo_conntrack_dropped_total',
    'tcpinfo_conntrack_early_dropped_total',
    'tcpinfo_conntrack_errors_total',
    'tcpinfo_conntrack_search_restarts_total',
    'tcpinfo_conntrack_clashes_resolved_total',
    'tcpinfo_conntrack_chain_too_long_total',
  ],
  http: [
    'tcpinfo_http_requests_total',
    'tcpinfo_http_responses_total',
    'tcpinfo_http_first_byte_seconds',
    'tcpinfo_http_duration_seconds',
    'tcpinfo_http_body_bytes_total',
    'tcpinfo_http_joins_total',
    'tcpinfo_http_exchanges_forgotten_total',
    'tcpinfo_http_exchanges_kept',
    'tcpinfo_packets_total',
    'tcpinfo_packet_ring_freezes_total',
    'tcpinfo_packet_gaps_total',
    'tcpinfo_packet_evicted_flows_total',
    'tcpinfo_http_unpaired_total',
    'tcpinfo_http_unparsed_total',
    'tcpinfo_http_not_http_total',
    'tcpinfo_packet_flows',
    'tcpinfo_packet_held_bytes',
  ],
};

function setUpExchanges({ exchanges }: ReturnType<typeof createMetrics>): void {
  const series = exchanges?.seriesOf('other', 'server');
  series?.firstByte.observe(1);
  series?.duration.observe(1);
  exchanges?.figures.by(() => ({
    packets: { read: 10, dropped: 1 },
    freezes: 2,
    gaps: 3,
    evictedFlows: 4,
    unpaired: { request: 5 },
    unparsed: { head: 6 },
    notHttp: { tls: 7 },
    flows: 8,
    heldBytes: 9,
  }));
}

function setUp(disabled: readonly NetworkMetricGroup[] = [], portGroups: readonly string[] = []) {
  const metrics = createMetrics({
    ...{ version: '1', processMetrics: false },
    network: { disabled, portGroups },
    exchanges: { portGroups: ['other'], hosts: [] },
  });
  setUpExchanges(metrics);
  const { network } = metrics;
  network.timeWait?.by(() => 3);
  const port = { port: '80', queued: 1, backlog: 3, fillRatio: 0.25 };
  network.listeners?.by(() => ({ listeners: 2, ports: [port], halfOpen: new Map([['80', 2]]) }));
  network.ephemeral?.by(() => ({ ports: 100, used: 10, usedToBusiest: 7 }));
  const counters = { found: 1, invalid: 2, insertFailed: 3, dropped: 4, earlyDropped: 5, errors: 6, searchRestarts: 7 };
  network.conntrack?.by(() => ({
    entries: 8,
    limit: 262_144,
    counters: { ...counters, clashesResolved: 9, chainTooLong: 10 },
  }));
  for (const series of network.series) {
    series.rtt.observe(1500);
    series.minRtt.observe(100);
  }
  return { metrics, page: async (format?: ExpositionFormat) => await renderMetrics(metrics.registry, format) };
}

const familiesOf = (page: string) => [...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);

describe('network metrics', () => {
  it('exist unless they are switched off', async () => {
    const families = familiesOf(await setUp().page());
    for (const family of Object.values(FAMILIES).flat()) expect(families).toContain(family);
  });

  it.each(NETWORK_METRIC_GROUPS)('are removed with their group: %s', async (group) => {
    const [all, others] = [await setUp().page(), await setUp([group]).page()].map(familiesOf);
    expect(all?.filter((family) => !others?.includes(family)).sort()).toEqual([...FAMILIES[group]].sort());
  });

  it('are all absent when all groups are off', async () => {
    expect(await setUp(NETWORK_METRIC_GROUPS).page()).not.toMatch(
      /tcpinfo_(network|listener|ephemeral|conntrack|packet|http_(?!connections))/,
    );
  });

  it('start at zero for each port group and side; times appear with the first value', async () => {
    const network = { portGroups: ['443', '5000-5010'] };
    const page = await renderMetrics(createMetrics({ version: '1', processMetrics: false, network }).registry);
    for (const labels of ['port_group="443",side="remote"', 'port_group="other",side="any"']) {
      expect(page).toContain(`tcpinfo_network_sent_bytes_total{${labels}} 0\n`);
      expect(page).toContain(`tcpinfo_network_limited_seconds_total{by="cwnd",${labels}} 0\n`);
    }
    expect(page).toContain('tcpinfo_network_connections{family="ipv6",state="close_wait"} 0\n');
    expect(page).not.toContain('tcpinfo_network_rtt_seconds');
  });

  it('omit unknown values', async () => {
    const { metrics, page } = setUp();
    metrics.network.timeWait?.by(() => undefined);
    metrics.network.listeners?.by(() => undefined);
    metrics.network.ephemeral?.by(() => undefined);
    metrics.network.conntrack?.by(() => undefined);
    expect(await page()).not.toMatch(/time_wait|tcpinfo_listener|tcpinfo_ephemeral|tcpinfo_conntrack/);
    metrics.network.timeWait?.by(() => 5);
    expect(await page()).toContain('tcpinfo_network_time_wait_sockets 5\n');
  });

  it('omit counters of connection tracking that the kernel does not have', async () => {
    const { metrics, page } = setUp();
    expect(await page()).toContain('tcpinfo_conntrack_entries_limit 262144\n');
    metrics.network.conntrack?.by(() => ({ entries: 4, counters: { dropped: 2 } }));
    const shown = (await page()).match(/^tcpinfo_conntrack_.*$/gm);
    expect(shown).toEqual(['tcpinfo_conntrack_dropped_total 2', 'tcpinfo_conntrack_entries 4']);
  });

  it('remove the series of a port without a listener', async () => {
    const { metrics, page } = setUp();
    expect(await page()).toContain('tcpinfo_listener_accept_queue_fill_ratio{port="80"} 0.25\n');
    expect(await page()).toContain('tcpinfo_listener_half_open_connections{port="80"} 2\n');
    metrics.network.listeners?.by(() => ({ listeners: 0, ports: [] }));
    expect(await page()).not.toContain('port="80"');
  });

  it('show the same sums at each scrape', async () => {
    const { metrics, page } = setUp();
    const [other] = metrics.network.series;
    if (other === undefined) throw new Error('no series');
    other.sentBytes += 7;
    expect(await page()).toBe(await page());
    expect(await page()).toContain('tcpinfo_network_sent_bytes_total{port_group="other",side="any"} 7\n');
    other.sentBytes += 1;
    expect(await page()).toContain('tcpinfo_network_sent_bytes_total{port_group="other",side="any"} 8\n');
  });

  it('lay out a histogram like prom-client', async () => {
    const text = await setUp([], ['443']).page();
    const lines = text.split('\n').filter((line) => line.startsWith('tcpinfo_network_rtt_seconds'));
    expect(lines).toHaveLength(3 * 19);
    expect(lines.slice(0, 19).map((line) => line.replace(/port_group="443",side="local",?/, ''))).toEqual([
      ...['0.0001', '0.0002', '0.0005', '0.001'].map((le) => `tcpinfo_network_rtt_seconds_bucket{le="${le}"} 0`),
      ...['0.002', '0.005', '0.01', '0.02', '0.05', '0.1', '0.2', '0.5', '1', '2', '5', '10', '+Inf'].map(
        (le) => `tcpinfo_network_rtt_seconds_bucket{le="${le}"} 1`,
      ),
      'tcpinfo_network_rtt_seconds_sum{} 0.0015',
      'tcpinfo_network_rtt_seconds_count{} 1',
    ]);
  });

  it.skipIf(!havePrograms('network metrics and promtool', 'promtool'))('pass promtool', async () => {
    const { stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: await setUp([], ['443', '5000-5010']).page(),
      encoding: 'utf8',
    });
    expect(stderr.split('\n').filter((line) => /network|listener|ephemeral/.test(line))).toEqual([]);
  });
});
