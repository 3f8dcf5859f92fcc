import type { PortRange, Prefix } from '../../inetdiag/index.js';

/**
 * Ways to run a service. `watched`: connections of another program's listener, counted from inet_diag and ended by
 * SOCK_DESTROY. `forwarded`: a listener of our own in the data path.
 */
export const SERVICE_MODES = ['watched', 'forwarded'] as const;
/** One of {@link SERVICE_MODES}. */
export type ServiceMode = (typeof SERVICE_MODES)[number];

/**
 * Treatment of a connection that finds `conn_limit` or `ip_conn_limit` reached. `wait`: it stays in the backlog until
 * another one ends (`conn_limit` of forwarded services only). `reject`: it is ended. `evict_idle`: the connection that
 * has been idle longest is ended in its place.
 */
export const WHEN_FULL = ['wait', 'reject', 'evict_idle'] as const;
/** One of {@link WHEN_FULL}. */
export type WhenFull = (typeof WHEN_FULL)[number];

/** Directions that keep a connection from being idle. `read`: only what the client sends. */
export const IDLE_COUNTS = ['any', 'read'] as const;
/** One of {@link IDLE_COUNTS}. */
export type IdleCounts = (typeof IDLE_COUNTS)[number];

/** Ways to end a rejected connection. */
export const REJECT_BY = ['rst', 'fin'] as const;
/** One of {@link REJECT_BY}. */
export type RejectBy = (typeof REJECT_BY)[number];

/** Versions of the PROXY protocol by which the backend learns the client's address. */
export const PROXY_PROTOCOLS = ['none', 'v1', 'v2'] as const;
/** One of {@link PROXY_PROTOCOLS}. */
export type ProxyProtocol = (typeof PROXY_PROTOCOLS)[number];

/** Formats of dumped bytes. `none` is off; `go` prints the lines of gihnius/monconn. */
export const DUMP_FORMATS = ['none', 'hex', 'go', 'text'] as const;
/** One of {@link DUMP_FORMATS}. */
export type DumpFormat = (typeof DUMP_FORMATS)[number];

/** Number of leading bits of an address that make one client. */
export interface ClientPrefix {
  /** Bits of IPv4 addresses, IPv4-mapped ones too: 0 to 32. */
  readonly v4: number;
  /** Bits of IPv6 addresses: 0 to 128. */
  readonly v6: number;
}

/** Rules for connections of one service. A number of 0 means no limit, a time of 0 is off. */
export interface LimitOptions {
  /** Connections at a time. */
  readonly connLimit: number;
  /** Clients at a time. */
  readonly ipLimit: number;
  /** Connections of one client at a time. */
  readonly ipConnLimit: number;
  readonly ipPrefix: ClientPrefix;
  readonly whenFull: WhenFull;
  /** Addresses that are refused, and whose open connections are ended. */
  readonly blacklist: readonly Prefix[];
  /** If not empty: the only addresses that are admitted. */
  readonly allowlist: readonly Prefix[];
  /** Milliseconds without data after which a connection is ended, from its accept. */
  readonly maxIdleMs: number;
  readonly idleCounts: IdleCounts;
  /** Milliseconds after its accept at which a connection is ended. */
  readonly maxLifetimeMs: number;
  /** Milliseconds after which a client that sends nothing is ended. */
  readonly readTimeoutMs: number;
  /** Milliseconds after which a client that acknowledges nothing of what was sent is ended. */
  readonly writeTimeoutMs: number;
}

/** Options that only a forwarded service has. */
export interface ForwardOptions {
  /** Address, or name to resolve at each connect. */
  readonly backendHost: string;
  readonly backendPort: number;
  /** Milliseconds to wait for the backend; 0 is the kernel's own limit. */
  readonly connectTimeoutMs: number;
  readonly keepalive: boolean;
  readonly proxyProtocol: ProxyProtocol;
  /** Source of the connection to the backend: the client's address, an address of this machine, or the system's choice. */
  readonly source: 'client' | 'system' | { readonly address: string };
  readonly dump: DumpFormat;
  /** Bytes that are dumped of each connection. */
  readonly dumpMaxBytes: number;
  /** Bytes that are dumped each second, of all connections together. */
  readonly dumpBytesPerSec: number;
  /** File that dumps are appended to; undefined for standard output. */
  readonly dumpFile: string | undefined;
}

/** Place of a service in its file. */
export interface ConfigPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Configuration of one service. */
export interface ServiceConfig {
  /** Key of the service in the file; with `-p` the {@link sid}. Unique. */
  readonly name: string;
  /** Listening address and ports as text, `10.0.0.1:5432`, `*:80`, `[::1]:443,8000-8010`: the seed's id. */
  readonly sid: string;
  readonly mode: ServiceMode;
  /** Listening address in its canonical form, without brackets; undefined for all addresses of both families. */
  readonly listenHost: string | undefined;
  /** Ports, ascending, neither overlapping nor adjacent. Exactly one port in a forwarded service. */
  readonly listenPorts: readonly PortRange[];
  readonly limits: LimitOptions;
  readonly reject: RejectBy;
  /** Milliseconds that open connections have at a stop. */
  readonly waitTimeoutMs: number;
  /** Present in a forwarded service. */
  readonly forward: ForwardOptions | undefined;
  /** Undefined for a service of the command line. */
  readonly place: ConfigPlace | undefined;
}

/** One client is one address, as in gihnius/monconn. */
export const WHOLE_ADDRESSES: ClientPrefix = { v4: 32, v6: 128 };

/** Rules that limit nothing: the defaults of a watched service, whose connections belong to another program. */
export const NO_LIMITS: LimitOptions = {
  connLimit: 0,
  ipLimit: 0,
  ipConnLimit: 0,
  ipPrefix: WHOLE_ADDRESSES,
  whenFull: 'reject',
  blacklist: [],
  allowlist: [],
  maxIdleMs: 0,
  idleCounts: 'any',
  maxLifetimeMs: 0,
  readTimeoutMs: 0,
  writeTimeoutMs: 0,
};

/**
 * Defaults of a forwarded service: those of gihnius/monconn, but for `read_timeout`, which is 10 minutes there. It would
 * end every download that takes longer than that.
 */
export const FORWARD_LIMITS: LimitOptions = {
  ...NO_LIMITS,
  whenFull: 'wait',
  maxIdleMs: 900_000,
  writeTimeoutMs: 600_000,
};

/** Default of `wait_timeout`, in milliseconds. */
export const DEFAULT_WAIT_MS = 60_000;
/** Default of `connect_timeout`, in milliseconds. gihnius/monconn waits as long as the kernel does. */
export const DEFAULT_CONNECT_MS = 5_000;
/** Default of `dump_max`, in bytes. */
export const DEFAULT_DUMP_BYTES = 65_536;
/** Default of `dump_rate`, in bytes a second. */
export const DEFAULT_DUMP_RATE = 1_048_576;
/** Largest `dump_rate`, in bytes a second. */
export const MAX_DUMP_RATE = 67_108_864;
