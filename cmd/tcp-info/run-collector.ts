import {
  type AlertsSettings,
  type Config,
  Daemon,
  keepHeapSmall,
  type LoadedRecording,
  loadAlerts,
  loadConntrack,
  loadHttp,
  loadRecorder,
  loadUuidPrefix,
  type Replay,
  type UuidPrefix,
  UuidPrefixError,
} from '../../daemon/index.js';
import {
  buildCommit,
  describeTarget,
  inspectMachine,
  type Machine,
  memoryLimitBytes,
  NamespaceError,
  openArchivesLimit,
  packageVersion,
} from '../../host/index.js';
import type { ServicesSettings } from '../../live/services/index.js';
import { createLogger, type Logger } from '../../log/index.js';
import { loadNetlink } from '../../native/index.js';
import { ConfigError } from '../flags/config-error.js';
import { EXIT_DAMAGED, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from '../flags/exit-codes.js';
import { environmentName, type GivenFlag } from '../flags/go-args.js';
import type { CommandContext } from '../tool/command-context.js';
import { isAlertsError, readAlerts, reloadAlerts } from './alerts-config.js';
import { logFirstScan, logStart } from './banner.js';
import { checkToken, checkWatches } from './check-config.js';
import { exitCodeOf, isExpected, isServicesError } from './collector-errors.js';
import { resolveConfig } from './config.js';
import { explainFilter } from './explain-filter.js';
import { FLAGS } from './flags.js';
import { checkFolders } from './recorder-config.js';
import { readServices, reloadServices } from './services-config.js';

/** Longest shutdown after an unexpected error: a little more than the archives' wait for a failing disk. */
const CRASH_GRACE_MS = 7000;

/** Replay of a recording by {@link runCollector}. */
export interface ReplayRun extends Replay {
  /** Prefix of the recorded UUIDs. */
  readonly prefix: UuidPrefix;
  /** Waits before the first batch. */
  readonly before: () => Promise<void>;
  /** Waits at the end of the recording. @param whenAsked resolves when the user wants to end */
  readonly hold: (whenAsked: Promise<void>) => Promise<void>;
  /** Reports something that is missing or damaged. */
  readonly damaged: (error: Error) => void;
}

/**
 * Runs the collector with these flags; returns after it has started or refused to.
 * @param signals termination signals since the start of the process
 * @param replay recording to play instead of asking the kernel
 */
export async function runCollector(
  given: readonly GivenFlag[],
  signals: CommandContext['signals'],
  replay?: ReplayRun,
): Promise<void> {
  let config: Config;
  let prefix: UuidPrefix;
  let services: ServicesSettings | undefined;
  let alerts: AlertsSettings | undefined;
  let watchesOwners: boolean;
  try {
    // A replay takes nothing from the environment, which is that of another collector.
    config = resolveConfig(given, replay === undefined ? process.env : {}, process.cwd());
    if (config.explainFilter) return print(explainFilter(config));
    await checkToken(config);
    checkFolders(config.writesArchives, config.output, config.recorder);
    watchesOwners = await checkWatches(config);
    services = config.services && (await readServices(config.services));
    alerts = config.alerts && (await readAlerts(config.alerts));
    prefix = replay?.prefix ?? loadUuidPrefix(config, process.env);
  } catch (error) {
    const isUsage =
      error instanceof ConfigError ||
      error instanceof UuidPrefixError ||
      isServicesError(error) ||
      isAlertsError(error);
    if (!isUsage) throw error;
    return fail(EXIT_USAGE, error);
  }
  const log = createLogger({
    write: (line) => process.stderr.write(line),
    debug: config.debug,
    now: () => new Date().toISOString(),
  });
  for (const { name, value } of given) log.debug('argument', { name, value });
  try {
    const parts = { config, prefix, services, alerts, watchesOwners, given, log, signals };
    await run({ ...parts, ...(replay === undefined ? {} : { replay }) });
  } catch (error) {
    if (!isExpected(error)) throw error;
    await fail(exitCodeOf(error), error);
  }
}

/** Returns whether anything asks for the processes of connections. */
function looksUpProcesses(
  { live, process: { mode, inArchives } }: Config,
  alerts: AlertsSettings | undefined,
  watchesOwners: boolean,
): boolean {
  const areInRules = alerts?.rules.some(({ usesOwners }) => usesOwners) === true;
  if (mode === 'auto') return live !== undefined || inArchives || areInRules || watchesOwners;
  return mode === 'proc';
}

interface RunParts {
  readonly config: Config;
  readonly prefix: UuidPrefix;
  readonly services: ServicesSettings | undefined;
  readonly alerts: AlertsSettings | undefined;
  /** True if an expression of `-watch` reads processes or cgroups. */
  readonly watchesOwners: boolean;
  readonly given: readonly GivenFlag[];
  readonly log: Logger;
  readonly signals: CommandContext['signals'];
  readonly replay?: ReplayRun;
}

async function run({
  config,
  prefix,
  services: settings,
  alerts,
  watchesOwners,
  given,
  log,
  signals,
  replay,
}: RunParts): Promise<void> {
  const memoryLimit = memoryLimitBytes();
  keepHeapSmall(memoryLimit);
  const netlink = loadNetlink();
  const version = packageVersion();
  const machine = inspectMachine();
  requireNamespaces(config, machine);
  const limits = config.disabledMetrics.includes('limited') ? {} : await import('../../live/limits/index.js');
  const live = config.live === undefined ? {} : await import('../../live/service/index.js');
  // Alerts and watches need a store.
  const asksForStore = alerts !== undefined || (config.watch.filters.length > 0 && replay === undefined);
  const needsFeed = config.live === undefined && asksForStore;
  const feed = needsFeed ? await import('../../live/feed/index.js') : {};
  const processes = looksUpProcesses(config, alerts, watchesOwners)
    ? { processes: await import('../../live/processes/index.js') }
    : {};
  const conntrack = await loadConntrack(config, netlink, log);
  const http = await loadHttp(config);
  const stream = config.stream === undefined ? {} : await import('../../live/stream/index.js');
  const recorder = await loadRecorder(config);
  const recording = config.record === undefined ? {} : { recording: await loadRecording(given) };
  const services =
    settings === undefined ? {} : { services: { settings, ...(await import('../../live/services/index.js')) } };
  let stopping: Promise<void> | undefined;
  const daemon = new Daemon({
    config,
    prefix,
    netlink,
    version,
    commit: buildCommit()?.short,
    log,
    ...limits,
    ...live,
    ...feed,
    ...processes,
    ...conntrack,
    ...http,
    ...stream,
    ...recorder,
    ...recording,
    ...(replay === undefined ? {} : { replay }),
    ...services,
    ...(await loadAlerts(alerts)),
    environment: process.env,
    ...(process.stderr.isTTY ? { announce: (text: string) => void process.stderr.write(text) } : {}),
    memoryLimitBytes: memoryLimit,
    maxOpenArchives: openArchivesLimit(machine.openFiles, config.netns !== undefined),
    onFirstScan: (scan) => logFirstScan(log, scan, daemon.filter),
    onLastRep: () => stop('-reps'),
  });
  let asked: () => void = () => undefined;
  const whenAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const stop = (why: string, exitCode = 0): void => {
    asked();
    if (stopping !== undefined) return;
    log.info('stopping', { reason: why });
    stopping = daemon.stop().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        log.error('stop failed', { error: describe(error) });
        process.exit(EXIT_FAILED);
      },
    );
  };
  // A defect in the program ends the process, but records already collected are written.
  process.on('uncaughtException', (error) => {
    log.error('unexpected error', { error: describe(error) });
    setTimeout(() => process.exit(EXIT_FAILED), CRASH_GRACE_MS).unref();
    stop('unexpected error', EXIT_FAILED);
  });
  // Before the start: without a handler the signal ends the process.
  if (config.recorder !== undefined) process.on('SIGUSR2', () => daemon.recordAll());
  const started = await daemon.start();
  logStart(log, { config, prefix, machine, version, memoryLimitBytes: memoryLimit, ...started });
  signals.onHangup?.(() => {
    log.info('rotating all archives', { reason: 'SIGHUP' });
    daemon.rotateAll();
    if (config.services !== undefined) void reloadServices(config.services, daemon, log);
    if (config.alerts !== undefined) void reloadAlerts(config.alerts, daemon, log);
  });
  signals.onShutdown(stop, () => {
    log.error('ended at once: what was not yet written is lost', { reason: 'a second signal' });
    process.exit(EXIT_FAILED);
  });
  if (replay !== undefined) void playRecording(daemon, replay, { whenAsked, stop });
}

