/** Options of {@link Relay}. */
export interface RelayOptions {
  /**
   * Limit on accepted connections that wait for {@link Relay.connect} or {@link Relay.reject}, 1 to 1,048,576. At the
   * limit no listener accepts, and further clients wait in the kernel's queues. Default: 1,024.
   */
  readonly maxWaiting?: number;
  /** Limit on bytes copied for dumps per second, over all connections, up to 1 GiB. Default: 1 MiB. */
  readonly dumpBytesPerSec?: number;
  /**
   * Bytes of dumps that wait for JavaScript, up to 1 GiB, at which copying stops. What is left out is counted.
   * Default: 8 MiB.
   */
  readonly maxPendingDumpBytes?: number;
  /**
   * Time in ms that the peers of a connection have for their own FIN after the relay closed it with FIN (command, idle
   * limit, lifetime). Then both receive RST. 0 to 3,600,000. Default: 2,000.
   */
  readonly lingerMs?: number;
}

/** Options of both sides' sockets. TCP_NODELAY is always set. */
export interface RelaySocketOptions {
  /**
   * TCP_USER_TIMEOUT in ms: the kernel ends the connection with ETIMEDOUT when sent bytes are not acknowledged for this
   * long. 0: the system's limit. Default: 0.
   */
  readonly userTimeoutMs?: number;
  /** Silence in seconds, 1 to 32,767, after which keep-alive probes begin; 0: no keep-alive. Default: 30. */
  readonly keepAliveSec?: number;
}

/** Options of {@link Relay.listen}. The socket options are those of the clients' connections. */
export interface RelayListenOptions extends RelaySocketOptions {
  /** Numeric address, for example `fe80::1%eth0`. `::` also accepts IPv4 unless {@link v6Only}. */
  readonly address: string;
  /** Port, 0 for any free port. */
  readonly port: number;
  /** Length of the kernel's accept queue, 1 to 65,535. net.core.somaxconn limits it. Default: 4,096. */
  readonly backlog?: number;
  /**
   * True to open the listener although another process of this user listens on the address with {@link shares}. From then
   * on the kernel gives new connections to this one (SO_REUSEPORT). Default: false.
   */
  readonly takesOver?: boolean;
  /** True to let another process of this user take the address over later. Default: false. */
  readonly shares?: boolean;
  /** True for IPV6_V6ONLY. Default: false. */
  readonly v6Only?: boolean;
  /**
   * True to set IP_TRANSPARENT on the socket, so that it accepts connections to addresses that this machine does not
   * have. Needs CAP_NET_RAW or CAP_NET_ADMIN. Default: false.
   */
  readonly transparent?: boolean;
  /**
   * Limit on connections of this listener that have not ended, rejected ones included until they are closed. At the
   * limit the next accept waits until one ends. Default: no limit.
   */
  readonly maxOpen?: number;
  /** True to accept only after {@link Relay.resume}. Default: false. */
  readonly paused?: boolean;
}

/** Socket that {@link Relay.listen} opened. */
export interface RelayListener {
  /** Number of the listener, from 1; never used again. */
  readonly listener: number;
  /** Port on which it listens. */
  readonly port: number;
}

/** Time limits of one connection in ms, up to 2^31 - 1; 0: no limit. Limits of 10 s or more may act up to 1 s late. */
export interface RelayLimits {
  /** Time without bytes in either direction. Half-closed connections have this limit too. Default: 0. */
  readonly idleMs?: number;
  /** Time without bytes from the client, until one side has sent FIN. Default: 0. */
  readonly clientSilentMs?: number;
  /** Time without bytes after one side has sent FIN and the other has not. Default: 0. */
  readonly halfClosedMs?: number;
  /** Time since the accept. Default: 0. */
  readonly lifetimeMs?: number;
}

