import { EventSocketError } from '../../eventsocket/index.js';
import { createLogger, type Logger } from '../../log/index.js';
import { ListenError } from '../../metrics/index.js';
import { AddonError, loadNetlink } from '../../native/index.js';
import { ConfigError } from '../flags/config-error.js';
import { type GivenFlag, normalizeGoArgs } from '../flags/go-args.js';
import { packageVersion } from '../flags/version.js';
import { logFirstScan, logStart } from './banner.js';
import { type Config, resolveConfig } from './config.js';
import { Daemon, OutputError } from './daemon.js';
import type { EarlySignals } from './early-signals.js';
import { FLAGS } from './flags.js';
import { helpText } from './help.js';
import { inspectMachine } from './machine.js';
import { loadUuidPrefix, type UuidPrefix } from './uuid-prefix.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** A second signal ends the process at once, with the shell's code for SIGINT. */
const EXIT_FORCED = 130;

const INFORMATIONAL = [
  { name: 'help', boolean: true },
  { name: 'h', boolean: true },
  { name: 'version', boolean: true },
] as const;

/**
 * Runs `tcp-info` with these arguments (without node and script) and returns when it has been started or refused.
 * @param signals those that asked for the end, from the process' first moment on
 */
export async function main(args: readonly string[], signals: EarlySignals): Promise<void> {
  let given: GivenFlag[];
  let config: Config;
  let prefix: UuidPrefix;
  try {
    given = normalizeGoArgs(args, [...FLAGS, ...INFORMATIONAL]);
    if (given.some(({ name }) => name === 'help' || name === 'h')) return print(helpText());
    if (given.some(({ name }) => name === 'version')) return print(`tcp-info ${packageVersion()}\n`);
    config = resolveConfig(given, process.env, process.cwd());
    prefix = loadUuidPrefix(config.uuidPrefixFile, process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return fail(EXIT_USAGE, error);
  }
  const log = createLogger({ write: (line) => process.stderr.write(line), debug: config.debug });
  for (const { name, value } of given) log.debug('argument', { name, value });
  try {
    await run(config, prefix, log, signals);
  } catch (error) {
    if (!isExpected(error)) throw error;
    fail(EXIT_FAILED, error);
  }
}

async function run(config: Config, prefix: UuidPrefix, log: Logger, signals: EarlySignals): Promise<void> {
  const netlink = loadNetlink();
  const version = packageVersion();
  const machine = inspectMachine(netlink);
  let stopping: Promise<void> | undefined;
  const daemon = new Daemon({
    config,
    prefix,
    netlink,
    version,
    log,
    onFirstScan: (batch) => logFirstScan(log, batch),
    onLastRep: () => stop('-reps'),
  });
  const stop = (why: string): void => {
    if (stopping !== undefined) {
      // Whoever asks twice does not want to wait for the disk.
      if (why.startsWith('SIG')) process.exit(EXIT_FORCED);
      return;
    }
    log.info('stopping', { reason: why });
    stopping = daemon.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('stop failed', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
        process.exit(EXIT_FAILED);
      },
    );
  };
  const { metricsUrl } = await daemon.start();
  logStart(log, { config, prefix, machine, version, metricsUrl });
  signals.onHangup(() => {
    log.info('rotating all archives', { reason: 'SIGHUP' });
    daemon.rotateAll();
  });
  signals.onEnd(stop);
}

const EXPECTED = [AddonError, EventSocketError, ListenError, OutputError];

/** Errors whose message says all that a user needs; anything else is a defect and deserves its stack. */
function isExpected(error: unknown): error is Error {
  return EXPECTED.some((kind) => error instanceof kind);
}

function print(text: string): void {
  process.stdout.write(text);
}

function fail(code: number, error: Error): void {
  process.stderr.write(`tcp-info: ${error.message}\n`);
  process.exitCode = code;
}
