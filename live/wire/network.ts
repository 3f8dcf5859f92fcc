/** Listening socket and its queues. */
export interface ListenerJson {
  readonly localAddress: string;
  readonly localPort: number;
  /** Connections that wait to be accepted. */
  readonly queued: number;
  /** Connections that listen() allowed to wait. */
  readonly backlog: number;
  /** Fill ratio of the accept queue: the kernel lets one more wait than listen() allowed. At 1 it accepts no further ones. */
  readonly fillRatio: number;
  /**
   * Packets and handshakes that the socket dropped since it listens, because a queue was full or memory short. Wraps at
   * 2^32; null before Linux 4.7.
   */
  readonly drops: number | null;
  /** Handshakes that are not finished (SYN_RECV) of all listeners of this port; null if unknown. */
  readonly halfOpen: number | null;
}

/** Listening sockets. */
export interface ListenersJson {
  /** Number of all. */
  readonly count: number;
  /** Sockets with the fullest queues first, at most 1,000. */
  readonly sockets: readonly ListenerJson[];
}

/** Local ports that connections to one destination use. */
export interface DestinationJson {
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Ports in use: as many as recorded connections. */
  readonly ports: number;
}

/** Local ports from which the kernel chooses for outgoing connections. */
export interface LocalPortsJson {
  /** Number of ports: `net.ipv4.ip_local_port_range` less `ip_local_reserved_ports`. */
  readonly ports: number;
  /** Ports that recorded connections use. */
  readonly used: number;
  /** Largest number used to one destination: when it equals `ports`, connect() fails. */
  readonly usedToBusiest: number;
  /** Number of destinations. */
  readonly destinationCount: number;
  /** Destinations with most ports first, at most 100. */
  readonly destinations: readonly DestinationJson[];
}

/** TCP sockets of the collector's network namespace. A limit that is unknown is null. */
export interface TcpSocketsJson {
  readonly inUse: number;
  /** Sockets in TIME_WAIT. */
  readonly timeWait: number;
  /** `net.ipv4.tcp_max_tw_buckets`. */
  readonly maxTimeWait: number | null;
  /** Sockets that no program has any longer and that still send or wait, of the whole machine. */
  readonly orphans: number;
  /** `net.ipv4.tcp_max_orphans`, of the whole machine. */
  readonly maxOrphans: number | null;
}

/** Memory of TCP buffers of the whole machine: `net.ipv4.tcp_mem`. A bound that is unknown is null. */
export interface TcpMemoryJson {
  readonly usedBytes: number;
  /** Above it buffers shrink. */
  readonly pressureBytes: number | null;
  /** Above it the kernel drops packets and ends connections. */
  readonly maxBytes: number | null;
}

/** Table of connection tracking of the collector's network namespace. */
export interface ConntrackTableJson {
  readonly entries: number;
  /** `nf_conntrack_max`; null if unknown. */
  readonly maxEntries: number | null;
  /** Packets dropped because the table was full, or memory short; null if unknown. */
  readonly drops: number | null;
  /** Flows dropped to make room for new ones; null if unknown. */
  readonly earlyDrops: number | null;
}

/**
 * Counters of TCP since the network namespace exists. `nstat -a` names them alike: `listenOverflows` is
 * TcpExtListenOverflows. A counter that the kernel lacks is absent.
 */
export interface TcpCountersJson {
  /** Connections opened by connect(). */
  readonly activeOpens?: number;
  /** Connections opened by listeners. */
  readonly passiveOpens?: number;
  /** Connections that failed to open. */
  readonly attemptFails?: number;
  /** Open connections that were reset. */
  readonly estabResets?: number;
  readonly inSegs?: number;
  readonly outSegs?: number;
  /** Segments that were sent again. */
  readonly retransSegs?: number;
  /** Segments with errors. */
  readonly inErrs?: number;
  /** Segments with RST that were sent. */
  readonly outRsts?: number;
  /** Handshakes that found an accept queue full. */
  readonly listenOverflows?: number;
  /** Packets and handshakes that listeners dropped for any reason. */
  readonly listenDrops?: number;
  /** SYNs dropped because too many handshakes were unfinished. */
  readonly reqQFullDrop?: number;
  /** SYNs answered with cookies for that reason. */
  readonly reqQFullDoCookies?: number;
  readonly syncookiesSent?: number;
  /** Retransmission timeouts. */
  readonly timeouts?: number;
  /** SYNs and answers to them that were sent again. */
  readonly synRetrans?: number;
  /** Connections that ended because nothing was acknowledged. */
  readonly abortOnTimeout?: number;
  /** Connections that ended for lack of memory, or because of too many orphans. */
  readonly abortOnMemory?: number;
  /** Times that memory came under pressure. */
  readonly memoryPressures?: number;
  /** Time under pressure, milliseconds. */
  readonly memoryPressureMs?: number;
  /** Times that a receive queue had to be cut. */
  readonly pruneCalled?: number;
  /** Packets dropped because a receive buffer was full. */
  readonly rcvQDrop?: number;
  /** Packets dropped because too many waited for a socket's lock. */
  readonly backlogDrop?: number;
  /** Sockets that had no room in TIME_WAIT. */
  readonly timeWaitOverflow?: number;
}

/** Part of {@link NetworkJson} that can be unknown. */
export type NetworkPart =
  | 'listeners'
  | 'halfOpen'
  | 'localPorts'
  | 'sockets'
  | 'maxTimeWait'
  | 'maxOrphans'
  | 'memory'
  | 'memoryBounds'
  | 'conntrack'
  | 'counters';

/** Answer of `/network`: the network of the machine beyond connections. What is unknown is null, and in `unknown`. */
export interface NetworkJson {
  /** Time of the reading, RFC 3339 UTC. Requests within a second, or longer while reading is slow, get the same one. */
  readonly time: string;
  readonly listeners: ListenersJson | null;
  readonly localPorts: LocalPortsJson | null;
  readonly sockets: TcpSocketsJson | null;
  readonly memory: TcpMemoryJson | null;
  readonly conntrack: ConntrackTableJson | null;
  readonly counters: TcpCountersJson;
  /** Parts that are unknown, each with a sentence that says why. */
  readonly unknown: readonly { readonly part: NetworkPart; readonly reason: string }[];
}
