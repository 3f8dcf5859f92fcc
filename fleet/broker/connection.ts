import { readFileSync, statSync } from 'node:fs';
import type { ConnectionOptions, NatsConnection } from '@nats-io/transport-node';
import { describeSystemError } from '../../host/errors/index.js';

/** Access to brokers. */
export interface BrokerOptions {
  /** Addresses, `HOST` or `HOST:PORT`. */
  readonly servers: readonly string[];
  /** True to connect by TLS only. */
  readonly tls: boolean;
  /** Name of this client, as the broker's monitoring has it. */
  readonly name: string;
  /** Path of a file with JWT and seed, or with an nkey's seed. Read again for each connection. */
  readonly credsFile?: string;
  readonly nkeyFile?: string;
  /** Paths of PEM files. */
  readonly tlsCaFile?: string;
  readonly tlsCertFile?: string;
  readonly tlsKeyFile?: string;
  /** Beginning of the subjects of answers, for accounts that may only subscribe to their own. */
  readonly inboxPrefix?: string;
}

/** Error when a file of credentials cannot be used. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
}

/** Error when the client of the broker is not installed. */
export class ClientMissingError extends Error {
  override readonly name = 'ClientMissingError';
}

/** Time for a connection, milliseconds, and between two pings of a quiet one. */
const CONNECT_MS = 10_000;
const PING_MS = 20_000;

/** Modules of the client, which are only loaded when a broker is used. */
export interface BrokerClient {
  readonly transport: typeof import('@nats-io/transport-node');
  readonly jetstream: typeof import('@nats-io/jetstream');
}

/** Loads the client of the broker. @throws ClientMissingError if its packages are not installed */
export async function loadClient(): Promise<BrokerClient> {
  try {
    const [transport, jetstream] = await Promise.all([import('@nats-io/transport-node'), import('@nats-io/jetstream')]);
    return { transport, jetstream };
  } catch (error) {
    if (!(error instanceof Error) || (error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    const packages = '@nats-io/transport-node and @nats-io/jetstream';
    throw new ClientMissingError(`the client of NATS is not installed: npm install ${packages}`, { cause: error });
  }
}

/** Connects once, without reconnecting later. @throws CredentialsError, and the client's errors */
export async function connectOnce({ transport }: BrokerClient, options: BrokerOptions): Promise<NatsConnection> {
  const { servers, name, credsFile, nkeyFile, tlsCaFile, tlsCertFile, tlsKeyFile, inboxPrefix } = options;
  const isTls = options.tls || tlsCaFile !== undefined || tlsCertFile !== undefined;
  const settings: ConnectionOptions = {
    servers: [...servers],
    name,
    reconnect: false,
    timeout: CONNECT_MS,
    pingInterval: PING_MS,
    ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
    ...(credsFile === undefined ? {} : { authenticator: transport.credsAuthenticator(readSecret(credsFile)) }),
    ...(nkeyFile === undefined ? {} : { authenticator: transport.nkeyAuthenticator(trimmed(readSecret(nkeyFile))) }),
    ...(isTls
      ? {
          tls: {
            ...(tlsCaFile === undefined ? {} : { caFile: tlsCaFile }),
            ...(tlsCertFile === undefined ? {} : { certFile: tlsCertFile }),
            ...(tlsKeyFile === undefined ? {} : { keyFile: tlsKeyFile }),
          },
        }
      : {}),
  };
  return await transport.connect(settings);
}

/** Reads a secret that others on this machine cannot read. @throws CredentialsError */
function readSecret(path: string): Uint8Array {
  try {
    if ((statSync(path).mode & 0o007) === 0) return readFileSync(path);
  } catch (error) {
    throw new CredentialsError(`cannot read ${path}: ${describeSystemError(error)}`, { cause: error });
  }
  throw new CredentialsError(`${path} is open to all users of this machine: chmod 600 it`);
}

function trimmed(bytes: Uint8Array): Uint8Array {
  return new TextEncoder().encode(new TextDecoder().decode(bytes).trim());
}
