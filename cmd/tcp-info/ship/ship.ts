import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type BrokerClient, type BrokerOptions, loadClient } from '../../../fleet/broker/index.js';
import { NatsTransport, ShipError, Shipper } from '../../../fleet/ship/index.js';
import { packageVersion } from '../../../host/index.js';
import { ListenError } from '../../../live/http/index.js';
import { createLogger, type Logger } from '../../../log/index.js';
import { createShipMetrics } from '../../../metrics/index.js';
import { messageLine } from '../../../words/index.js';
import { EXIT_DAMAGED, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from '../../flags/exit-codes.js';
import { accessOf, isOpenToOthers } from '../../tool/broker-options.js';
import type { CommandContext } from '../../tool/command-context.js';
import { ignoreErrorEvents } from '../../tool/error-events.js';
import { BROKER_ERRORS, initStreams } from '../../tool/init-streams.js';
import { LineOutput } from '../../tool/line-output.js';
import { MetricsServer } from '../../tool/metrics-server.js';
import { PROGRAM, type ShipOptions } from './options.js';

/** Errors whose message is complete for a user. */
const EXPECTED = [ShipError, ...BROKER_ERRORS, ListenError];

/** Carries segments as the arguments say, and returns the exit code. @throws every error that is a defect */
export async function ship(command: Command, context: CommandContext): Promise<number> {
  const { stdout, stderr } = context;
  ignoreErrorEvents(stdout, stderr);
  const options = command.opts<ShipOptions>();
  const { spool } = options;
  try {
    const client = await loadClient();
    const broker = accessOf(PROGRAM, options.to, options);
    if (options.init) return await initStreams(client, broker, options, stdout);
    if (spool === undefined) {
      stderr.write(messageLine(PROGRAM, 'missing --spool DIR, the folder of -stream.output (see --help)'));
      return EXIT_USAGE;
    }
    return await run(client, broker, { ...options, spool: resolve(spool) }, context);
  } catch (error) {
    if (!(error instanceof Error) || !EXPECTED.some((kind) => error instanceof kind)) throw error;
    stderr.write(messageLine(PROGRAM, error.message));
    return EXIT_FAILED;
  }
}

async function run(
  client: BrokerClient,
  broker: BrokerOptions,
  options: ShipOptions & { readonly spool: string },
  { stderr, signals }: CommandContext,
): Promise<number> {
  const lines = new LineOutput(stderr, (leftOut) => log.warn('lines left out: no one read them', { lines: leftOut }));
  const log = createLogger({ write: (line) => lines.write(line), now: () => new Date().toISOString() });
  if (isOpenToOthers(options.to, options)) {
    log.warn('frames have addresses, and go to another machine without TLS: use tls://', {
      to: options.to.servers.join(),
    });
  }
  const metrics = createShipMetrics(packageVersion());
  const server = new MetricsServer({ metrics, ready: () => ({ ok: true }) });
  if (options.prom !== undefined) log.info('metrics', { port: await server.listen(options.prom) });
  const { spool: folder, partitions, rate, spread, once } = options;
  const transport = new NatsTransport(client, broker);
  const shipper = new Shipper({
    ...{ folder, transport, partitions, once, metrics, log },
    bytesPerSecond: rate,
    spreadMs: spread,
  });
  signals.onShutdown(
    () => shipper.stop(),
    () => process.exit(EXIT_FAILED),
  );
  try {
    const isDone = await watched(shipper, log, folder);
    if (shipper.asideFiles > 0) return EXIT_DAMAGED;
    return isDone || !once ? EXIT_OK : EXIT_FAILED;
  } finally {
    await server.close();
  }
}

async function watched(shipper: Shipper, log: Logger, spool: string): Promise<boolean> {
  log.info('carrying segments', { spool });
  const isDone = await shipper.run();
  log.info('stopped', { set_aside: shipper.asideFiles });
  return isDone;
}
