import type { Registry } from 'prom-client';
import { type ConntrackFigures, registerConntrackTable } from './conntrack.js';
import { DurationHistogram, Durations } from './duration-histogram.js';
import { type ListenerFigures, registerListeners } from './listeners.js';
import { gaugesOfOneLook, LookedUp, lookedUpCounter, lookedUpGauge } from './looked-up.js';
import { EndingCounts, registerEndings } from './network-endings.js';
import { NETWORK_METRIC_GROUPS, type NetworkMetricGroup, OTHER_PORTS, type PortSide } from './network-groups.js';

/** Options of {@link createNetworkMetrics}. */
export interface NetworkMetricsOptions {
  /** Names of the port groups, as their label shows them. */
  readonly portGroups?: readonly string[];
  /** Groups of metrics to leave out: their families are not registered. */
  readonly disabled?: readonly NetworkMetricGroup[];
}

/** States of a recorded connection. Handshakes without a socket yet (SYN_RECV) are not requested from the kernel. */
export const NETWORK_STATES = [
  'established',
  'syn_sent',
  'fin_wait1',
  'fin_wait2',
  'close_wait',
  'last_ack',
  'closing',
] as const;
export type NetworkState = (typeof NETWORK_STATES)[number];

const FAMILIES = ['ipv4', 'ipv6'] as const;

/** Bounds of round-trip times in microseconds: from one rack to a satellite behind a full queue. */
const RTT_BOUNDS_US = [
  ...[100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000],
  ...[1_000_000, 2_000_000, 5_000_000, 10_000_000],
];

/** Causes that limit connections: the values of `limited_by` (docs/analysis.md) without `idle`. */
export const NETWORK_LIMITS = ['application', 'cwnd', 'rwnd', 'sndbuf', 'pacing', 'loss', 'peer'] as const;
/** One of {@link NETWORK_LIMITS}. */
export type NetworkLimit = (typeof NETWORK_LIMITS)[number];

/** Sums over the connections of one port group and side. The sums only increase. */
export class PortSeries {
  readonly labels: { readonly port_group: string; readonly side: PortSide };
  opened = 0;
  closed = 0;
  /** `tcpi_bytes_sent`, retransmissions included. */
  sentBytes = 0;
  /** `tcpi_bytes_received`; a peer's FIN counts one. */
  receivedBytes = 0;
  /** `tcpi_bytes_retrans`. */
  retransmittedBytes = 0;
  /** `tcpi_data_segs_out`. */
  sentSegments = 0;
  /** `tcpi_total_retrans`. */
  retransmittedSegments = 0;
  /** Time in which connections were limited, by cause, in microseconds. */
  readonly limitedUs: Record<NetworkLimit, number> = {
    application: 0,
    cwnd: 0,
    rwnd: 0,
    sndbuf: 0,
    pacing: 0,
    loss: 0,
    peer: 0,
  };
  readonly endings: EndingCounts = new EndingCounts();
  /** `tcpi_rtt`. */
  readonly rtt: Durations = new Durations(RTT_BOUNDS_US);
  /** `tcpi_min_rtt`. */
  readonly minRtt: Durations = new Durations(RTT_BOUNDS_US);

  constructor(portGroup: string, side: PortSide) {
    this.labels = { port_group: portGroup, side };
  }
}

/** Current connections by state and family. */
export interface StateCounts {
  /**
   * Adds a connection to a state (1) or removes it (-1). `family` is 0 for IPv4, 1 for IPv6; `state` indexes
   * NETWORK_STATES.
   */
  add(family: number, state: number, by: 1 | -1): void;
}

/** Use of the local ports from which connect() chooses. */
export interface EphemeralFigures {
  readonly ports: number;
  readonly used: number;
  readonly usedToBusiest: number;
}

/** Metrics of the network rather than of this program. A group that is switched off is undefined. */
export interface NetworkMetrics {
  /** Two series per port group, local and remote; the last series is all other ports. */
  readonly series: readonly PortSeries[];
  readonly isEnabled: (group: NetworkMetricGroup) => boolean;
  readonly states?: StateCounts;
  /** Sockets in TIME_WAIT. */
  readonly timeWait?: LookedUp<number>;
  readonly listeners?: LookedUp<ListenerFigures>;
  readonly ephemeral?: LookedUp<EphemeralFigures>;
  readonly conntrack?: LookedUp<ConntrackFigures>;
}

/** Registers the network metrics except the disabled groups. */
export function createNetworkMetrics(
  registry: Registry,
  { portGroups = [], disabled = [] }: NetworkMetricsOptions = {},
): NetworkMetrics {
  const enabled = new Set(NETWORK_METRIC_GROUPS.filter((group) => !disabled.includes(group)));
  const series = [
    ...portGroups.flatMap((group) => [new PortSeries(group, 'local'), new PortSeries(group, 'remote')]),
    new PortSeries(OTHER_PORTS, 'any'),
  ];
  if (enabled.has('traffic')) registerTraffic(registry, series);
  if (enabled.has('rtt')) registerRtt(registry, series);
  if (enabled.has('limited')) registerLimited(registry, series);
  if (enabled.has('endings')) registerEndings(registry, PORT_LABELS, series);
  return {
    series,
    isEnabled: (group) => enabled.has(group),
    ...(enabled.has('states') ? registerStates(registry) : {}),
    ...(enabled.has('listeners') ? { listeners: registerListeners(registry) } : {}),
    ...(enabled.has('ephemeral') ? { ephemeral: registerEphemeral(registry) } : {}),
    ...(enabled.has('conntrack') ? { conntrack: registerConntrackTable(registry) } : {}),
  };
}

