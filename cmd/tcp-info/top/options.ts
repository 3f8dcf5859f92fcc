import { Command, InvalidArgumentError, Option } from 'commander';
import type { ClosedChoice } from '../../../live/answers/index.js';
import { wrapParagraphs } from '../../flags/help.js';
import { parseDurationNs } from '../../flags/values.js';
import type { CommandContext } from '../../tool/command-context.js';
import { parseArguments } from '../../tool/parse.js';

/** Name at the start of messages. */
export const PROGRAM = 'tcp-info top';

const AFTER = `
Without --connect and PATH it connects to the address in TCP_INFO_LIVE, else to /run/tcp-info/live.sock: a collector that
runs with -live. Where no collector answers it reads the connections by itself: four scans a second and the ends of
connections, without any right. The title says which. With PATH it shows the connections of archives.

URL is http://HOST:PORT, with #token=TOKEN at its end, or the token in TCP_INFO_LIVE_TOKEN. ? shows all keys and the
language of the filter.

Not on a terminal, with TERM=dumb, --once or --format=json one view is printed, and the program ends; with --frames as
many as given.

Exit codes: 0 shown, 1 the collector cannot be reached or something failed, 2 wrong arguments, 3 an archive is damaged.

Examples:
  tcp-info top
  tcp-info top --filter="dport 443 rtt > 50ms" --sort=-rtt
  tcp-info top --connect=unix:/run/tcp-info/live.sock
  tcp-info top --once --format=json | jq '.connections[] | .now.rttUs'
  tcp-info top /var/spool/tcp-info`;

const CLOSED_CHOICES = ['true', 'false', 'only'] as const satisfies readonly ClosedChoice[];
const FORMATS = ['text', 'json'] as const;
const MIN_EVERY_MS = 100;
const MAX_EVERY_MS = 60_000;
const DEFAULT_EVERY_MS = 1000;
const MAX_FRAMES = 1_000_000;

/** Options from the command line. */
export interface TopOptions {
  /** Archives to show instead of live connections. */
  readonly paths: readonly string[];
  readonly connect?: string;
  readonly filter?: string;
  readonly sort?: string;
  readonly columns?: string;
  readonly everyMs: number;
  readonly once: boolean;
  readonly frames?: number;
  readonly format: (typeof FORMATS)[number];
  readonly netns?: string;
  readonly loopback: boolean;
  /** Choice of closed connections; absent: on a terminal all, printed only open ones. */
  readonly closed?: ClosedChoice;
}

/** Parses the arguments. Returns the exit code when there is nothing more to do. */
export function parseTop(surroundings: CommandContext): TopOptions | number {
  const command = new Command(PROGRAM)
    .usage('[OPTIONS] [PATH...]')
    .description('Shows connections while they are open: on a terminal, or printed once.')
    .argument('[PATH...]', 'archives to show instead of live connections')
    .option('--connect <URL>', 'address of a running collector: unix:PATH or http://HOST:PORT')
    .option('--filter <EXPRESSION>', 'show only connections for which this holds, e.g. "dport 443 rtt > 50ms"')
    .option(
      '--sort <FIELDS>',
      'up to three fields with commas, - before one for largest first (default: busiest first)',
    )
    .option('--columns <NAMES>', 'columns with commas: process, local, remote, state, or fields of connections')
    .option('--every <DURATION>', 'interval between refreshes, 100ms to 1m (default: 1s)', every)
    .option('--once', 'print one view and end', false)
    .option('--frames <N>', 'print this many views and end', frames)
    .addOption(new Option('--format <FORMAT>', 'text or json').choices(FORMATS).default('text'))
    .addOption(
      new Option(
        '--closed <CHOICE>',
        'closed connections: true, false (without), only (default: true on a terminal and for archives, else false)',
      ).choices(CLOSED_CHOICES),
    )
    .option('--netns <NAME>', 'not by itself: show only connections of this network namespace: its name or inode')
    .option('--loopback', 'by itself: show connections over loopback', true)
    .option('--no-loopback', 'by itself: leave out connections over loopback')
    .addHelpText('after', wrapParagraphs(AFTER));
  const exitCode = parseArguments(command, surroundings);
  if (exitCode !== undefined) return exitCode;
  const { every: everyMs = DEFAULT_EVERY_MS, ...flags } = command.opts<
    Omit<TopOptions, 'paths' | 'everyMs'> & { readonly every?: number }
  >();
  return { ...flags, everyMs, paths: command.args };
}

function every(text: string): number {
  const ms = (parseDurationNs(text) ?? 0) / 1e6;
  if (ms >= MIN_EVERY_MS && ms <= MAX_EVERY_MS) return Math.round(ms);
  throw new InvalidArgumentError('expected a duration from 100ms to 1m, such as 2s');
}

function frames(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MAX_FRAMES) return value;
  throw new InvalidArgumentError(`expected a whole number from 1 to ${MAX_FRAMES}`);
}
