import type { Writable } from 'node:stream';
import {
  type BrokerClient,
  type BrokerOptions,
  ClientMissingError,
  CredentialsError,
  connectOnce,
  ensureStreams,
  StreamDiffersError,
} from '../../fleet/broker/index.js';
import { EXIT_OK } from '../flags/exit-codes.js';
import type { StreamsChoice } from './broker-options.js';

/** Error when the broker does not do what `--init` asks for. */
export class InitError extends Error {
  override readonly name = 'InitError';
}

/** Errors of brokers whose message is complete for a user. */
export const BROKER_ERRORS = [ClientMissingError, CredentialsError, StreamDiffersError, InitError] as const;

/** Creates the streams, or checks those that exist, and says so. Returns the exit code. @throws one of {@link BROKER_ERRORS} */
export async function initStreams(
  client: BrokerClient,
  broker: BrokerOptions,
  { partitions, replicas, maxBytes }: StreamsChoice,
  stdout: Writable,
): Promise<number> {
  try {
    const connection = await connectOnce(client, broker);
    try {
      const manager = await client.jetstream.jetstreamManager(connection);
      const created = await ensureStreams(manager, client, { partitions, replicas, maxBytes });
      // That of the ledgers, too.
      const streams = partitions + 1;
      stdout.write(`${streams} streams: ${created.length} created, ${streams - created.length} as they should be\n`);
    } finally {
      await connection.close();
    }
    return EXIT_OK;
  } catch (error) {
    if (!(error instanceof Error) || BROKER_ERRORS.some((kind) => error instanceof kind)) throw error;
    throw new InitError(`the broker at ${broker.servers.join(',')}: ${error.message}`, { cause: error });
  }
}
