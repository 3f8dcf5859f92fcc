import { TCP_INFO_DESCRIPTIONS } from './tcp-info-descriptions.js';

/** What each column of a struct or an attribute holds, by its name. Units and first kernel stand in the tables. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  ...TCP_INFO_DESCRIPTIONS,
  idiag_family: 'Address family: 2 IPv4, 10 IPv6 (which has IPv4 peers as IPv4-mapped addresses)',
  idiag_state: 'Connection state in the kernel’s numbers; the column state has its name',
  idiag_timer: 'Which timer runs: 0 none, 1 retransmission, 2 keepalive, 3 TIME_WAIT, 4 zero-window probe',
  idiag_retrans: 'What the timer counts: retransmissions or probes',
  idiag_sport: 'Local port',
  idiag_dport: 'Remote port; 0 of a socket that was never connected',
  idiag_if: 'Index of the interface that the socket is bound to; 0 if it is not',
  idiag_expires: 'Time until the timer fires; 0 if none runs',
  idiag_rqueue: 'Received and not read, a FIN counts one. Of a LISTEN socket: connections waiting for accept',
  idiag_wqueue: 'Sent and not acknowledged, or not sent. Of a LISTEN socket: the backlog’s limit',
  idiag_uid: 'Owner, as the collector’s user namespace has it; 0 of sockets in SYN_RECV and TIME_WAIT',
  idiag_inode: 'Inode of the socket; 0 if no process holds it, and before accept',

  tos: 'IPv4 TOS byte of what the socket sends',
  tclass: 'IPv6 traffic class of what the socket sends; only of IPv6 sockets',
  shutdown: 'Directions that are shut down: 1 receiving, 2 sending',
  protocol: 'IP protocol; only of a connection’s last record',
  v6only: 'IPV6_V6ONLY; only of IPv6 sockets in states LISTEN and CLOSE',
  mark: 'SO_MARK; only if the collector had CAP_NET_ADMIN',
  class_id: 'Class (net_cls) of the owner’s cgroup, else SO_PRIORITY',
  cgroup_id: 'Id of the cgroup v2 that the socket was made in: the inode of its directory',

  idiag_rmem: 'Memory of the receive queue',
  idiag_wmem: 'Memory of the send queue',
  idiag_fmem: 'Memory reserved and not used yet',
  idiag_tmem: 'Memory of packets that are on their way out',

  skmem_rmem_alloc: 'Memory of the receive queue',
  skmem_rcvbuf: 'Limit of the receive queue, SO_RCVBUF',
  skmem_wmem_alloc: 'Memory of packets that are on their way out',
  skmem_sndbuf: 'Limit of the send queue, SO_SNDBUF',
  skmem_fwd_alloc: 'Memory reserved and not used yet',
  skmem_wmem_queued: 'Memory of the send queue',
  skmem_optmem: 'Memory of options and filters',
  skmem_backlog: 'Memory of packets that wait for the socket’s lock',
  skmem_drops: 'Packets dropped so far; wraps at 2^32',

  tcpv_enabled: '1 if the algorithm steers at the moment, else 0',
  tcpv_rttcnt: 'Samples of the round-trip time in the present round',
  tcpv_rtt: 'Round-trip time; null before the first sample',
  tcpv_minrtt: 'Smallest round-trip time; null before the first sample',

  dctcp_enabled: '1, or 0 when the peer has no ECN: then all others are 0',
  dctcp_ce_state: '1 if the last packet received was marked CE, else 0',
  dctcp_alpha: 'Smoothed share of marked bytes, in 1/1024',
  dctcp_ab_ecn: 'Bytes acknowledged with a mark in the present window',
  dctcp_ab_tot: 'Bytes acknowledged in the present window',

  bbr_bw: 'Estimate of the bottleneck’s bandwidth, bbr_bw_hi and bbr_bw_lo together',
  bbr_min_rtt: 'Smallest round-trip time of late; null before the first sample',
  bbr_pacing_gain: 'Factor from bandwidth to pacing rate, in 1/256',
  bbr_cwnd_gain: 'Factor from bandwidth-delay product to congestion window, in 1/256',

  sockopt_recverr: 'IP_RECVERR is set',
  sockopt_is_icsk: 'A connection-oriented socket: always true of TCP',
  sockopt_freebind: 'IP_FREEBIND is set',
  sockopt_hdrincl: 'IP_HDRINCL is set',
  sockopt_mc_loop: 'IP_MULTICAST_LOOP is set, as it is by default',
  sockopt_transparent: 'IP_TRANSPARENT is set',
  sockopt_mc_all: 'IP_MULTICAST_ALL is set, as it is by default of IPv4 sockets',
  sockopt_nodefrag: 'IP_NODEFRAG is set',
  sockopt_bind_address_no_port: 'IP_BIND_ADDRESS_NO_PORT is set',
  sockopt_recverr_rfc4884: 'IP_RECVERR_RFC4884 is set',
  sockopt_defer_connect: 'A Fast Open connect waits for the first data',

  tls_version: 'Version of kernel TLS: 771 (0x0303) is TLS 1.2, 772 is TLS 1.3',
  tls_cipher: 'TLS_CIPHER_* of linux/tls.h',
  tls_txconf:
    'How it sends: 1 not encrypted by the kernel, 2 in software, 3 in hardware, 4 by hardware that does TCP too',
  tls_rxconf: 'How it receives, likewise',
  tls_zc_ro_tx: 'True if sendfile is zero-copy; else absent',
  tls_rx_no_pad: 'True if records are expected without padding; else absent',

  mptcp_token_rem: 'The peer’s token of the MPTCP connection',
  mptcp_token_loc: 'Our token of the MPTCP connection: the same in all of its subflows',
  mptcp_relwrite_seq: 'Subflow sequence number of the next byte to send, relative to the subflow’s start',
  mptcp_map_seq: 'Data sequence number of the present mapping, 16 hexadecimal digits: it uses all 64 bits',
  mptcp_map_sfseq: 'Subflow sequence number of the present mapping',
  mptcp_ssn_offset: 'Where the subflow’s sequence numbers start, which the mapping’s are relative to',
  mptcp_map_datalen: 'Length of the present mapping',
  mptcp_flags:
    'Of the subflow: 1 and 2 MP_CAPABLE by the peer and us, 4 and 8 MP_JOIN, 16 and 32 backup, 64 fully established, 128 connected, 256 mapping valid',
  mptcp_id_rem: 'The peer’s address id',
  mptcp_id_loc: 'Our address id',
};

/** What a column holds; a TypeError for one that nobody has described. */
export function describeColumn(name: string): string {
  const description = DESCRIPTIONS[name];
  if (description === undefined) throw new TypeError(`column ${name} has no description`);
  return description;
}

/** Names of all columns that are described here. */
export const DESCRIBED_COLUMNS: readonly string[] = Object.keys(DESCRIPTIONS);
