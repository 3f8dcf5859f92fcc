/** Groups of network metrics, each of which can be switched off. */
export const NETWORK_METRIC_GROUPS = [
  'states',
  'traffic',
  'rtt',
  'limited',
  'endings',
  'listeners',
  'ephemeral',
] as const;
export type NetworkMetricGroup = (typeof NETWORK_METRIC_GROUPS)[number];

/** Whose port it is that puts a connection into its port group: its own, its peer's, or none of them. */
export type PortSide = 'local' | 'remote' | 'any';

/** What the port group of connections is called of which neither port is in a group. */
export const OTHER_PORTS = 'other';
