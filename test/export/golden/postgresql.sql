CREATE TABLE snapshots (
  uuid text,
  sequence bigint,
  timestamp timestamp with time zone,
  netns_inode bigint,
  netns_name text,
  idiag_family integer,
  idiag_state integer,
  state text,
  idiag_timer integer,
  idiag_retrans integer,
  idiag_sport integer,
  idiag_dport integer,
  idiag_src text,
  idiag_dst text,
  idiag_if bigint,
  idiag_cookie text,
  idiag_expires bigint,
  idiag_rqueue bigint,
  idiag_wqueue bigint,
  idiag_uid bigint,
  idiag_inode bigint,
  tcpi_state integer,
  tcpi_ca_state integer,
  ca_state text,
  tcpi_retransmits integer,
  tcpi_probes integer,
  tcpi_backoff integer,
  tcpi_options integer,
  tcpi_snd_wscale integer,
  tcpi_rcv_wscale integer,
  tcpi_delivery_rate_app_limited boolean,
  tcpi_fastopen_client_fail integer,
  tcpi_rto bigint,
  tcpi_ato bigint,
  tcpi_snd_mss bigint,
  tcpi_rcv_mss bigint,
  tcpi_unacked bigint,
  tcpi_sacked bigint,
  tcpi_lost bigint,
  tcpi_retrans bigint,
  tcpi_fackets bigint,
  tcpi_last_data_sent bigint,
  tcpi_last_ack_sent bigint,
  tcpi_last_data_recv bigint,
  tcpi_last_ack_recv bigint,
  tcpi_pmtu bigint,
  tcpi_rcv_ssthresh bigint,
  tcpi_rtt bigint,
  tcpi_rttvar bigint,
  tcpi_snd_ssthresh bigint,
  tcpi_snd_cwnd bigint,
  tcpi_advmss bigint,
  tcpi_reordering bigint,
  tcpi_rcv_rtt bigint,
  tcpi_rcv_space bigint,
  tcpi_total_retrans bigint,
  tcpi_pacing_rate bigint,
  tcpi_max_pacing_rate bigint,
  tcpi_bytes_acked bigint,
  tcpi_bytes_received bigint,
  tcpi_segs_out bigint,
  tcpi_segs_in bigint,
  tcpi_notsent_bytes bigint,
  tcpi_min_rtt bigint,
  tcpi_data_segs_in bigint,
  tcpi_data_segs_out bigint,
  tcpi_delivery_rate bigint,
  tcpi_busy_time bigint,
  tcpi_rwnd_limited bigint,
  tcpi_sndbuf_limited bigint,
  tcpi_delivered bigint,
  tcpi_delivered_ce bigint,
  tcpi_bytes_sent bigint,
  tcpi_bytes_retrans bigint,
  tcpi_dsack_dups bigint,
  tcpi_reord_seen bigint,
  tcpi_rcv_ooopack bigint,
  tcpi_snd_wnd bigint,
  tcpi_rcv_wnd bigint,
  tcpi_rehash bigint,
  tcpi_total_rto integer,
  tcpi_total_rto_recoveries integer,
  tcpi_total_rto_time bigint,
  tcpi_received_ce bigint,
  tcpi_delivered_e1_bytes bigint,
  tcpi_delivered_e0_bytes bigint,
  tcpi_delivered_ce_bytes bigint,
  tcpi_received_e1_bytes bigint,
  tcpi_received_e0_bytes bigint,
  tcpi_received_ce_bytes bigint,
  tcpi_ecn_mode integer,
  tcpi_accecn_opt_seen integer,
  tcpi_accecn_fail_mode integer,
  tcpi_options2 integer,
  congestion_algorithm text,
  tos integer,
  tclass integer,
  shutdown integer,
  protocol integer,
  v6only boolean,
  mark bigint,
  class_id bigint,
  cgroup_id bigint,
  idiag_rmem bigint,
  idiag_wmem bigint,
  idiag_fmem bigint,
  idiag_tmem bigint,
  skmem_rmem_alloc bigint,
  skmem_rcvbuf bigint,
  skmem_wmem_alloc bigint,
  skmem_sndbuf bigint,
  skmem_fwd_alloc bigint,
  skmem_wmem_queued bigint,
  skmem_optmem bigint,
  skmem_backlog bigint,
  skmem_drops bigint,
  tcpv_enabled bigint,
  tcpv_rttcnt bigint,
  tcpv_rtt bigint,
  tcpv_minrtt bigint,
  dctcp_enabled integer,
  dctcp_ce_state integer,
  dctcp_alpha bigint,
  dctcp_ab_ecn bigint,
  dctcp_ab_tot bigint,
  bbr_bw bigint,
  bbr_min_rtt bigint,
  bbr_pacing_gain bigint,
  bbr_cwnd_gain bigint,
  sockopt_recverr boolean,
  sockopt_is_icsk boolean,
  sockopt_freebind boolean,
  sockopt_hdrincl boolean,
  sockopt_mc_loop boolean,
  sockopt_transparent boolean,
  sockopt_mc_all boolean,
  sockopt_nodefrag boolean,
  sockopt_bind_address_no_port boolean,
  sockopt_recverr_rfc4884 boolean,
  sockopt_defer_connect boolean,
  ulp text,
  tls_version integer,
  tls_cipher integer,
  tls_txconf integer,
  tls_rxconf integer,
  tls_zc_ro_tx boolean,
  tls_rx_no_pad boolean,
  mptcp_token_rem bigint,
  mptcp_token_loc bigint,
  mptcp_relwrite_seq bigint,
  mptcp_map_seq text,
  mptcp_map_sfseq bigint,
  mptcp_ssn_offset bigint,
  mptcp_map_datalen integer,
  mptcp_flags bigint,
  mptcp_id_rem integer,
  mptcp_id_loc integer,
  ordinal bigint,
  dropped bigint
);
COMMENT ON COLUMN snapshots.uuid IS 'UUID of the connection: prefix of the collector’s boot and cookie of the socket; equal in all of its archives';
COMMENT ON COLUMN snapshots.sequence IS 'Number of the archive among those of its connection, from 0';
COMMENT ON COLUMN snapshots.timestamp IS 'Time of the kernel’s answer; equal in all records of one scan';
COMMENT ON COLUMN snapshots.netns_inode IS 'Inode of the connection’s network namespace; null in the collector’s own';
COMMENT ON COLUMN snapshots.netns_name IS 'Name of the connection’s network namespace: a name, its path, or pid: and a process; null in the collector’s own';
COMMENT ON COLUMN snapshots.idiag_family IS 'Address family: 2 IPv4, 10 IPv6 (which has IPv4 peers as IPv4-mapped addresses)';
COMMENT ON COLUMN snapshots.idiag_state IS 'Connection state in the kernel’s numbers; the column state has its name';
COMMENT ON COLUMN snapshots.state IS 'Name of idiag_state without the kernel’s TCP_, e.g. ESTABLISHED; UNKNOWN(n) for a number without a name';
COMMENT ON COLUMN snapshots.idiag_timer IS 'Timer that runs: 0 none, 1 retransmission, 2 keepalive, 3 TIME_WAIT, 4 zero-window probe';
COMMENT ON COLUMN snapshots.idiag_retrans IS 'Retransmissions or probes that the timer counts [events]';
COMMENT ON COLUMN snapshots.idiag_sport IS 'Local port';
COMMENT ON COLUMN snapshots.idiag_dport IS 'Remote port; 0 if the socket was never connected';
COMMENT ON COLUMN snapshots.idiag_src IS 'Local address as text; an IPv4-mapped one as IPv4';
COMMENT ON COLUMN snapshots.idiag_dst IS 'Remote address as text; an IPv4-mapped one as IPv4';
COMMENT ON COLUMN snapshots.idiag_if IS 'Index of the interface that the socket is bound to; 0 if it is not';
COMMENT ON COLUMN snapshots.idiag_cookie IS 'The kernel’s cookie of the socket, 16 upper-case hexadecimal digits as in the UUID; unique until reboot';
COMMENT ON COLUMN snapshots.idiag_expires IS 'Time until the timer fires; 0 if none runs [ms]';
COMMENT ON COLUMN snapshots.idiag_rqueue IS 'Bytes received and not read; a FIN counts one. In state LISTEN: connections waiting for accept [bytes]';
COMMENT ON COLUMN snapshots.idiag_wqueue IS 'Bytes not sent or not acknowledged. In state LISTEN: limit of the backlog [bytes]';
COMMENT ON COLUMN snapshots.idiag_uid IS 'Uid of the owner in the collector’s user namespace; 0 in states SYN_RECV and TIME_WAIT';
COMMENT ON COLUMN snapshots.idiag_inode IS 'Inode of the socket; 0 if no process holds it, and before accept';
COMMENT ON COLUMN snapshots.tcpi_state IS 'Connection state in the kernel’s numbers, as idiag_state';
COMMENT ON COLUMN snapshots.tcpi_ca_state IS 'State of congestion control: 0 Open, 1 Disorder, 2 CWR, 3 Recovery, 4 Loss';
COMMENT ON COLUMN snapshots.ca_state IS 'Name of tcpi_ca_state without the kernel’s TCP_CA_, e.g. Recovery; UNKNOWN(n) for a number without a name';
COMMENT ON COLUMN snapshots.tcpi_retransmits IS 'Retransmission timeouts in a row that are not recovered yet [events]';
COMMENT ON COLUMN snapshots.tcpi_probes IS 'Zero-window or keepalive probes without an answer [events]';
COMMENT ON COLUMN snapshots.tcpi_backoff IS 'Exponent of the retransmission timer’s backoff';
COMMENT ON COLUMN snapshots.tcpi_options IS 'Negotiated options: 1 timestamps, 2 SACK, 4 window scaling, 8 ECN, 16 ECN seen, 32 data in the SYN was acknowledged, 64 timestamps in microseconds, 128 accepted by Fast Open [bits]';
COMMENT ON COLUMN snapshots.tcpi_snd_wscale IS 'Shift for scaling the peer’s windows; meaningful only with window scaling';
COMMENT ON COLUMN snapshots.tcpi_rcv_wscale IS 'Shift for scaling our windows; meaningful only with window scaling';
COMMENT ON COLUMN snapshots.tcpi_delivery_rate_app_limited IS 'True if the application limited the sample in tcpi_delivery_rate; false before 4.9';
COMMENT ON COLUMN snapshots.tcpi_fastopen_client_fail IS 'Reason why Fast Open carried no data: 0 none, 1 no cookie, 2 data not acknowledged, 3 SYN retransmitted; 0 before 5.5';
COMMENT ON COLUMN snapshots.tcpi_rto IS 'Retransmission timeout, in steps of a jiffy [us]';
COMMENT ON COLUMN snapshots.tcpi_ato IS 'Delayed-ACK timeout; 0 before data arrived [us]';
COMMENT ON COLUMN snapshots.tcpi_snd_mss IS 'Payload of a full segment that we send [bytes]';
COMMENT ON COLUMN snapshots.tcpi_rcv_mss IS 'Payload of a full segment from the peer, estimated [bytes]';
COMMENT ON COLUMN snapshots.tcpi_unacked IS 'Packets in flight. In state LISTEN: connections waiting for accept [packets]';
COMMENT ON COLUMN snapshots.tcpi_sacked IS 'Packets in flight that the peer has SACKed. In state LISTEN: limit of the backlog [packets]';
COMMENT ON COLUMN snapshots.tcpi_lost IS 'Packets in flight that are considered lost [packets]';
COMMENT ON COLUMN snapshots.tcpi_retrans IS 'Packets that are retransmitted and not acknowledged yet [packets]';
COMMENT ON COLUMN snapshots.tcpi_fackets IS 'Forward-acknowledged packets; always 0 since 4.15 [packets]';
COMMENT ON COLUMN snapshots.tcpi_last_data_sent IS 'Time since data was last sent [ms]';
COMMENT ON COLUMN snapshots.tcpi_last_ack_sent IS 'Never set by the kernel: 0 [ms]';
COMMENT ON COLUMN snapshots.tcpi_last_data_recv IS 'Time since data last arrived [ms]';
COMMENT ON COLUMN snapshots.tcpi_last_ack_recv IS 'Time since an ACK last arrived [ms]';
COMMENT ON COLUMN snapshots.tcpi_pmtu IS 'Path MTU [bytes]';
COMMENT ON COLUMN snapshots.tcpi_rcv_ssthresh IS 'Limit up to which our window may grow [bytes]';
COMMENT ON COLUMN snapshots.tcpi_rtt IS 'Smoothed round-trip time; 0 until the first sample [us]';
COMMENT ON COLUMN snapshots.tcpi_rttvar IS 'Mean deviation of the round-trip time [us]';
COMMENT ON COLUMN snapshots.tcpi_snd_ssthresh IS 'Slow-start threshold; null if not set [packets]';
COMMENT ON COLUMN snapshots.tcpi_snd_cwnd IS 'Congestion window [packets]';
COMMENT ON COLUMN snapshots.tcpi_advmss IS 'Segment size that we advertised [bytes]';
COMMENT ON COLUMN snapshots.tcpi_reordering IS 'Reordering that is tolerated before a packet is considered lost [packets]';
COMMENT ON COLUMN snapshots.tcpi_rcv_rtt IS 'Round-trip time as a receiver sees it; 0 without an estimate [us]';
COMMENT ON COLUMN snapshots.tcpi_rcv_space IS 'Bytes that the application reads in a round trip, as measured for receive-buffer tuning [bytes]';
COMMENT ON COLUMN snapshots.tcpi_total_retrans IS 'Packets retransmitted so far; wraps at 2^32 [packets]';
COMMENT ON COLUMN snapshots.tcpi_pacing_rate IS 'Pacing rate; null if unlimited [bytes/s]';
COMMENT ON COLUMN snapshots.tcpi_max_pacing_rate IS 'Upper limit of the pacing rate; null if unlimited [bytes/s]';
COMMENT ON COLUMN snapshots.tcpi_bytes_acked IS 'Bytes that the peer has acknowledged; our SYN and FIN count one each [bytes]';
COMMENT ON COLUMN snapshots.tcpi_bytes_received IS 'Bytes received in order; the peer’s FIN counts one [bytes]';
COMMENT ON COLUMN snapshots.tcpi_segs_out IS 'Segments sent, pure ACKs and retransmissions too; wraps at 2^32 [packets]';
COMMENT ON COLUMN snapshots.tcpi_segs_in IS 'Segments received; wraps at 2^32 [packets]';
COMMENT ON COLUMN snapshots.tcpi_notsent_bytes IS 'Bytes in the send queue that were never sent [bytes]';
COMMENT ON COLUMN snapshots.tcpi_min_rtt IS 'Recent minimum of the round-trip time; null before the first sample [us]';
COMMENT ON COLUMN snapshots.tcpi_data_segs_in IS 'Segments with payload received; wraps at 2^32 [packets]';
COMMENT ON COLUMN snapshots.tcpi_data_segs_out IS 'Segments with payload sent, retransmissions too; wraps at 2^32 [packets]';
COMMENT ON COLUMN snapshots.tcpi_delivery_rate IS 'Latest sample of the delivery rate to the peer; 0 without a sample [bytes/s]';
COMMENT ON COLUMN snapshots.tcpi_busy_time IS 'Time with data outstanding, in steps of a jiffy [us]';
COMMENT ON COLUMN snapshots.tcpi_rwnd_limited IS 'Part of tcpi_busy_time in which the peer’s window was the limit [us]';
COMMENT ON COLUMN snapshots.tcpi_sndbuf_limited IS 'Part of tcpi_busy_time in which our send buffer was the limit [us]';
COMMENT ON COLUMN snapshots.tcpi_delivered IS 'Packets with data that reached the peer; wraps at 2^32 [packets]';
COMMENT ON COLUMN snapshots.tcpi_delivered_ce IS 'Packets of tcpi_delivered that the peer reports as marked CE; wraps at 2^32 [packets]';
COMMENT ON COLUMN snapshots.tcpi_bytes_sent IS 'Payload sent, retransmissions too, without SYN and FIN [bytes]';
COMMENT ON COLUMN snapshots.tcpi_bytes_retrans IS 'Payload retransmitted [bytes]';
COMMENT ON COLUMN snapshots.tcpi_dsack_dups IS 'Duplicates that the peer reported by DSACK; wraps at 2^32 [events]';
COMMENT ON COLUMN snapshots.tcpi_reord_seen IS 'Reorderings seen; wraps at 2^32 [events]';
COMMENT ON COLUMN snapshots.tcpi_rcv_ooopack IS 'Packets received out of order; wraps at 2^32 [packets]';
COMMENT ON COLUMN snapshots.tcpi_snd_wnd IS 'The window that the peer advertises, scaled [bytes]';
COMMENT ON COLUMN snapshots.tcpi_rcv_wnd IS 'The window that we advertise, scaled [bytes]';
COMMENT ON COLUMN snapshots.tcpi_rehash IS 'Times that the flow’s hash was changed to get another path [events]';
COMMENT ON COLUMN snapshots.tcpi_total_rto IS 'Retransmission timeouts so far; wraps at 2^16 [events]';
COMMENT ON COLUMN snapshots.tcpi_total_rto_recoveries IS 'Recoveries from consecutive timeouts; wraps at 2^16 [events]';
COMMENT ON COLUMN snapshots.tcpi_total_rto_time IS 'Time spent in recovery from timeouts [ms]';
COMMENT ON COLUMN snapshots.tcpi_received_ce IS 'Packets received with a CE mark; wraps at 2^32 [packets]';
COMMENT ON COLUMN snapshots.tcpi_delivered_e1_bytes IS 'Bytes that reached the peer marked ECT(1); wraps at 2^32 [bytes]';
COMMENT ON COLUMN snapshots.tcpi_delivered_e0_bytes IS 'Bytes that reached the peer marked ECT(0); wraps at 2^32 [bytes]';
COMMENT ON COLUMN snapshots.tcpi_delivered_ce_bytes IS 'Bytes that reached the peer marked CE; wraps at 2^32 [bytes]';
COMMENT ON COLUMN snapshots.tcpi_received_e1_bytes IS 'Bytes received marked ECT(1); wraps at 2^32 [bytes]';
COMMENT ON COLUMN snapshots.tcpi_received_e0_bytes IS 'Bytes received marked ECT(0), with plain ECN too; wraps at 2^32 [bytes]';
COMMENT ON COLUMN snapshots.tcpi_received_ce_bytes IS 'Bytes received marked CE; wraps at 2^32 [bytes]';
COMMENT ON COLUMN snapshots.tcpi_ecn_mode IS 'ECN in use: 0 off, 1 RFC 3168, 2 accurate, 3 pending; null unless the archive names a kernel with this field';
COMMENT ON COLUMN snapshots.tcpi_accecn_opt_seen IS 'AccECN option that arrived: 0 none, 1 empty, 2 with counters, 3 failed';
COMMENT ON COLUMN snapshots.tcpi_accecn_fail_mode IS 'Failure of accurate ECN: 1 ACE sent, 2 ACE received, 4 option sent, 8 option received [bits]';
COMMENT ON COLUMN snapshots.tcpi_options2 IS 'More negotiated options; null unless the archive names a kernel with this field [bits]';
COMMENT ON COLUMN snapshots.congestion_algorithm IS 'The congestion control, e.g. cubic';
COMMENT ON COLUMN snapshots.tos IS 'IPv4 TOS byte of sent packets [bits]';
COMMENT ON COLUMN snapshots.tclass IS 'IPv6 traffic class of sent packets; only for IPv6 sockets [bits]';
COMMENT ON COLUMN snapshots.shutdown IS 'Directions that are shut down: 1 receiving, 2 sending [bits]';
COMMENT ON COLUMN snapshots.protocol IS 'IP protocol; only in a connection’s last record';
COMMENT ON COLUMN snapshots.v6only IS 'IPV6_V6ONLY; only for IPv6 sockets in states LISTEN and CLOSE';
COMMENT ON COLUMN snapshots.mark IS 'SO_MARK; only if the collector had CAP_NET_ADMIN';
COMMENT ON COLUMN snapshots.class_id IS 'Class (net_cls) of the owner’s cgroup, else SO_PRIORITY';
COMMENT ON COLUMN snapshots.cgroup_id IS 'Id of the cgroup v2 in which the socket was created: the inode of its directory';
COMMENT ON COLUMN snapshots.idiag_rmem IS 'Memory of the receive queue [bytes]';
COMMENT ON COLUMN snapshots.idiag_wmem IS 'Memory of the send queue [bytes]';
COMMENT ON COLUMN snapshots.idiag_fmem IS 'Memory reserved and not used yet [bytes]';
COMMENT ON COLUMN snapshots.idiag_tmem IS 'Memory of packets being sent [bytes]';
COMMENT ON COLUMN snapshots.skmem_rmem_alloc IS 'Memory of the receive queue [bytes]';
COMMENT ON COLUMN snapshots.skmem_rcvbuf IS 'Limit of the receive queue, SO_RCVBUF [bytes]';
COMMENT ON COLUMN snapshots.skmem_wmem_alloc IS 'Memory of packets being sent [bytes]';
COMMENT ON COLUMN snapshots.skmem_sndbuf IS 'Limit of the send queue, SO_SNDBUF [bytes]';
COMMENT ON COLUMN snapshots.skmem_fwd_alloc IS 'Memory reserved and not used yet [bytes]';
COMMENT ON COLUMN snapshots.skmem_wmem_queued IS 'Memory of the send queue [bytes]';
COMMENT ON COLUMN snapshots.skmem_optmem IS 'Memory of options and filters [bytes]';
COMMENT ON COLUMN snapshots.skmem_backlog IS 'Memory of packets that wait for the socket’s lock [bytes]';
COMMENT ON COLUMN snapshots.skmem_drops IS 'Packets dropped so far; wraps at 2^32 [packets]';
COMMENT ON COLUMN snapshots.tcpv_enabled IS '1 if the algorithm controls the window now, else 0';
COMMENT ON COLUMN snapshots.tcpv_rttcnt IS 'Samples of the round-trip time in the current round [events]';
COMMENT ON COLUMN snapshots.tcpv_rtt IS 'Round-trip time; null before the first sample [us]';
COMMENT ON COLUMN snapshots.tcpv_minrtt IS 'Smallest round-trip time; null before the first sample [us]';
COMMENT ON COLUMN snapshots.dctcp_enabled IS '1, or 0 if the peer has no ECN: then the other dctcp columns are 0';
COMMENT ON COLUMN snapshots.dctcp_ce_state IS '1 if the last packet received was marked CE, else 0';
COMMENT ON COLUMN snapshots.dctcp_alpha IS 'Smoothed share of marked bytes, in 1/1024';
COMMENT ON COLUMN snapshots.dctcp_ab_ecn IS 'Bytes acknowledged with a mark in the current window [bytes]';
COMMENT ON COLUMN snapshots.dctcp_ab_tot IS 'Bytes acknowledged in the current window [bytes]';
COMMENT ON COLUMN snapshots.bbr_bw IS 'Estimate of the bottleneck’s bandwidth, bbr_bw_hi and bbr_bw_lo together [bytes/s]';
COMMENT ON COLUMN snapshots.bbr_min_rtt IS 'Recent minimum of the round-trip time; null before the first sample [us]';
COMMENT ON COLUMN snapshots.bbr_pacing_gain IS 'Factor from bandwidth to pacing rate, in 1/256';
COMMENT ON COLUMN snapshots.bbr_cwnd_gain IS 'Factor from bandwidth-delay product to congestion window, in 1/256';
COMMENT ON COLUMN snapshots.sockopt_recverr IS 'IP_RECVERR is set';
COMMENT ON COLUMN snapshots.sockopt_is_icsk IS 'The socket is connection-oriented: always true for TCP';
COMMENT ON COLUMN snapshots.sockopt_freebind IS 'IP_FREEBIND is set';
COMMENT ON COLUMN snapshots.sockopt_hdrincl IS 'IP_HDRINCL is set';
COMMENT ON COLUMN snapshots.sockopt_mc_loop IS 'IP_MULTICAST_LOOP is set, as it is by default';
COMMENT ON COLUMN snapshots.sockopt_transparent IS 'IP_TRANSPARENT is set';
COMMENT ON COLUMN snapshots.sockopt_mc_all IS 'IP_MULTICAST_ALL is set, as it is by default for IPv4 sockets';
COMMENT ON COLUMN snapshots.sockopt_nodefrag IS 'IP_NODEFRAG is set';
COMMENT ON COLUMN snapshots.sockopt_bind_address_no_port IS 'IP_BIND_ADDRESS_NO_PORT is set';
COMMENT ON COLUMN snapshots.sockopt_recverr_rfc4884 IS 'IP_RECVERR_RFC4884 is set';
COMMENT ON COLUMN snapshots.sockopt_defer_connect IS 'A Fast Open connect waits for the first data';
COMMENT ON COLUMN snapshots.ulp IS 'Upper-layer protocol, e.g. tls or mptcp; before 6.15 only if the collector had CAP_NET_ADMIN';
COMMENT ON COLUMN snapshots.tls_version IS 'Version of kernel TLS: 771 (0x0303) is TLS 1.2, 772 is TLS 1.3';
COMMENT ON COLUMN snapshots.tls_cipher IS 'TLS_CIPHER_* of linux/tls.h';
COMMENT ON COLUMN snapshots.tls_txconf IS 'Encryption when sending: 1 not by the kernel, 2 in software, 3 in hardware, 4 by hardware that does TCP too';
COMMENT ON COLUMN snapshots.tls_rxconf IS 'Decryption when receiving, with the values of tls_txconf';
COMMENT ON COLUMN snapshots.tls_zc_ro_tx IS 'True if sendfile is zero-copy; else absent';
COMMENT ON COLUMN snapshots.tls_rx_no_pad IS 'True if records are expected without padding; else absent';
COMMENT ON COLUMN snapshots.mptcp_token_rem IS 'The peer’s token of the MPTCP connection';
COMMENT ON COLUMN snapshots.mptcp_token_loc IS 'Our token of the MPTCP connection: the same in all of its subflows';
COMMENT ON COLUMN snapshots.mptcp_relwrite_seq IS 'Subflow sequence number of the next byte to send, relative to the subflow’s start';
COMMENT ON COLUMN snapshots.mptcp_map_seq IS 'Data sequence number of the current mapping, 16 hexadecimal digits: it uses all 64 bits';
COMMENT ON COLUMN snapshots.mptcp_map_sfseq IS 'Subflow sequence number of the current mapping';
COMMENT ON COLUMN snapshots.mptcp_ssn_offset IS 'Start of the subflow’s sequence numbers; those of the mapping are relative to it';
COMMENT ON COLUMN snapshots.mptcp_map_datalen IS 'Length of the current mapping [bytes]';
COMMENT ON COLUMN snapshots.mptcp_flags IS 'Flags of the subflow: 1 and 2 MP_CAPABLE by the peer and us, 4 and 8 MP_JOIN, 16 and 32 backup, 64 fully established, 128 connected, 256 mapping valid [bits]';
COMMENT ON COLUMN snapshots.mptcp_id_rem IS 'The peer’s address id';
COMMENT ON COLUMN snapshots.mptcp_id_loc IS 'Our address id';
COMMENT ON COLUMN snapshots.ordinal IS 'Number of the snapshot among all of its connection in the input, from 1, including those left out; in the last row their total';
COMMENT ON COLUMN snapshots.dropped IS 'Snapshots that thinning left out between the previous row and this one [snapshots]';
