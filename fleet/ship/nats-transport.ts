import type { JetStreamClient } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type BrokerClient, type BrokerOptions, CredentialsError, connectOnce } from '../broker/index.js';
import { type Carrier, type FrameMessage, type Refusal, RefusedError, type Transport } from './transport.js';

/** Time for an acknowledgement, milliseconds. */
const ACK_MS = 5000;
/**
 * Codes of server/errors.json: `maximum bytes exceeded` comes as 10077 (stream store failed), limits of the account as
 * 10002 and 10023, storage as 10028 and 10047.
 */
const FULL_CODES: readonly number[] = [10_002, 10_023, 10_028, 10_047, 10_077];
/** `message size exceeds maximum allowed`. */
const TOO_LARGE_CODE = 10_054;

/** NATS JetStream as a transport of frames. */
export class NatsTransport implements Transport {
  readonly #client: BrokerClient;
  readonly #options: BrokerOptions;

  constructor(client: BrokerClient, options: BrokerOptions) {
    this.#client = client;
    this.#options = options;
  }

  async connect(): Promise<Carrier> {
    try {
      return new NatsCarrier(this.#client, await connectOnce(this.#client, this.#options));
    } catch (error) {
      throw refusalOf(this.#client, error);
    }
  }
}

class NatsCarrier implements Carrier {
  readonly #client: BrokerClient;
  readonly #connection: NatsConnection;
  readonly #stream: JetStreamClient;
  readonly ended: Promise<string | undefined>;

  constructor(client: BrokerClient, connection: NatsConnection) {
    this.#client = client;
    this.#connection = connection;
    this.#stream = client.jetstream.jetstream(connection);
    this.ended = connection.closed().then((error) => (error === undefined ? 'connection closed' : error.message));
  }

  async send({ subject, id, headers, payload }: FrameMessage): Promise<{ isDuplicate: boolean }> {
    const lines = this.#client.transport.headers();
    for (const [name, value] of Object.entries(headers)) lines.set(name, value);
    try {
      const ack = await this.#stream.publish(subject, payload, {
        msgID: id,
        headers: lines,
        timeout: ACK_MS,
        retries: 1,
      });
      return { isDuplicate: ack.duplicate };
    } catch (error) {
      throw this.#connection.isClosed()
        ? new RefusedError('disconnected', 'the connection ended', { cause: error })
        : refusalOf(this.#client, error);
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}

/** Returns an error of the client as a refusal. Throws what is not an error at all. */
function refusalOf(client: BrokerClient, error: unknown): RefusedError {
  if (!(error instanceof Error)) throw error;
  return new RefusedError(reasonOf(client, error), error.message, { cause: error });
}

function reasonOf({ transport: { errors }, jetstream: { JetStreamApiError } }: BrokerClient, error: Error): Refusal {
  if (error instanceof CredentialsError) return 'auth';
  if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError)
    return 'auth';
  if (error instanceof errors.PermissionViolationError || error.cause instanceof errors.PermissionViolationError)
    return 'auth';
  if (error instanceof errors.TimeoutError) return 'timeout';
  if (error instanceof errors.ClosedConnectionError || error instanceof errors.DrainingConnectionError)
    return 'disconnected';
  // The client compares with the largest payload that the server allows.
  if (error instanceof errors.InvalidArgumentError && error.message.includes('payload')) return 'too-large';
  if (!(error instanceof JetStreamApiError)) return 'unavailable';
  if (error.code === TOO_LARGE_CODE) return 'too-large';
  return FULL_CODES.includes(error.code) ? 'full' : 'unavailable';
}
