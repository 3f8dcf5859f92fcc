import { resolve } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Command } from 'commander';
import { DuckDbError } from '../../../export/index.js';
import { type BrokerClient, type BrokerOptions, connectOnce, loadClient } from '../../../fleet/broker/index.js';
import {
  type Connections,
  Dataset,
  DatasetError,
  NatsPartition,
  OwnerError,
  PartitionIngest,
} from '../../../fleet/ingest/index.js';
import { packageVersion } from '../../../host/index.js';
import { ListenError } from '../../../live/http/index.js';
import { createLogger, type Logger } from '../../../log/index.js';
import { createIngestMetrics } from '../../../metrics/index.js';
import { messageLine } from '../../../words/index.js';
import { EXIT_DAMAGED, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from '../../flags/exit-codes.js';
import { accessOf, isOpenToOthers } from '../../tool/broker-options.js';
import type { CommandContext } from '../../tool/command-context.js';
import { ignoreErrorEvents } from '../../tool/error-events.js';
import { BROKER_ERRORS, initStreams } from '../../tool/init-streams.js';
import { LineOutput } from '../../tool/line-output.js';
import { MetricsServer } from '../../tool/metrics-server.js';
import { type IngestOptions, PROGRAM } from './options.js';

/** Errors whose message is complete for a user. */
const EXPECTED = [OwnerError, DatasetError, DuckDbError, ...BROKER_ERRORS, ListenError];

/** Makes files as the arguments say, and returns the exit code. @throws every error that is a defect */
export async function ingest(command: Command, context: CommandContext): Promise<number> {
  const { stdout, stderr } = context;
  ignoreErrorEvents(stdout, stderr);
  const options = command.opts<IngestOptions>();
  const { to } = options;
  try {
    const client = await loadClient();
    const broker = accessOf(PROGRAM, options.from, options);
    if (options.init) return await initStreams(client, broker, options, stdout);
    if (to === undefined) {
      stderr.write(messageLine(PROGRAM, 'missing --to DIR, the folder of files (see --help)'));
      return EXIT_USAGE;
    }
    return await run(client, broker, { ...options, to: resolve(to) }, context);
  } catch (error) {
    if (!(error instanceof Error) || !EXPECTED.some((kind) => error instanceof kind)) throw error;
    stderr.write(messageLine(PROGRAM, error.message));
    return EXIT_FAILED;
  }
}

async function run(
  client: BrokerClient,
  broker: BrokerOptions,
  options: IngestOptions & { readonly to: string },
  { stderr, signals }: CommandContext,
): Promise<number> {
  const lines = new LineOutput(stderr, (leftOut) => log.warn('lines left out: no one read them', { lines: leftOut }));
  const log = createLogger({ write: (line) => lines.write(line), now: () => new Date().toISOString() });
  if (isOpenToOthers(options.from, options)) {
    log.warn('rows have addresses, and come from another machine without TLS: use tls://', {
      from: options.from.servers.join(),
    });
  }
  const metrics = createIngestMetrics(packageVersion());
  const server = new MetricsServer({ metrics, ready: () => ({ ok: true }) });
  if (options.prom !== undefined) log.info('metrics', { port: await server.listen(options.prom) });
  const connections = new LastingConnection(client, broker);
  const { fileAge: fileAgeMs, fileSize: fileBytes, keep: keepMs, once, to } = options;
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