/** Options of {@link Relay.connect}. The socket options are those of the backend's connection. */
export interface RelayConnectOptions extends RelaySocketOptions, RelayLimits {
  /** Numeric address of the backend. */
  readonly address: string;
  /** Port of the backend, 1 to 65,535. */
  readonly port: number;
  /** Numeric address to connect from. Default: the system's choice, or the client's with {@link transparent}. */
  readonly source?: string;
  /** Port to connect from. Default: any (0), and the kernel chooses it with IP_BIND_ADDRESS_NO_PORT. */
  readonly sourcePort?: number;
  /**
   * True to connect from an address that this machine does not have (IP_TRANSPARENT): {@link source}, or without it the
   * client's address. Needs CAP_NET_RAW or CAP_NET_ADMIN, else the connect fails with EPERM. Default: false.
   */
  readonly transparent?: boolean;
  /** Limit on the time to connect in ms, then ETIMEDOUT; 0: the kernel's limit. Default: 0. */
  readonly connectTimeoutMs?: number;
  /** Bytes to send to the backend before those of the client, at most 4,096: a PROXY header. They are not counted. */
  readonly firstBytes?: Uint8Array;
  /** Limit on bytes of this connection that are copied for dumps, both directions together. Default: 0, no dump. */
  readonly dumpBytes?: number;
}

/** Manner of a close. `rst`: at once with RST. `fin`: with FIN, after what waits was written. */
export type RelayClosing = 'fin' | 'rst';

/** One end of a connection, as the kernel has it: an IPv4 client of an IPv6 listener has an IPv4-mapped address. */
export interface RelayEndpoint {
  /** AF_INET or AF_INET6. */
  readonly family: number;
  /** 16 bytes; AF_INET uses the first 4, the others are 0. Belongs to the caller. */
  readonly bytes: Uint8Array;
  readonly port: number;
  /** Interface index of a link-local IPv6 address, else 0. */
  readonly scope: number;
}

/** A connection was accepted. Nothing is read from it before {@link Relay.connect}. */
export interface RelayAccepted {
  readonly kind: 'accepted';
  /** Id of the connection, up to 2^52; never used again. */
  readonly connection: number;
  readonly listener: number;
  readonly client: RelayEndpoint;
  /** Address and port that the client connected to. */
  readonly local: RelayEndpoint;
  /** SO_COOKIE of the client's socket, equal to inet_diag's. */
  readonly cookie: bigint;
  /** CLOCK_REALTIME of the accept in µs since 1970. */
  readonly acceptedUs: number;
}

/** The backend accepted, and bytes are relayed from now on. */
export interface RelayConnected {
  readonly kind: 'connected';
  readonly connection: number;
  /** SO_COOKIE of the backend's socket. */
  readonly cookie: bigint;
  /** This machine's end of the connection to the backend. */
  readonly local: RelayEndpoint;
  readonly backend: RelayEndpoint;
  /** Duration of the connect in µs. */
  readonly connectUs: number;
}

/**
 * The backend could not be reached. The client's connection waits for another {@link Relay.connect} or a
 * {@link Relay.reject}; it does not count as waiting for {@link RelayOptions.maxWaiting}.
 */
export interface RelayConnectFailed {
  readonly kind: 'connect-failed';
  readonly connection: number;
  /** Positive errno: ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, EADDRNOTAVAIL (no source port left), EMFILE, EPERM, … */
  readonly errno: number;
  /** System call that failed: `socket`, `setsockopt`, `bind` or `connect`. */
  readonly syscall: RelaySyscall;
  /** Time from the command to the failure in µs. */
  readonly connectUs: number;
}

/** System calls of a connect, in the order of `ConnectCall` in `src/relay/event.h`. */
export const RELAY_SYSCALLS = ['socket', 'setsockopt', 'bind', 'connect'] as const;

/** System call of a connect. */
export type RelaySyscall = (typeof RELAY_SYSCALLS)[number];

/**
 * Reasons of an end, in the order of `EndReason` in `src/relay/event.h`. `client` and `backend`: both sides have sent
 * FIN, and this one sent it first. `…-reset`: this side sent RST. `…-timeout`: this side's kernel did not answer
 * (ETIMEDOUT, from TCP_USER_TIMEOUT or keep-alive). `…-error`: another errno of this side. `idle`, `client-silent`,
 * `half-closed`, `lifetime`: that limit. `closed` and `rejected`: the command. `relay-closed`: {@link Relay.close}
 * ended everything.
 */
export const RELAY_END_REASONS = [
  'client',
  'backend',
  'client-reset',
  'backend-reset',
  'client-timeout',
  'backend-timeout',
  'client-error',
  'backend-error',
  'idle',
  'client-silent',
  'half-closed',
  'lifetime',
  'closed',
  'rejected',
  'relay-closed',
] as const;

/** Reason of an end. */
export type RelayEndReason = (typeof RELAY_END_REASONS)[number];

