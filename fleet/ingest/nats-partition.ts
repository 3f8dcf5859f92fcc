import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type BrokerClient, LEDGER_STREAM, ledgerSubject } from '../broker/index.js';
import { HEADERS, partitionSubjects, streamName } from '../wire/index.js';
import {
  OwnerError,
  type PartitionInfo,
  type PartitionMessage,
  type PartitionStore,
  type StoredLedger,
  StoreError,
} from './partition-store.js';

/** Source of connections: one that lives, or an error. */
export interface Connections {
  /** Returns the connection; makes one if necessary. @throws the client's errors */
  get(): Promise<NatsConnection>;
}

/** Stream and ledger of a partition in NATS JetStream. */
export class NatsPartition implements PartitionStore {
  readonly #client: BrokerClient;
  readonly #connections: Connections;
  readonly #stream: string;
  readonly #subjects: string;
  readonly #ledger: string;

  constructor(client: BrokerClient, connections: Connections, partition: number) {
    this.#client = client;
    this.#connections = connections;
    this.#stream = streamName(partition);
    this.#subjects = partitionSubjects(partition);
    this.#ledger = ledgerSubject(partition);
  }

  async info(): Promise<PartitionInfo> {
    return await this.#ask(async ({ manager }) => {
      const { created, state, config } = await manager.streams.info(this.#stream);
      const { first_seq: firstSeq, last_seq: lastSeq, bytes } = state;
      return { created, firstSeq, lastSeq, bytes, maxBytes: Math.max(0, config.max_bytes) };
    });
  }

  async next(seq: number): Promise<PartitionMessage | undefined> {
    return await this.#ask(async ({ manager }) => {
      const query = { seq, next_by_subj: this.#subjects };
      const message = await manager.direct.getMessage(this.#stream, query);
      if (message === null) return undefined;
      const { header, data, timestamp: time } = message;
      const id = header.get(HEADERS.id);
      return { seq: message.seq, time, timeMs: Date.parse(time), id, data, header: (name) => header.get(name) };
    });
  }

  async readLedger(): Promise<StoredLedger | undefined> {
    return await this.#ask(async ({ manager }) => {
      // Asked of the leader: a copy that lags would have an old ledger.
      const message = await manager.streams.getMessage(LEDGER_STREAM, { last_by_subj: this.#ledger });
      return message === null ? undefined : { text: message.string(), revision: message.seq };
    });
  }

  async writeLedger(text: string, revision: number | undefined): Promise<number> {
    const { JetStreamApiError, JetStreamApiCodes } = this.#client.jetstream;
    return await this.#ask(async ({ stream }) => {
      try {
        const expect = { lastSubjectSequence: revision ?? 0 };
        return (await stream.publish(this.#ledger, text, { expect })).seq;
      } catch (error) {
        if (!(error instanceof JetStreamApiError) || error.code !== JetStreamApiCodes.StreamWrongLastSequence)
          throw error;
        throw new OwnerError(`another process has changed the ledger of ${this.#stream}: it owns the partition`);
      }
    });
  }

  async trim(seq: number): Promise<void> {
    await this.#ask(async ({ manager }) => await manager.streams.purge(this.#stream, { seq }));
  }

  async #ask<T>(question: (asked: { manager: JetStreamManager; stream: JetStreamClient }) => Promise<T>): Promise<T> {
    try {
      const connection = await this.#connections.get();
      const manager = await this.#client.jetstream.jetstreamManager(connection, { checkAPI: false });
      return await question({ manager, stream: this.#client.jetstream.jetstream(connection) });
    } catch (error) {
      if (error instanceof OwnerError || !(error instanceof Error)) throw error;
      throw new StoreError(`${this.#stream}: ${error.message}`, { cause: error });
    }
  }
}
