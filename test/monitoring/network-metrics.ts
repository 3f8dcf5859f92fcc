/** Families of the metrics of the network, until the collector's registry has them. */
export const NETWORK_METRICS: readonly { readonly name: string; readonly type: string }[] = [
  ['connections', 'gauge'],
  ['time_wait_sockets', 'gauge'],
  ['connections_opened_total', 'counter'],
  ['connections_closed_total', 'counter'],
  ['sent_bytes_total', 'counter'],
  ['received_bytes_total', 'counter'],
  ['retransmitted_bytes_total', 'counter'],
  ['sent_segments_total', 'counter'],
  ['retransmitted_segments_total', 'counter'],
  ['rtt_seconds', 'histogram'],
  ['min_rtt_seconds', 'histogram'],
  ['limited_seconds_total', 'counter'],
]
  .map(([name = '', type = '']) => ({ name: `tcpinfo_network_${name}`, type }))
  .concat(
    [
      'tcpinfo_listeners',
      'tcpinfo_listener_accept_queue_connections',
      'tcpinfo_listener_backlog_connections',
      'tcpinfo_listener_accept_queue_fill_ratio',
      'tcpinfo_ephemeral_ports',
      'tcpinfo_ephemeral_ports_used',
      'tcpinfo_ephemeral_ports_used_to_busiest_destination',
    ].map((name) => ({ name, type: 'gauge' })),
  );
