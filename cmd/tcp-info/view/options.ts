import { Command, InvalidArgumentError } from 'commander';
import type { LiveListener } from '../../../live/api/index.js';
import { isLoopbackHost } from '../../../live/http/index.js';
import { wrapParagraphs } from '../../flags/help.js';
import type { CommandContext } from '../../tool/command-context.js';
import { maxWindowOption } from '../../tool/max-window.js';
import { parseArguments } from '../../tool/parse.js';
import { addSelectionOptions, SELECTION_HELP, type SelectionFlags } from '../../tool/selection-options.js';
import { LISTENER_FORMS, parseListener } from '../live-listener.js';

/** Name at the start of messages. */
export const PROGRAM = 'tcp-info view';

const AFTER = `${SELECTION_HELP}

PATH is an archive (.jsonl.zst, .jsonl), a tar of archives (.tar, .tgz, .tar.zst), a folder with everything below it, a
pattern, or - for standard input. It holds up to 200,000 connections; options choose some of more.

When everything is read, the address of the page is printed, with a token that only this run knows. Open it in a browser
of this machine. From another one, forward the port: ssh -L 7072:127.0.0.1:7072 HOST, with --listen=7072 there. Ctrl-C
ends it. It makes no connection, and changes nothing.

The same routes as those of a collector's live API answer below /api/v1.

Exit codes: 0 ended by the user, 1 something could not be read, or nothing matches, 2 wrong arguments or a port in use,
3 some input is damaged; the rest was shown.

Examples:
  tcp-info view /var/spool/tcp-info
  tcp-info view --since=2h --filter='is:lossy limited = loss' /var/spool/tcp-info
  tcp-info view --listen=7072 archives.tar`;

/** Options from the command line. */
export interface ViewOptions extends SelectionFlags {
  readonly paths: readonly string[];
  /** Paths to read in their place: copies of what is in a store. Messages name `paths`. */
  readonly copies?: readonly string[];
  /** Socket to listen on; any free port of this machine by default. */
  readonly listen?: LiveListener;
  readonly maxWindow?: number;
  readonly strict: boolean;
}

/** Parses the arguments. Returns the exit code when there is nothing more to do. */
export function parseView(surroundings: CommandContext): ViewOptions | number {
  const command = addSelectionOptions(
    new Command(PROGRAM)
      .usage('[OPTIONS] PATH...')
      .description('Shows the connections of archives in a browser: lists, charts, what limited them.')
      .argument('<PATH...>', 'archives, tars, folders')
      .option('--listen <ADDRESS>', `where the page is served: ${LISTENER_FORMS} (default: any free port)`, listener),
  )
    .addOption(maxWindowOption())
    .option('--strict', 'stop at the first damage', false)
    .addHelpText('after', wrapParagraphs(AFTER));
  const exitCode = parseArguments(command, surroundings);
  return exitCode ?? { ...command.opts<Omit<ViewOptions, 'paths'>>(), paths: command.args };
}

function listener(text: string): LiveListener {
  const found = parseListener(text, process.cwd());
  if (found === undefined) throw new InvalidArgumentError(`expected ${LISTENER_FORMS}`);
  if ('port' in found && found.host !== undefined && !isLoopbackHost(found.host)) {
    throw new InvalidArgumentError('other machines reach this host: listen on 127.0.0.1, and let ssh -L lead to it');
  }
  return found;
}
