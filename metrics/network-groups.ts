/** Groups of network metrics. Each can be switched off. */
export const NETWORK_METRIC_GROUPS = [
  'states',
  'traffic',
  'rtt',
  'limited',
  'endings',
  'listeners',
  'ephemeral',
  'conntrack',
  'http',
] as const;
export type NetworkMetricGroup = (typeof NETWORK_METRIC_GROUPS)[number];

/** Side whose port selects the port group: the connection's own port, its peer's, or neither. */
export type PortSide = 'local' | 'remote' | 'any';

/** Port group of connections whose ports are in no configured group. */
export const OTHER_PORTS = 'other';
