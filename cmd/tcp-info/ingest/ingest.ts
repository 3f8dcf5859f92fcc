import type { NatsConnection } from '@nats-io/transport-node';
import type { Command } from 'commander';
import { DuckDbError } from '../../../export/index.js';
import { type BrokerClient, type BrokerOptions, connectOnce } from '../../../fleet/broker/index.js';
import {
  type Connections,
  Dataset,
  DatasetError,
  NatsPartition,
  OwnerError,
  PartitionIngest,
} from '../../../fleet/ingest/index.js';
import { packageVersion } from '../../../host/index.js';
import type { Logger } from '../../../log/index.js';
import { createIngestMetrics } from '../../../metrics/index.js';
import { EXIT_DAMAGED, EXIT_FAILED, EXIT_OK } from '../../flags/exit-codes.js';
import { type BrokerWork, runWithBroker } from '../../tool/broker-program.js';
import type { CommandContext } from '../../tool/command-context.js';
import { MetricsServer } from '../../tool/metrics-server.js';
import { type IngestOptions, PROGRAM } from './options.js';

/** Makes files as the arguments say, and returns the exit code. @throws every error that is a defect */
export async function ingest(command: Command, context: CommandContext): Promise<number> {
  const options = command.opts<IngestOptions>();
  const program = {
    program: PROGRAM,
    address: options.from,
    addressOption: 'from',
    options,
    folder: options.to,
    missing: 'missing --to DIR, the folder of files (see --help)',
    openWarning: 'rows have addresses, and come from another machine without TLS: use tls://',
    expected: [OwnerError, DatasetError, DuckDbError],
    run: async (work: BrokerWork) => await run(work, options, context),
  } as const;
  return await runWithBroker(program, context);
}

async function run(
  { client, broker, folder: to, log }: BrokerWork,
  options: IngestOptions,
  { signals }: CommandContext,
): Promise<number> {
  const metrics = createIngestMetrics(packageVersion());
  const server = new MetricsServer({ metrics, ready: () => ({ ok: true }) });
  if (options.prom !== undefined) log.info('metrics', { port: await server.listen(options.prom) });
  const connections = new LastingConnection(client, broker);
  const { fileAge: fileAgeMs, fileSize: fileBytes, keep: keepMs, once } = options;
  const { index, of } = options.instance;
  const partitions = Array.from({ length: options.partitions }, (_, each) => each).filter(
    (each) => each % of === index,
  );
  const dataset = await Dataset.open(to, `${index}-${of}`);
  const ingests = partitions.map(
    (partition) =>
      new PartitionIngest({
        ...{ partition, dataset, fileAgeMs, fileBytes, keepMs, once, metrics, log },
        store: new NatsPartition(client, connections, partition),
      }),
  );
  const stop = (): void => {
    for (const each of ingests) each.stop();
  };
  signals.onShutdown(stop, () => process.exit(EXIT_FAILED));
  try {
    log.info('making files', { to, partitions: partitions.length });
    return await finished(ingests, stop, log);
  } finally {
    await dataset.close();
    await connections.close();
    await server.close();
  }
}

/** Waits for all partitions; one that another process has ends the others. Returns the exit code. */
async function finished(ingests: readonly PartitionIngest[], stop: () => void, log: Logger): Promise<number> {
  const results = await Promise.allSettled(
    ingests.map(async (each) => {
      try {
        return await each.run();
      } catch (error) {
        stop();
        throw error;
      }
    }),
  );
  const setAside = ingests.reduce((sum, { asideMessages }) => sum + asideMessages, 0);
  log.info('stopped', { set_aside: setAside });
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  if (results.some((result) => result.status === 'fulfilled' && !result.value)) return EXIT_FAILED;
  return setAside > 0 ? EXIT_DAMAGED : EXIT_OK;
}

/** Connection for all partitions, made anew after its end. */
class LastingConnection implements Connections {
  readonly #client: BrokerClient;
  readonly #broker: BrokerOptions;
  #connection: Promise<NatsConnection> | undefined;

  constructor(client: BrokerClient, broker: BrokerOptions) {
    this.#client = client;
    this.#broker = broker;
  }

  async get(): Promise<NatsConnection> {
    this.#connection ??= this.#connect();
    const connection = await this.#connection;
    if (!connection.isClosed()) return connection;
    this.#connection = undefined;
    return await this.get();
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined); // it was never made
    await connection?.close();
  }

  async #connect(): Promise<NatsConnection> {
    try {
      return await connectOnce(this.#client, this.#broker);
    } catch (error) {
      this.#connection = undefined;
      throw error;
    }
  }
}
