import { TCP_INFO_DESCRIPTIONS } from './tcp-info-descriptions.js';

/** Descriptions of the columns of structs and attributes, by name. Units and first kernels are in the tables. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  ...TCP_INFO_DESCRIPTIONS,
  idiag_family: 'Address family: 2 IPv4, 10 IPv6 (which has IPv4 peers as IPv4-mapped addresses)',
  idiag_state: 'Connection state in the kernel’s numbers; the column state has its name',
  idiag_timer: 'Timer that runs: 0 none, 1 retransmission, 2 keepalive, 3 TIME_WAIT, 4 zero-window probe',
  idiag_retrans: 'Retransmissions or probes that the timer counts',
  idiag_sport: 'Local port',
  idiag_dport: 'Remote port; 0 if the socket was never connected',
  idiag_if: 'Index of the interface that the socket is bound to; 0 if it is not',
  idiag_expires: 'Time until the timer fires; 0 if none runs',
  idiag_rqueue: 'Bytes received and not read; a FIN counts one. In state LISTEN: connections waiting for accept',
  idiag_wqueue: 'Bytes not sent or not acknowledged. In state LISTEN: limit of the backlog',
  idiag_uid: 'Uid of the owner in the collector’s user namespace; 0 in states SYN_RECV and TIME_WAIT',
  idiag_inode: 'Inode of the socket; 0 if no process holds it, and before accept',

  tos: 'IPv4 TOS byte of sent packets',
  tclass: 'IPv6 traffic class of sent packets; only for IPv6 sockets',
  shutdown: 'Directions that are shut down: 1 receiving, 2 sending',
  protocol: 'IP protocol; only in a connection’s last record',
  v6only: 'IPV6_V6ONLY; only for IPv6 sockets in states LISTEN and CLOSE',
  mark: 'SO_MARK; only if the collector had CAP_NET_ADMIN',
  class_id: 'Class (net_cls) of the owner’s cgroup, else SO_PRIORITY',
  cgroup_id: 'Id of the cgroup v2 in which the socket was created: the inode of its directory',

  idiag_rmem: 'Memory of the receive queue',
  idiag_wmem: 'Memory of the send queue',
  idiag_fmem: 'Memory reserved and not used yet',
  idiag_tmem: 'Memory of packets being sent',

  skmem_rmem_alloc: 'Memory of the receive queue',
  skmem_rcvbuf: 'Limit of the receive queue, SO_RCVBUF',
  skmem_wmem_alloc: 'Memory of packets being sent',
  skmem_sndbuf: 'Limit of the send queue, SO_SNDBUF',
  skmem_fwd_alloc: 'Memory reserved and not used yet',
  skmem_wmem_queued: 'Memory of the send queue',
  skmem_optmem: 'Memory of options and filters',
  skmem_backlog: 'Memory of packets that wait for the socket’s lock',
  skmem_drops: 'Packets dropped so far; wraps at 2^32',

  tcpv_enabled: '1 if the algorithm controls the window now, else 0',
  tcpv_rttcnt: 'Samples of the round-trip time in the current round',
  tcpv_rtt: 'Round-trip time; null before the first sample',
  tcpv_minrtt: 'Smallest round-trip time; null before the first sample',

  dctcp_enabled: '1, or 0 if the peer has no ECN: then the other dctcp columns are 0',
  dctcp_ce_state: '1 if the last packet received was marked CE, else 0',
  dctcp_alpha: 'Smoothed share of marked bytes, in 1/1024',
  dctcp_ab_ecn: 'Bytes acknowledged with a mark in the current window',
  dctcp_ab_tot: 'Bytes acknowledged in the current window',

  bbr_bw: 'Estimate of the bottleneck’s bandwidth, bbr_bw_hi and bbr_bw_lo together',
  bbr_min_rtt: 'Recent minimum of the round-trip time; null before the first sample',
  bbr_pacing_gain: 'Factor from bandwidth to pacing rate, in 1/256',
  bbr_cwnd_gain: 'Factor from bandwidth-delay product to congestion window, in 1/256',

  sockopt_recverr: 'IP_RECVERR is set',
  sockopt_is_icsk: 'The socket is connection-oriented: always true for TCP',
  sockopt_freebind: 'IP_FREEBIND is set',
  sockopt_hdrincl: 'IP_HDRINCL is set',
  sockopt_mc_loop: 'IP_MULTICAST_LOOP is set, as it is by default',
  sockopt_transparent: 'IP_TRANSPARENT is set',
  sockopt_mc_all: 'IP_MULTICAST_ALL is set, as it is by default for IPv4 sockets',
  sockopt_nodefrag: 'IP_NODEFRAG is set',
  sockopt_bind_address_no_port: 'IP_BIND_ADDRESS_NO_PORT is set',
  sockopt_recverr_rfc4884: 'IP_RECVERR_RFC4884 is set',
  sockopt_defer_connect: 'A Fast Open connect waits for the first data',

  tls_version: 'Version of kernel TLS: 771 (0x0303) is TLS 1.2, 772 is TLS 1.3',
  tls_cipher: 'TLS_CIPHER_* of linux/tls.h',
  tls_txconf:
    'Encryption when sending: 1 not by the kernel, 2 in software, 3 in hardware, 4 by hardware that does TCP too',
  tls_rxconf: 'Decryption when receiving, with the values of tls_txconf',
  tls_zc_ro_tx: 'True if sendfile is zero-copy; else absent',
  tls_rx_no_pad: 'True if records are expected without padding; else absent',

  mptcp_token_rem: 'The peer’s token of the MPTCP connection',
  mptcp_token_loc: 'Our token of the MPTCP connection: the same in all of its subflows',
  mptcp_relwrite_seq: 'Subflow sequence number of the next byte to send, relative to the subflow’s start',
  mptcp_map_seq: 'Data sequence number of the current mapping, 16 hexadecimal digits: it uses all 64 bits',
  mptcp_map_sfseq: 'Subflow sequence number of the current mapping',
  mptcp_ssn_offset: 'Start of the subflow’s sequence numbers; those of the mapping are relative to it',
  mptcp_map_datalen: 'Length of the current mapping',
  mptcp_flags:
    'Flags of the subflow: 1 and 2 MP_CAPABLE by the peer and us, 4 and 8 MP_JOIN, 16 and 32 backup, 64 fully established, 128 connected, 256 mapping valid',
  mptcp_id_rem: 'The peer’s address id',
  mptcp_id_loc: 'Our address id',
};

/**
 * Returns the description of a column.
 * @throws TypeError if it has none
 */
export function describeColumn(name: string): string {
  const description = DESCRIPTIONS[name];
  if (description === undefined) throw new TypeError(`column ${name} has no description`);
  return description;
}

/** Names of all columns with a description here. */
export const DESCRIBED_COLUMNS: readonly string[] = Object.keys(DESCRIPTIONS);
