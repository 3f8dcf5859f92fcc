import { Command, InvalidArgumentError, Option } from 'commander';
import { ADDRESS_FORMS, DEFAULT_SOCKET, type LiveAddress, parseLiveAddress } from '../../../live/client/index.js';
import type { ListenAddress } from '../../../live/http/index.js';
import { wrapParagraphs } from '../../flags/help.js';
import { parseDurationNs, parseListenAddress } from '../../flags/values.js';
import type { CommandContext } from '../../tool/command-context.js';
import { parseArguments } from '../../tool/parse.js';

const MIN_INTERVAL_NS = 1e6;
const MAX_INTERVAL_NS = 3600e9;

const AFTER = `
Run it as the same user and in the same container as the collector. It changes nothing, and may run beside a collector.
Each line is ok, warn (data or time is lost needlessly) or fail (the collector cannot work), with advice below it. An
option that is not given is read from the environment, as by the collector: OUTPUT, SCAN_INTERVAL, UUID_PREFIX_FILE,
TCPINFO_EVENTSOCKET, PROMETHEUSX_LISTEN_ADDRESS, LIVE_TOKEN_FILE, STREAM_OUTPUT, SERVICES, and TCP_INFO_LIVE as by top.

Exit codes: 0 nothing failed, 1 a check failed or the report cannot be written, 2 wrong arguments.

Example: tcp-info doctor --output=/var/lib/tcp-info`;

/** Options from the command line, or the environment. */
export interface ExaminationOptions {
  readonly output?: string;
  readonly interval?: number;
  readonly eventsocket?: string;
  readonly uuidPrefixFile?: string;
  readonly uuidPrefix?: 'auto';
  readonly metricsAddress?: ListenAddress;
  readonly live?: LiveAddress;
  readonly liveTokenFile?: string;
  readonly streamOutput?: string;
  readonly services?: string;
  readonly alerts?: string;
  readonly writeInside: boolean;
  readonly json: boolean;
}

/** Parses the arguments. Returns the exit code when there is nothing more to do. */
export function parseDoctor(surroundings: CommandContext): ExaminationOptions | number {
  const command = createCommand();
  return parseArguments(command, surroundings) ?? command.opts<ExaminationOptions>();
}

function createCommand(): Command {
  const seconds = new Option('--interval <DURATION>', 'time between scans to assume, 1ms to 1h (default: 10ms)');
  const address = new Option('--metrics-address <[HOST]:PORT>', 'address of the metrics to check');
  const live = new Option('--live <ADDRESS>', `live API to check (default: unix:${DEFAULT_SOCKET})`);
  const token = new Option('--live-token-file <FILE>', 'file with the token of the live API to check');
  return new Command('tcp-info doctor')
    .usage('[OPTIONS]')
    .description('Checks what this machine allows the collector, what a limit costs, and the remedy.')
    .addOption(or('OUTPUT', new Option('--output <DIR>', 'folder of the archives (default: the current one)')))
    .addOption(or('SCAN_INTERVAL', seconds.argParser(interval)))
    .addOption(or('UUID_PREFIX_FILE', new Option('--uuid-prefix-file <FILE>', 'file with the prefix of UUIDs')))
    .addOption(or('UUID_PREFIX', new Option('--uuid-prefix <auto>', 'the prefix of UUIDs').choices(['auto'])))
    .addOption(or('TCPINFO_EVENTSOCKET', new Option('--eventsocket <PATH>', 'event socket to check')))
    .addOption(or('PROMETHEUSX_LISTEN_ADDRESS', address.argParser(listenAddress)))
    .addOption(or('TCP_INFO_LIVE', live.argParser(liveAddress)))
    .addOption(or('LIVE_TOKEN_FILE', token))
    .addOption(or('STREAM_OUTPUT', new Option('--stream-output <DIR>', 'folder of the stream of rows to check')))
    .addOption(or('SERVICES', new Option('--services <FILE>', 'file of watched services to check')))
    .addOption(or('ALERTS', new Option('--alerts <FILE>', 'file of rules of alerts to check')))
    .option('--write-inside', 'test writing in the output folder itself if it cannot be tested beside it', false)
    .option('--json', 'print one object with every check and the numbers behind it', false)
    .addHelpText('after', wrapParagraphs(AFTER));
}

/** Lets an option default to an environment variable. An empty variable counts as not set. */
function or(variable: string, option: Option): Option {
  return (process.env[variable] ?? '') === '' ? option : option.env(variable);
}

function interval(text: string): number {
  const ns = parseDurationNs(text);
  if (ns === undefined || ns < MIN_INTERVAL_NS || ns > MAX_INTERVAL_NS) {
    throw new InvalidArgumentError('expected a duration from 1ms to 1h, such as 10ms');
  }
  return ns;
}

function listenAddress(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (address === undefined) throw new InvalidArgumentError('expected a port or HOST:PORT, such as 127.0.0.1:7070');
  return address;
}

function liveAddress(text: string): LiveAddress {
  const address = parseLiveAddress(text, process.env['TCP_INFO_LIVE_TOKEN']);
  if (address === undefined) throw new InvalidArgumentError(`expected ${ADDRESS_FORMS}`);
  return address;
}
