import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import type { BrokerOptions } from '../../fleet/broker/index.js';
import { MOST_PARTITIONS } from '../../fleet/wire/index.js';
import type { ListenAddress } from '../../live/http/index.js';
import { parseCount, parseListenAddress, parseSize } from '../flags/values.js';

/** Addresses of brokers. */
export interface BrokerAddress {
  /** `HOST` or `HOST:PORT`. */
  readonly servers: readonly string[];
  readonly tls: boolean;
}

/** Options of access to brokers, as commander returns them. */
export interface AccessOptions {
  readonly creds?: string;
  readonly nkey?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly inboxPrefix?: string;
}

/** Options of the streams, as commander returns them. */
export interface StreamsChoice {
  readonly partitions: number;
  readonly init: boolean;
  readonly replicas: number;
  readonly maxBytes: number;
}

/** Adds the options of {@link AccessOptions} and {@link StreamsChoice}. */
export function addAccessOptions(command: Command): Command {
  const number = `number of streams; all programs of a fleet have the same, 1 to ${MOST_PARTITIONS}`;
  return command
    .option('--partitions <N>', number, partitions, 16)
    .option('--creds <FILE>', 'credentials of NATS: a JWT with its seed; read again for each connection')
    .option('--nkey <FILE>', 'seed of an nkey, in place of --creds')
    .option('--tls-ca <FILE>', 'certificates of authorities for TLS, in PEM')
    .option('--tls-cert <FILE>', 'certificate of this client, in PEM')
    .option('--tls-key <FILE>', 'key of this client, in PEM')
    .option('--inbox-prefix <SUBJECT>', 'beginning of the subjects of answers, if rights are bound to it')
    .option('--init', 'create the streams, or check those that exist, and end', false)
    .option('--replicas <N>', 'with --init: servers that keep each stream, 1 to 5', replicas, 1)
    .option(
      '--max-bytes <SIZE>',
      'with --init: most bytes of each stream, which the broker reserves',
      maxBytes,
      2 ** 30,
    );
}

/** Returns the access to brokers. @param program name of the client, as the broker's monitoring has it */
export function accessOf(program: string, address: BrokerAddress, options: AccessOptions): BrokerOptions {
  const { creds, nkey, tlsCa, tlsCert, tlsKey, inboxPrefix } = options;
  return {
    ...address,
    name: `${program} on ${hostname()}`,
    ...(creds === undefined ? {} : { credsFile: creds }),
    ...(nkey === undefined ? {} : { nkeyFile: nkey }),
    ...(tlsCa === undefined ? {} : { tlsCaFile: tlsCa }),
    ...(tlsCert === undefined ? {} : { tlsCertFile: tlsCert }),
    ...(tlsKey === undefined ? {} : { tlsKeyFile: tlsKey }),
    ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
  };
}

/** Returns whether addresses leave this machine without TLS. */
export function isOpenToOthers({ servers, tls }: BrokerAddress, { tlsCa, tlsCert }: AccessOptions): boolean {
  return !tls && tlsCa === undefined && tlsCert === undefined && !servers.every(isOwnMachine);
}

function isOwnMachine(server: string): boolean {
  const host = server.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Parses `nats://HOST[:PORT],...`. @throws InvalidArgumentError */
export function brokers(text: string): BrokerAddress {
  const [, scheme, list = ''] = /^(nats|tls):\/\/(.+)$/.exec(text) ?? [];
  if (list.includes('@'))
    throw new InvalidArgumentError('a secret in an address is seen by all: give --creds or --nkey');
  const servers = list.replace(/\/$/, '').split(',');
  if (scheme === undefined || !servers.every((each) => /^(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/.test(each))) {
    throw new InvalidArgumentError('expected nats://HOST[:PORT],... or tls://HOST[:PORT],...');
  }
  return { servers, tls: scheme === 'tls' };
}

/** Parses the address of a page of metrics. @throws InvalidArgumentError */
export function prom(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (address !== undefined) return address;
  throw new InvalidArgumentError('expected [HOST:]PORT, such as 9090 or 127.0.0.1:9090');
}

/** Returns a value within bounds. @throws InvalidArgumentError */
export function within(value: number | undefined, least: number, most: number, expected: string): number {
  if (value !== undefined && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`expected ${expected}`);
}

function partitions(text: string): number {
  return within(parseCount(text), 1, MOST_PARTITIONS, `a number from 1 to ${MOST_PARTITIONS}`);
}

function replicas(text: string): number {
  return within(parseCount(text), 1, 5, 'a number from 1 to 5');
}

function maxBytes(text: string): number {
  return within(parseSize(text), 2 ** 20, Number.MAX_SAFE_INTEGER, 'a size from 1MiB, such as 20GiB');
}
