import { Command, InvalidArgumentError, Option } from 'commander';
import { wrapParagraphs } from '../../flags/help.js';
import { parseDurationNs } from '../../flags/values.js';
import type { CommandContext } from '../../tool/command-context.js';
import { parseArguments } from '../../tool/parse.js';

/** Name at the start of messages. */
export const PROGRAM = 'tcp-info replay';

const AFTER = `
FILE is a recording of -record.netlink; its older file FILE.1 is read, too, if it is there. The replay is a collector
that gets the recorded batches instead of those of this kernel: it writes the same archives, with the recorded times and
UUIDs, sends the same events, and counts the same metrics. It asks this machine's kernel nothing.

FLAGS are those of the collector (tcp-info --help), in any order with the options. The recorded collector's flags about
archives, filters, events, and metrics hold unless they are given. Flags that would read this machine are
refused. Without -prom, metrics have any free port of 127.0.0.1.

--anonymize writes another recording, for reports of bugs, and replays nothing. Addresses, names of hosts and of network
namespaces are replaced, each by the same one everywhere; addresses with a common prefix have one afterwards.

Exit codes: 0 everything was replayed, 1 failed, 2 wrong arguments, 3 the recording is damaged, cut short, or has gaps;
what is whole was replayed.

Examples:
  tcp-info -output=data -record.netlink=run.rec
  tcp-info replay run.rec -output=again
  tcp-info replay run.rec -output=again -live=7071 --speed=1 --hold
  tcp-info replay run.rec --anonymize=report.rec`;

/** Options of `tcp-info replay`. */
export interface ReplayOptions {
  /** Path of the recording. */
  readonly file: string;
  /** Flags of the collector, as they were given. */
  readonly flags: readonly string[];
  readonly speed: '1' | 'max';
  readonly hold: boolean;
  /** Wait before the first batch, milliseconds. */
  readonly delay: number;
  /** Path of the anonymised recording to write instead of a replay. */
  readonly anonymize?: string;
}

/** Parses the arguments. Returns the exit code when there is nothing more to do. */
export function parseReplay(context: CommandContext): ReplayOptions | number {
  const command = new Command(PROGRAM)
    .usage('[OPTIONS] FILE [FLAGS]')
    .description('Replays what a collector recorded, with the same archives, events, metrics and page.')
    .argument('<FILE>', 'recording')
    .argument('[FLAGS...]', 'flags of the collector')
    .addOption(
      new Option('--speed <SPEED>', 'as fast as possible (max), or as recorded (1)')
        .choices(['1', 'max'])
        .default('max'),
    )
    .option('--hold', 'stay at the end of the recording until Ctrl-C, for the page and the metrics', false)
    .option('--delay <DURATION>', 'wait before the first batch, for clients of the event socket and the page', delay, 0)
    .option('--anonymize <OUT>', 'write the recording with other addresses and names, and replay nothing')
    // Flags of the collector may begin with -h.
    .helpOption('--help', 'display help for command')
    .allowUnknownOption()
    .addHelpText('after', wrapParagraphs(AFTER));
  const exitCode = parseArguments(command, context);
  if (exitCode !== undefined) return exitCode;
  const [file = '', ...flags] = command.args;
  return { ...command.opts<Omit<ReplayOptions, 'file' | 'flags'>>(), file, flags };
}

function delay(text: string): number {
  const ns = parseDurationNs(text);
  if (ns === undefined || ns > 3600e9) throw new InvalidArgumentError('expected a duration up to 1h, such as 2s');
  return ns / 1e6;
}
