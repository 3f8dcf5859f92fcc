import { openStore, STORE_ERROR_CLASSES, STORE_OPERATIONS } from '../../../fleet/objectstore/index.js';
import {
  checkLeases,
  LeaseError,
  Spool,
  SpoolError,
  Uploader,
  type UploadOutcome,
} from '../../../fleet/upload/index.js';
import { packageVersion } from '../../../host/index.js';
import type { Logger } from '../../../log/index.js';
import { createUploadMetrics, type UploadMetrics } from '../../../metrics/index.js';
import { AddonError } from '../../../native/index.js';
import { messageLine } from '../../../words/index.js';
import { EXIT_DAMAGED, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from '../../flags/exit-codes.js';
import type { CommandContext } from '../../tool/command-context.js';
import { ignoreErrorEvents } from '../../tool/error-events.js';
import { isWritten } from '../../tool/line-output.js';
import { listenForMetrics, MetricsPortError } from '../../tool/metrics-port.js';
import type { MetricsServer } from '../../tool/metrics-server.js';
import { createProgramLog } from '../../tool/program-log.js';
import { dryRun } from './dry-run.js';
import { FolderError, type Job, JobError, jobOf } from './job.js';
import { PROGRAM, type UploadCommandOptions } from './options.js';

/** Errors whose message is complete for a user. */
const EXPECTED = [FolderError, LeaseError, SpoolError, MetricsPortError, AddonError];

/** Uploads until a signal, or with `once` until nothing is left. Returns the exit code. @throws every error that is a defect */
export async function upload(options: UploadCommandOptions, context: CommandContext): Promise<number> {
  const { stderr } = context;
  try {
    const job = jobOf(options);
    if (options.dryRun) return await dryRun(job, options, context);
    return await run(job, options, context);
  } catch (error) {
    const isUsage = error instanceof JobError;
    if (!(error instanceof Error) || !(isUsage || EXPECTED.some((kind) => error instanceof kind))) throw error;
    stderr.write(messageLine(PROGRAM, error.message));
    return isUsage ? EXIT_USAGE : EXIT_FAILED;
  }
}

async function run(job: Job, options: UploadCommandOptions, { stderr, signals }: CommandContext): Promise<number> {
  ignoreErrorEvents(stderr);
  const stop = new AbortController();
  signals.onShutdown(
    (signal) => stop.abort(new Error(`stopped by ${signal}`)),
    () => process.exit(EXIT_FAILED),
  );
  const log = createProgramLog(stderr);
  checkLeases(job.archives);
  const spool = await Spool.open(job.state);
  let server: MetricsServer | undefined;
  let uploader: Uploader | undefined;
  const metrics = createUploadMetrics({
    version: packageVersion(),
    errors: { operations: STORE_OPERATIONS, classes: STORE_ERROR_CLASSES },
    oldestSeconds: () => uploader?.oldestSeconds ?? 0,
  });
  try {
    server = options.prom === undefined ? undefined : await openMetrics(log, metrics, options.prom);
    const { endpoint, region } = options;
    uploader = new Uploader({
      root: job.archives,
      spool,
      store: openStore(job.to, { endpoint, region, env: process.env }),
      prefix: job.prefix,
      format: job.format,
      layout: job.layout,
      fullBytes: options.size,
      fullAgeMs: options.age,
      everyMs: options.every,
      sample: options.sample,
      keepMs: options.keepLocal,
      once: options.once,
      log,
      metrics,
      signal: stop.signal,
    });
    const outcome = await uploader.run();
    logEnd(log, outcome);
    if (!(await isWritten(stderr))) process.exit(exitCode(outcome, options));
    return exitCode(outcome, options);
  } finally {
    await server?.close();
    spool.close();
  }
}

function exitCode({ failure, left }: UploadOutcome, { once }: UploadCommandOptions): number {
  if (failure !== undefined) return EXIT_FAILED;
  return once && left > 0 ? EXIT_DAMAGED : EXIT_OK;
}

function logEnd(log: Logger, { bundles, archives, failure, left }: UploadOutcome): void {
  const fields = { bundles, archives, left };
  if (failure === undefined) log.info('ended', fields);
  else log.error('gave up', { ...fields, error: failure.message });
}

async function openMetrics(
  log: Logger,
  metrics: UploadMetrics,
  address: NonNullable<UploadCommandOptions['prom']>,
): Promise<MetricsServer> {
  const { MetricsServer } = await import('../../tool/metrics-server.js');
  // Ready while the process is well: a store that is away must not make it restart.
  const server = new MetricsServer({ metrics, ready: () => ({ ok: true }) });
  await listenForMetrics(server, address, log);
  return server;
}
