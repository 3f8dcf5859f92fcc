import type { Command } from 'commander';
import { NatsTransport, ShipError, Shipper } from '../../../fleet/ship/index.js';
import { packageVersion } from '../../../host/index.js';
import type { Logger } from '../../../log/index.js';
import { createShipMetrics } from '../../../metrics/index.js';
import { EXIT_DAMAGED, EXIT_FAILED, EXIT_OK } from '../../flags/exit-codes.js';
import { type BrokerWork, runWithBroker } from '../../tool/broker-program.js';
import type { CommandContext } from '../../tool/command-context.js';
import { MetricsServer } from '../../tool/metrics-server.js';
import { PROGRAM, type ShipOptions } from './options.js';

/** Carries segments as the arguments say, and returns the exit code. @throws every error that is a defect */
export async function ship(command: Command, context: CommandContext): Promise<number> {
  const options = command.opts<ShipOptions>();
  const program = {
    program: PROGRAM,
    address: options.to,
    addressOption: 'to',
    options,
    folder: options.spool,
    missing: 'missing --spool DIR, the folder of -stream.output (see --help)',
    openWarning: 'frames have addresses, and go to another machine without TLS: use tls://',
    expected: [ShipError],
    run: async (work: BrokerWork) => await run(work, options, context),
  } as const;
  return await runWithBroker(program, context);
}

async function run(
  { client, broker, folder, log }: BrokerWork,
  options: ShipOptions,
  { signals }: CommandContext,
): Promise<number> {
  const metrics = createShipMetrics(packageVersion());
  const server = new MetricsServer({ metrics, ready: () => ({ ok: true }) });
  if (options.prom !== undefined) log.info('metrics', { port: await server.listen(options.prom) });
  const { partitions, rate, spread, once } = options;
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