/** Functions that record, with the flags that a recording names: those of the environment, too. */
async function loadRecording(given: readonly GivenFlag[]): Promise<NonNullable<LoadedRecording['recording']>> {
  const fromEnvironment = FLAGS.flatMap(({ name }) => {
    const value = process.env[environmentName(name)] ?? '';
    return value === '' || given.some((flag) => flag.name === name) ? [] : [{ name, value }];
  });
  return { module: await import('../../collector/recording/index.js'), flags: [...given, ...fromEnvironment] };
}

/** Plays a recording to its end. A fault in it gives an exit code of its own. */
async function playRecording(
  daemon: Daemon,
  { before, hold, damaged }: ReplayRun,
  { whenAsked, stop }: { readonly whenAsked: Promise<void>; readonly stop: (why: string, exitCode: number) => void },
): Promise<void> {
  let exitCode = EXIT_OK;
  await before();
  await daemon.play({
    hold: () => hold(whenAsked),
    damaged: (error) => {
      exitCode = EXIT_DAMAGED;
      damaged(error);
    },
    ended: () => stop('end of the recording', exitCode),
  });
}

/** @throws NamespaceError when -netns is given and this process may not enter any namespace */
function requireNamespaces({ netns }: Config, { sysAdmin }: Machine): void {
  if (netns === undefined || sysAdmin) return;
  throw new NamespaceError(
    netns.map(describeTarget).join(','),
    'ERR_NAMESPACE',
    'cannot be entered without CAP_SYS_ADMIN; run the program as root or with that capability, or leave out -netns',
  );
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Writes a text to standard output. */
export function print(text: string): void {
  process.stdout.write(text);
}

/** Writes an error to standard error, and sets the exit code. */
export async function fail(code: number, error: Error): Promise<void> {
  // Loaded only here: no other part of the daemon needs it.
  const { messageLine } = await import('../../view/index.js');
  process.stderr.write(messageLine('tcp-info', error.message));
  process.exitCode = code;
}
