import {
  DUMP_FORMATS,
  IDLE_COUNTS,
  PROXY_PROTOCOLS,
  REJECT_BY,
  type ServiceMode,
  WHEN_FULL,
} from './service-config.js';
import {
  readBackendHost,
  readBoolean,
  readClientPrefix,
  readDumpRate,
  readDurationMs,
  readLimit,
  readListenHost,
  readPath,
  readPort,
  readPorts,
  readPrefixes,
  readSize,
  readSource,
  type ValueReader,
  wordReader,
} from './value-readers.js';

/** Key of a service in the file. */
export interface ConfigKey<T> {
  readonly read: ValueReader<T>;
  /** Mode that the key needs; undefined for both. */
  readonly only?: ServiceMode;
  /** For a key of one mode: returns true for a value that asks for nothing, which the other mode accepts too. */
  readonly isOff?: (value: T) => boolean;
  /** Meaning, for documents: a noun phrase. */
  readonly meaning: string;
  /** Default, for documents. Without it the key is required, or has no value when absent. */
  readonly otherwise?: string;
}

function key<T>(read: ValueReader<T>, rest: Omit<ConfigKey<T>, 'read'>): ConfigKey<T> {
  return { read, ...rest };
}

/** All keys of a service, in the order of the documents; the first fourteen are those of gihnius/monconn. */
export const CONFIG_KEYS = {
  listen_ip: key(readListenHost, { meaning: 'listening address', otherwise: 'all addresses' }),
  listen_port: key(readPorts, { meaning: 'port; watched services may have several and ranges' }),
  backend_ip: key(readBackendHost, {
    only: 'forwarded',
    meaning: 'address or name of the backend',
    otherwise: '127.0.0.1',
  }),
  backend_port: key(readPort, { meaning: 'port of the backend; without it the service is watched' }),
  read_timeout: key(readDurationMs, {
    meaning: 'time after which a client that sends nothing is ended, even if it receives',
    otherwise: 'off',
  }),
  write_timeout: key(readDurationMs, {
    meaning: 'time after which a client that acknowledges nothing is ended',
    otherwise: '10m; watched: off',
  }),
  wait_timeout: key(readDurationMs, { meaning: 'time that busy connections have at a stop', otherwise: '1m' }),
  max_idle: key(readDurationMs, {
    meaning: 'time without data after which a connection is ended',
    otherwise: '15m; watched: off',
  }),
  conn_limit: key(readLimit, { meaning: 'connections at a time', otherwise: 'no limit' }),
  ip_limit: key(readLimit, { meaning: 'clients at a time', otherwise: 'no limit' }),
  keepalive: key(readBoolean, {
    only: 'forwarded',
    isOff: (value) => !value,
    meaning: 'keep-alive probes after 30 s of silence',
    otherwise: 'true',
  }),
  print_bytes: key(readBoolean, {
    only: 'forwarded',
    isOff: (value) => !value,
    meaning: 'the dump of gihnius/monconn, as `dump: go`',
    otherwise: 'false',
  }),
  ip_blacklist: key(readPrefixes, { meaning: 'addresses and prefixes that are refused', otherwise: 'empty' }),
  ip_conn_limit: key(readLimit, { meaning: 'connections of one client at a time', otherwise: 'no limit' }),
  ip_prefix: key(readClientPrefix, {
    meaning: 'bits of an address that make one client',
    otherwise: '{v4: 32, v6: 128}',
  }),
  ip_allowlist: key(readPrefixes, {
    meaning: 'if not empty, the only addresses that are admitted',
    otherwise: 'empty',
  }),
  idle_counts: key(wordReader(IDLE_COUNTS), {
    meaning: 'data that ends idleness; `read`: only what the client sends',
    otherwise: 'any',
  }),
  max_lifetime: key(readDurationMs, { meaning: 'time after which a connection is ended', otherwise: 'off' }),
  when_full: key(wordReader(WHEN_FULL), {
    meaning: 'treatment of a connection above conn_limit or ip_conn_limit',
    otherwise: 'wait; watched: reject',
  }),
  reject: key(wordReader(REJECT_BY), {
    only: 'forwarded',
    isOff: (value) => value === 'rst',
    meaning: 'way to end a rejected connection',
    otherwise: 'rst',
  }),
  connect_timeout: key(readDurationMs, {
    only: 'forwarded',
    meaning: 'time to wait for the backend',
    otherwise: '5s',
  }),
  proxy_protocol: key(wordReader(PROXY_PROTOCOLS), {
    only: 'forwarded',
    isOff: (value) => value === 'none',
    meaning: 'version of the PROXY protocol to the backend',
    otherwise: 'none',
  }),
  source: key(readSource, {
    only: 'forwarded',
    isOff: (value) => value === 'system',
    meaning: "source of connections to the backend: `client` (the client's address), an address, or `system`",
    otherwise: 'system',
  }),
  dump: key(wordReader(DUMP_FORMATS), {
    only: 'forwarded',
    isOff: (value) => value === 'none',
    meaning: 'format of dumped bytes',
    otherwise: 'none',
  }),
  dump_max: key(readSize, { only: 'forwarded', meaning: 'dumped bytes of each connection', otherwise: '64KiB' }),
  dump_rate: key(readDumpRate, {
    only: 'forwarded',
    meaning: 'dumped bytes a second of all connections of the service, at most 64MiB',
    otherwise: '1MiB',
  }),
  dump_file: key(readPath, {
    only: 'forwarded',
    meaning: 'file that dumps are appended to',
    otherwise: 'standard output',
  }),
};

/** Name of a key. */
export type ConfigKeyName = keyof typeof CONFIG_KEYS;

/** Type of a key's value. */
type ValueOf<K> = K extends ConfigKey<infer T> ? T : never;

/** Values of the keys that a service has in the file. */
export type Settings = { [K in ConfigKeyName]?: ValueOf<(typeof CONFIG_KEYS)[K]> };

/** Returns the key of a name; undefined for an unknown one. */
export function findKey(name: string): ConfigKeyName | undefined {
  return Object.hasOwn(CONFIG_KEYS, name) ? (name as ConfigKeyName) : undefined;
}