/** Bytes of one connection. Bytes that were received and not sent were lost when the connection ended. */
export interface RelayBytes {
  /** Bytes received from the client. */
  readonly clientReceived: number;
  /** Bytes of the client that were written to the backend's socket, without {@link RelayConnectOptions.firstBytes}. */
  readonly backendSent: number;
  /** Bytes received from the backend. */
  readonly backendReceived: number;
  /** Bytes of the backend that were written to the client's socket. */
  readonly clientSent: number;
}

/** A connection has ended, and both sockets are closed. The last event of every accepted connection. */
export interface RelayEnded extends RelayBytes {
  readonly kind: 'ended';
  readonly connection: number;
  readonly listener: number;
  readonly reason: RelayEndReason;
  /** Positive errno of a reset, time-out or error; else 0. */
  readonly errno: number;
  /** True when the backend had accepted. */
  readonly wasConnected: boolean;
  /** True when at least one side was sent RST. */
  readonly wasReset: boolean;
  /** Time from the accept to the end in µs. */
  readonly durationUs: number;
  /** Time from the accept to the first bytes from the client in µs; -1 without any. */
  readonly firstClientUs: number;
  /** Time from the accept to the last bytes from the client in µs; -1 without any. */
  readonly lastClientUs: number;
  /** Time from the accept to the first bytes from the backend in µs; -1 without any. */
  readonly firstBackendUs: number;
  /** Time from the accept to the last bytes from the backend in µs; -1 without any. */
  readonly lastBackendUs: number;
  /** Bytes that a dump should have had, but for a limit. */
  readonly dumpOmittedBytes: number;
  /** `struct tcp_info` of the client's socket just before its close, as long as the kernel's. Belongs to the caller. */
  readonly clientInfo: Uint8Array;
  /** `struct tcp_info` of the backend's socket; empty without one. Belongs to the caller. */
  readonly backendInfo: Uint8Array;
}

/** Copy of bytes for a dump. */
export interface RelayDump {
  readonly kind: 'dump';
  readonly connection: number;
  /** `up`: from the client. `down`: from the backend. */
  readonly direction: 'up' | 'down';
  /** CLOCK_REALTIME of the read in µs since 1970. */
  readonly readUs: number;
  /** Number of bytes before these in the same direction, dumped or not. A gap was left out. */
  readonly offset: number;
  /** Belongs to the caller. */
  readonly bytes: Uint8Array;
}

/**
 * A listener stopped accepting because accept failed, or goes on. Accepting is tried again whenever a descriptor of the
 * relay is closed, and every second.
 */
export interface RelayAccepting {
  readonly kind: 'accepting';
  readonly listener: number;
  /** Positive errno (EMFILE, ENFILE, ENOBUFS, ENOMEM); 0: accepting goes on. */
  readonly errno: number;
}

/** A listener was closed by {@link Relay.stopListening}. No `accepted` event of it follows. */
export interface RelayStopped {
  readonly kind: 'stopped';
  readonly listener: number;
}

/** Any event of a relay. */
export type RelayEvent =
  | RelayAccepted
  | RelayConnected
  | RelayConnectFailed
  | RelayEnded
  | RelayDump
  | RelayAccepting
  | RelayStopped;

/**
 * Events in the order in which they happened. `connected`, `ended` and `dump` events wait for others for at most 5 ms.
 * `readRelayEvents` decodes them.
 */
export interface RelayBatch {
  /** Records of `src/relay/event.h`. Valid only until the callback returns. */
  readonly data: Uint8Array;
  /** Number of events. */
  readonly count: number;
}

/** Columns of {@link Relay.connections}, in the order of `Row` in `src/relay/live.h`. */
export const RELAY_COLUMNS = [
  'connection',
  'listener',
  'state',
  'acceptedUs',
  'clientReceived',
  'backendSent',
  'backendReceived',
  'clientSent',
  'lastClientUs',
  'lastBackendUs',
  'waitingBytes',
] as const;

/** States of {@link LiveConnection}, in the order of `LiveState` in `src/relay/live.h`. */
export const RELAY_STATES = ['waiting', 'connecting', 'open', 'half-closed', 'closing'] as const;

/** State of a connection that has not ended. `waiting`: for a command. `closing`: after FIN by the relay. */
export type RelayState = (typeof RELAY_STATES)[number];