const PORT_LABELS = ['port_group', 'side'];

const TRAFFIC_FAMILIES: readonly (readonly [name: string, help: string, value: (of: PortSeries) => number])[] = [
  ['connections_opened', 'Number of connections newly recorded, by port group.', ({ opened }) => opened],
  ['connections_closed', 'Number of recorded connections that ended, by port group.', ({ closed }) => closed],
  [
    'sent_bytes',
    'Number of payload bytes that recorded connections sent, retransmissions included, by port group.',
    ({ sentBytes }) => sentBytes,
  ],
  [
    'received_bytes',
    "Number of payload bytes that recorded connections received, by port group; a peer's FIN counts one.",
    ({ receivedBytes }) => receivedBytes,
  ],
  [
    'retransmitted_bytes',
    'Number of payload bytes that recorded connections sent again, by port group.',
    ({ retransmittedBytes }) => retransmittedBytes,
  ],
  [
    'sent_segments',
    'Number of segments with payload that recorded connections sent, retransmissions included, by port group.',
    ({ sentSegments }) => sentSegments,
  ],
  [
    'retransmitted_segments',
    'Number of segments that recorded connections sent again, SYN and FIN too, by port group.',
    ({ retransmittedSegments }) => retransmittedSegments,
  ],
];

function registerTraffic(registry: Registry, series: readonly PortSeries[]): void {
  for (const [name, help, value] of TRAFFIC_FAMILIES) {
    lookedUpCounter(registry, { name: `tcpinfo_network_${name}_total`, help }, PORT_LABELS, () =>
      series.map((each) => [each.labels, value(each)]),
    );
  }
}

function registerRtt(registry: Registry, series: readonly PortSeries[]): void {
  const once = 'sampled once a second for each connection that sent or received something';
  new DurationHistogram(
    registry,
    { name: 'tcpinfo_network_rtt_seconds', help: `Smoothed round-trip time, ${once}, by port group.` },
    PORT_LABELS,
    () => series.map(({ labels, rtt }) => ({ labels, durations: rtt })),
  );
  new DurationHistogram(
    registry,
    { name: 'tcpinfo_network_min_rtt_seconds', help: `Recent minimum of the round-trip time, ${once}, by port group.` },
    PORT_LABELS,
    () => series.map(({ labels, minRtt }) => ({ labels, durations: minRtt })),
  );
}

function registerLimited(registry: Registry, series: readonly PortSeries[]): void {
  lookedUpCounter(
    registry,
    {
      name: 'tcpinfo_network_limited_seconds_total',
      help: 'Time in which recorded connections were limited, by cause and port group, without idle time.',
    },
    [...PORT_LABELS, 'by'],
    () =>
      series.flatMap(({ labels, limitedUs }) =>
        NETWORK_LIMITS.map((by) => [{ ...labels, by }, limitedUs[by] / 1e6] as const),
      ),
  );
}

function registerStates(registry: Registry): Required<Pick<NetworkMetrics, 'states' | 'timeWait'>> {
  const counts = FAMILIES.map(() => NETWORK_STATES.map(() => 0));
  lookedUpGauge(
    registry,
    { name: 'tcpinfo_network_connections', help: 'Number of recorded connections, by address family and state.' },
    ['family', 'state'],
    () =>
      FAMILIES.flatMap((family, i) =>
        NETWORK_STATES.map((state, j) => [{ family, state }, counts[i]?.[j] ?? 0] as const),
      ),
  );
  const timeWait = new LookedUp<number>();
  gaugesOfOneLook(registry, timeWait, [
    {
      name: 'tcpinfo_network_time_wait_sockets',
      help: "Number of sockets in TIME_WAIT in the collector's network namespace, loopback and excluded sockets included.",
      value: (found) => found,
    },
  ]);
  return {
    states: {
      add(family, state, by) {
        const row = counts[family];
        if (row !== undefined) row[state] = (row[state] ?? 0) + by;
      },
    },
    timeWait,
  };
}

function registerEphemeral(registry: Registry): LookedUp<EphemeralFigures> {
  const lookedUp = new LookedUp<EphemeralFigures>();
  gaugesOfOneLook(registry, lookedUp, [
    {
      name: 'tcpinfo_ephemeral_ports',
      help: 'Number of local ports from which the kernel chooses for outgoing connections, without reserved ports.',
      value: ({ ports }) => ports,
    },
    {
      name: 'tcpinfo_ephemeral_ports_used',
      help: "Number of ephemeral ports that recorded connections of the collector's network namespace use.",
      value: ({ used }) => used,
    },
    {
      name: 'tcpinfo_ephemeral_ports_used_to_busiest_destination',
      help: 'Largest number of ephemeral ports used from one local address to one remote address and port; when all are used, connect() fails.',
      value: ({ usedToBusiest }) => usedToBusiest,
    },
  ]);
  return lookedUp;
}
