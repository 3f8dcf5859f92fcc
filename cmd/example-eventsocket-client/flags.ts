import { ConfigError } from '../flags/config-error.js';
import { type DocumentedFlag, normalizeGoArgs } from '../flags/go-args.js';
import { flagsHelp, wrapParagraphs } from '../flags/help.js';

/** Request of the command line and the environment. */
export type Command =
  | { readonly kind: 'listen'; readonly path: string }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'usage'; readonly problem: string };

/** Flags of `example-eventsocket-client`. */
export const CLIENT_FLAGS = [
  {
    name: 'tcpinfo.eventsocket',
    boolean: false,
    placeholder: 'PATH',
    help: 'Unix socket of the server (environment: TCPINFO_EVENTSOCKET).',
  },
  { name: 'help', boolean: true, help: 'Print this text and exit.' },
  { name: 'version', boolean: true, help: 'Print the version and exit.' },
] as const satisfies readonly DocumentedFlag[];

export const USAGE = wrapParagraphs(`Usage: example-eventsocket-client -tcpinfo.eventsocket PATH

Prints the flows that a tcp-info server opens and closes, one line each, until the server ends.

Flags, with one dash or two:
${flagsHelp(CLIENT_FLAGS)}
Output, separated by tabs:
  open   timestamp  uuid  source address  port  destination address  port  interface  cookie (hex)
  close  timestamp  uuid
Further values from the server (its flags -events.replay and -events.v2) follow as name=value.

Exit codes: 0 when the server ended or the program was stopped, 1 when the connection failed or broke, 2 for wrong
arguments.
`);

const FLAGS = [...CLIENT_FLAGS, { name: 'h', boolean: true }];

/** Parses flags as the reference does; the environment can supply the path. */
export function parseCommand(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Command {
  try {
    const given = normalizeGoArgs(args, FLAGS);
    if (given.some(({ name }) => name === 'help' || name === 'h')) return { kind: 'help' };
    if (given.some(({ name }) => name === 'version')) return { kind: 'version' };
    const path = given.findLast(({ name }) => name === 'tcpinfo.eventsocket')?.value ?? env['TCPINFO_EVENTSOCKET'];
    return path
      ? { kind: 'listen', path }
      : { kind: 'usage', problem: 'flag -tcpinfo.eventsocket is missing (see --help)' };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { kind: 'usage', problem: error.message };
  }
}
