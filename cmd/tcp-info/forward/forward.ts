import type { Command } from 'commander';
import { KERNEL_FILE_BYTES, readSmallFile, UnixSocketError } from '../../../files/index.js';
import type { ControlServer } from '../../../forward/control/index.js';
import { DumpFileError, Forwarder, ForwardListenError, ForwardReloadError } from '../../../forward/index.js';
import { BootPrefixError, bootUuidPrefix, openFilesLimit } from '../../../host/index.js';
import type { ListenAddress } from '../../../live/http/index.js';
import type { Logger } from '../../../log/index.js';
import { AddonError } from '../../../native/index.js';
import { ForwardArgumentError, formatServices, ServicesConfigError } from '../../../services/config/index.js';
import { messageLine, oneLine } from '../../../words/index.js';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE } from '../../flags/exit-codes.js';
import type { CommandContext } from '../../tool/command-context.js';
import { ignoreErrorEvents } from '../../tool/error-events.js';
import { isWritten } from '../../tool/line-output.js';
import { listenForMetrics, MetricsPortError } from '../../tool/metrics-port.js';
import { writeAnswer } from '../../tool/output.js';
import { createProgramLog } from '../../tool/program-log.js';
import { checkServices } from './check-services.js';
import { LoadError, type LoadedServices, loadServices } from './load-services.js';
import type { ForwardMetricsServer } from './metrics-server.js';
import { type ForwardOptions, PROGRAM } from './options.js';

/** Errors of arguments and files. */
const USAGE_ERRORS = [LoadError, ServicesConfigError, ForwardArgumentError];
/** Errors whose message is complete for a user. */
const EXPECTED = [ForwardListenError, DumpFileError, UnixSocketError, MetricsPortError, BootPrefixError, AddonError];
/** Interval of the lines of --debug: the idle interval of gihnius/monconn. */
const DEBUG_MS = 15_000;
/** Time within which repeated SIGQUIT counts as one, as other signals. */
const ONE_WISH_MS = 2000;
/** Descriptors that are not of connections: listeners, files, the runtime. */
const OTHER_FILES = 64;

/** Forwards what the arguments say until a signal stops it, and returns the exit code. @throws every error that is a defect */
export async function forward(command: Command, context: CommandContext): Promise<number> {
  const { stdout, stderr } = context;
  ignoreErrorEvents(stdout, stderr);
  const options = command.opts<ForwardOptions>();
  try {
    if (options.port.length === 0 && options.config === undefined) {
      throw new LoadError('missing -p LISTEN=BACKEND or -c FILE (see --help)');
    }
    const loaded = await loadServices(options);
    const warn = (message: string): void => void stderr.write(messageLine(PROGRAM, oneLine(message)));
    await checkServices(loaded.forwarded, warn);
    if (options.check) return await writeAnswer(PROGRAM, formatServices(loaded.forwarded), context);
    return await run(options, loaded, context);
  } catch (error) {
    const isUsage = USAGE_ERRORS.some((kind) => error instanceof kind);
    if (!(error instanceof Error) || !(isUsage || EXPECTED.some((kind) => error instanceof kind))) throw error;
    stderr.write(messageLine(PROGRAM, error.message));
    return isUsage ? EXIT_USAGE : EXIT_FAILED;
  }
}

async function run(
  options: ForwardOptions,
  loaded: LoadedServices,
  { stdout, stderr, signals }: CommandContext,
): Promise<number> {
  const asked = new Promise<void>((resolve) => {
    signals.onShutdown(
      () => resolve(),
      () => process.exit(EXIT_FAILED),
    );
    let quitMs: number | undefined;
    process.on('SIGQUIT', () => {
      if (quitMs !== undefined && performance.now() - quitMs > ONE_WISH_MS) process.exit(EXIT_FAILED);
      quitMs ??= performance.now();
      resolve();
    });
  });
  const log = createProgramLog(stderr, { debug: options.debug });
  const uuidPrefix = bootUuidPrefix(process.env);
  // Before anything listens: an address that cannot be used must not cut connections.
  const metrics = options.prom === undefined ? undefined : await openMetrics(log, options.prom);
  const forwarder = new Forwarder({
    log,
    stdout,
    logsSessions: options.log === 'sessions',
    uuidPrefix,
    takesOver: options.takeover,
    ...(metrics === undefined ? {} : { observer: metrics.observer }),
  });
  let controlServer: ControlServer | undefined;
  const closeServers = async (): Promise<void> => {
    await Promise.all([metrics?.close(), controlServer?.close()]);
  };
  try {
    if (options.control !== undefined) controlServer = await openControl(forwarder, log, options.control);
    logLoaded(log, loaded);
    await forwarder.start(loaded.forwarded);
  } catch (error) {
    await closeServers();
    throw error;
  }
  metrics?.started(forwarder);
  let reloading: Promise<void> = Promise.resolve();
  let isStopping = false;
  signals.onHangup?.(() => {
    reloading = reloading.then(async () => {
      if (!isStopping) await reload(forwarder, options, log);
    });
  });
  const timer = log.isDebug ? setInterval(() => logStatistics(forwarder, log), DEBUG_MS) : undefined;
  await asked;
  isStopping = true;
  metrics?.stopping();
  await reloading;
  clearInterval(timer);
  await forwarder.stop();
  await closeServers();
  if (!(await isWritten(stdout, stderr))) process.exit(EXIT_OK);
  return EXIT_OK;
}

async function openMetrics(log: Logger, address: ListenAddress): Promise<ForwardMetricsServer> {
  const { ForwardMetricsServer } = await import('./metrics-server.js');
  const server = new ForwardMetricsServer();
  await listenForMetrics(server, address, log);
  return server;
}

async function openControl(forwarder: Forwarder, log: Logger, path: string): Promise<ControlServer> {
  const { ControlServer } = await import('../../../forward/control/index.js');
  const server = new ControlServer(forwarder, log);
  await server.listen(path);
  return server;
}

/** Reads the file again. One that cannot be used changes nothing. */
async function reload(forwarder: Forwarder, options: ForwardOptions, log: Logger): Promise<void> {
  try {
    const loaded = await loadServices(options);
    await checkServices(loaded.forwarded, (message) => log.warn(message));
    const { added, removed, changed, unchanged } = await forwarder.reload(loaded.forwarded);
    log.info('reloaded', { added, removed, changed, unchanged });
  } catch (error) {
    const isExpected = [...USAGE_ERRORS, ...EXPECTED, ForwardReloadError].some((kind) => error instanceof kind);
    if (!(error instanceof Error) || !isExpected) throw error;
    log.error('reload refused, nothing has changed', { error: error.message });
  }
}

function logLoaded(log: Logger, { forwarded, watched, notes }: LoadedServices): void {
  const limits = readSmallFile('/proc/self/limits', { maxBytes: KERNEL_FILE_BYTES }).toString();
  const files = openFilesLimit(limits);
  log.info('forwarding', {
    services: forwarded.length,
    // A connection has two sockets.
    connections_possible: Math.floor(Math.max(0, files - OTHER_FILES - forwarded.length) / 2),
  });
  for (const { message, services } of notes) log.info(message, { services: services.join(',') });
  for (const name of watched) log.warn('service has no backend_port, so it is not forwarded', { service: name });
}

function logStatistics(forwarder: Forwarder, log: Logger): void {
  forwarder.reports(0);
  for (const service of forwarder.services()) log.debug(service.toString(), { service: service.config.name });
}