/** One connection that has not ended. */
export interface LiveConnection extends RelayBytes {
  readonly connection: number;
  readonly listener: number;
  readonly state: RelayState;
  /** CLOCK_MONOTONIC of the accept in µs: that of `process.hrtime.bigint() / 1000n`. */
  readonly acceptedUs: number;
  /** CLOCK_MONOTONIC of the last bytes from the client in µs; {@link acceptedUs} before the first. */
  readonly lastClientUs: number;
  /** CLOCK_MONOTONIC of the last bytes from the backend in µs; {@link acceptedUs} before the first. */
  readonly lastBackendUs: number;
  /** Bytes that were received and wait to be written, in both directions. */
  readonly waitingBytes: number;
}

/** Totals of a relay since its start. */
export interface RelayTotals extends RelayBytes {
  /** Accepted connections. */
  readonly accepted: number;
  /** Ended connections. */
  readonly ended: number;
  /** Connections that wait for {@link Relay.connect} or {@link Relay.reject}. */
  readonly waiting: number;
  /** Buffers of 64 KiB that are in use. An idle connection has none. */
  readonly buffers: number;
  /** Memory of connections and buffers in bytes, used or kept for the next use. */
  readonly memoryBytes: number;
  /** Bytes that dumps should have had, but for a limit. */
  readonly dumpOmittedBytes: number;
  /** Number of times that the thread woke up. */
  readonly wakes: number;
  /** CPU time of the thread in ns. */
  readonly cpuNs: number;
}

/**
 * A thread that accepts TCP connections, connects them to backends and relays bytes both ways, with half-close and RST.
 * It decides nothing: JavaScript answers each `accepted` event with {@link connect} or {@link reject}. Bytes never pass
 * through JavaScript, so a busy event loop delays only new connections.
 *
 * Before the first {@link listen} there is no thread. From then on the relay keeps the process alive until
 * {@link close}. Commands for a connection that has ended are ignored, because its `ended` event may be on its way.
 */
export interface Relay {
  /**
   * Opens a listening socket, which has been bound when the method returns.
   * @throws an Error with code `ERR_SYSTEM`, `errno` and `syscall`: EADDRINUSE when the address is in use, EACCES for a
   * port below net.ipv4.ip_unprivileged_port_start without CAP_NET_BIND_SERVICE; `ERR_THREAD` when the system has no
   * thread or descriptor left; `ERR_CLOSED` after {@link close}; TypeError for invalid arguments
   */
  listen(options: RelayListenOptions): RelayListener;
  /** Closes a listener. Its connections stay; clients in the kernel's queue receive RST. A `stopped` event follows. */
  stopListening(listener: number): void;
  /** Stops accepting. Clients wait in the kernel's queue. One that the thread accepts at this moment is reported. */
  pause(listener: number): void;
  /** Goes on accepting after {@link pause} or {@link RelayListenOptions.paused}. */
  resume(listener: number): void;
  /** Changes {@link RelayListenOptions.maxOpen}; Infinity: no limit. Connections above a lower limit stay. */
  setMaxOpen(listener: number, maxOpen: number): void;
  /**
   * Connects a waiting connection to a backend. A `connected`, `connect-failed` or `ended` event follows. Ignored if
   * the connection is not waiting.
   * @throws TypeError for invalid arguments
   */
  connect(connection: number, options: RelayConnectOptions): void;
  /** Closes a connection that has no backend, with reason `rejected`. Ignored if it is connecting or connected. */
  reject(connection: number, how: RelayClosing): void;
  /**
   * Closes a connection in any state, with reason `closed`. With `fin`, bytes that wait are written and both sides are
   * sent FIN; further bytes are discarded. A second call with `rst` shortens this.
   */
  closeConnection(connection: number, how: RelayClosing): void;
  /** Changes the limits that are given; the others stay. */
  setLimits(connection: number, options: RelayLimits): void;
  /**
   * Copies {@link RELAY_COLUMNS} of all connections that have not ended into one array, row by row, without waiting for
   * the thread. `readRelayConnections` decodes it. Numbers of one row may differ by what was relayed meanwhile.
   */
  connections(): Float64Array;
  /** Returns the totals, without waiting for the thread. */
  totals(): RelayTotals;
  /**
   * Closes all listeners, ends all connections with RST, and resolves when the thread has ended and every event has
   * been delivered. Further calls return the same promise.
   */
  close(): Promise<void>;
}
