import { Command, InvalidArgumentError, Option } from 'commander';
import type { NamespaceTarget } from '../../../host/namespaces/index.js';
import { wrapParagraphs } from '../../flags/help.js';
import { parseCount, parseLongDurationNs } from '../../flags/values.js';
import { namespacesOption } from '../../tool/namespaces-option.js';
import type { Advice } from '../../tool/parse.js';

/** Name at the start of messages. */
export const PROGRAM = 'tcp-info close';

/** Options of `tcp-info close`, as commander returns them. */
export interface CloseOptions {
  /** Only connections of this service. */
  readonly service?: string;
  /** File with the service. */
  readonly config?: string;
  /** Only connections without payload for this time, in milliseconds. */
  readonly idle?: number;
  /** Most connections that may match. */
  readonly max: number;
  readonly dryRun: boolean;
  /** True if entries in TIME_WAIT match an expression too. */
  readonly timeWait: boolean;
  readonly netns?: NamespaceTarget;
  readonly format: 'text' | 'json';
}

/** Exit code: more connections match than `--max` allows, and none was ended. */
export const EXIT_TOO_MANY = 4;

const MOST = 1_000_000;

/** Hints for arguments of other commands and tools. */
export const ADVICE: Advice = [
  [/^unknown option '--json\b/, '--format=json prints JSON'],
  [/^unknown option '--filter\b/, 'the condition is an argument of its own, such as "dst 10.0.0.9 dport 443"'],
  [/^unknown option '--(force|all)\b/, '--max=N says how many connections may be ended'],
  [/^unknown option '-[^-]/, 'write -- before a condition that begins with a dash'],
];

/** Creates the command. */
export function closeCommand(): Command {
  return new Command(PROGRAM)
    .usage('[OPTIONS] UUID | cookie:N | EXPRESSION | --service=NAME')
    .description('Ends TCP connections of this machine, whatever program holds them. It needs CAP_NET_ADMIN.')
    .argument('[TARGET...]', 'UUID, cookie:N, or a condition on connections')
    .option(
      '--service <NAME>',
      'only connections that this service accepted: a name in the file of --config, or [ADDR:]PORT',
    )
    .option('--config <FILE>', 'YAML file of services')
    .option(
      '--idle <DURATION>',
      'only connections without payload in either direction for this time, such as 15m',
      idle,
    )
    .addOption(new Option('--max <N>', 'end nothing if more connections than this match').argParser(most).default(1))
    .option('--dry-run', 'only print which connections would be ended', false)
    .option('--time-wait', 'an expression also matches entries in TIME_WAIT, which no program holds', false)
    .addOption(namespacesOption())
    .addOption(new Option('--format <FORMAT>', 'format of the output').choices(['text', 'json']).default('text'))
    .addHelpText('after', wrapParagraphs(HELP));
}

const HELP = `
The kernel is asked for its connections at that moment; no collector is needed. EXPRESSION is a
condition such as "dst 10.0.0.9 dport 443" or "sport 5432 and idle > 1h"; docs/expressions.md has
the language and all names. N is a cookie as UUIDs have it, 16 hexadecimal digits, or 0x and
hexadecimal digits, or decimal ones. With --service no other argument is needed; one chooses among
the connections of the service. Connections that this machine opened belong to none.

Each connection is ended by its ends and its cookie: never another one that has its ends meanwhile.
Its program reads what has arrived and then gets ECONNABORTED, its peer ECONNRESET. Listening
sockets and those of tcp-info close itself are never ended. At most 1,000 are ended a second. To end
none, because none matches or they end by themselves, is no error.

Exit codes: 0 done, 1 the kernel refuses or something failed, 2 wrong arguments, 3 interrupted, or a
namespace could not be read, 4 more connections match than --max: they are listed, none is ended.

Examples:
  tcp-info close --dry-run "dst 10.0.0.9 dport 443"
  tcp-info close --max=50 "sport 5432 src 10.0.0.5" --idle=15m
  tcp-info close --service=5432 --idle=1h --max=100
  tcp-info close --service=web --config=services.yaml --max=100 "dst 10.0.0.9"
  tcp-info close cookie:0000000000000D8F --netns=blue`;

function idle(text: string): number {
  const ns = parseLongDurationNs(text);
  if (ns !== undefined && ns > 0) return ns / 1e6;
  throw new InvalidArgumentError('expected a duration, such as 30s, 15m or 1d');
}

function most(text: string): number {
  const value = parseCount(text);
  if (value !== undefined && value >= 1 && value <= MOST) return value;
  throw new InvalidArgumentError(`expected a whole number from 1 to ${MOST}`);
}
