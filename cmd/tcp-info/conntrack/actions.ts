import { Argument, Command, type Option } from 'commander';
import { wrapParagraphs } from '../../flags/help.js';
import type { CommandContext } from '../../tool/command-context.js';
import type { Advice } from '../../tool/parse.js';
import { ACTION_OPTIONS } from './options.js';

/** Name at the start of messages. */
export const PROGRAM = 'tcp-info conntrack';

/** Name of an action on flows. */
export type ActionName = keyof typeof ACTION_OPTIONS;

/** One action of the command. */
export interface Action {
  readonly name: ActionName;
  /** Arguments for the help. */
  readonly usage: string;
  /** One sentence for the help. */
  readonly help: string;
  /** Operands as commander declares them, with their help. */
  readonly operands: readonly (readonly [declaration: string, help: string])[];
  readonly after: string;
  /** Loads and runs the action. */
  readonly run: (command: Command, context: CommandContext) => Promise<number>;
}

const FILTER_OPERAND = ['[FILTER...]', 'condition on flows, such as "dport 443"'] as const;
const FLOW_OPERANDS = [
  ['[PROTO]', 'protocol: tcp, udp, icmp, or its number'],
  ['[LOCAL]', 'ADDRESS:PORT of one end'],
  ['[REMOTE]', 'ADDRESS:PORT of the other end'],
] as const;

const FILTER_HELP = `
FILTER is an expression, such as "dport 443 -is:assured" or "remoteAddress = 10.0.0.0/8"; write -- before one that begins
with a dash. The kernel tests what it can of it, which --explain shows, and all of it is tested again here.`;

const JOIN_HELP = `
--join adds the local socket of each TCP flow: as a running collector knows it, by its live API, or else as the kernel
does, by one request for each. A collector that does not answer is reported, unless none runs at the usual address.`.trim();

const EXIT_HELP = `
Exit codes: 0 done, 1 the kernel refuses or something failed, 2 wrong arguments`;

/** All actions in the order of the help. */
export const ACTIONS: readonly Action[] = [
  {
    name: 'list',
    usage: '[OPTIONS] [FILTER]',
    help: 'Lists the flows of the table.',
    operands: [FILTER_OPERAND],
    after: `${FILTER_HELP}

${JOIN_HELP}
${EXIT_HELP}, 3 the table changed during each of three dumps.

Examples:
  tcp-info conntrack list --join "dport 9000"
  tcp-info conntrack list --nat --format=jsonl | jq .nat
  tcp-info conntrack list --state=SYN_SENT,SYN_RECV --explain`,
    run: async (command, context) => {
      // Other lists load several times as much.
      const { listLines } = await import('./list-lines.js');
      return (await listLines(command, context)) ?? (await import('./list.js')).runList(command, context);
    },
  },
  {
    name: 'get',
    usage: '[OPTIONS] PROTO LOCAL REMOTE | --id=N',
    help: 'Shows one flow, by its ends in either direction or by its id.',
    operands: FLOW_OPERANDS,
    after: `
The ends are those of the socket on this machine, whichever side opened the connection. By an id the whole table is
searched.

${JOIN_HELP}
${EXIT_HELP}. A flow that does not exist is a failure.

Examples:
  tcp-info conntrack get tcp 10.77.0.1:56578 10.77.0.2:9000
  tcp-info conntrack get --id=3119011873 --format=json`,
    run: async (command, context) => (await import('./get.js')).runGet(command, context),
  },
  {
    name: 'watch',
    usage: '[OPTIONS] [FILTER]',
    help: 'Prints events of flows as they come, or what is connected and has ended, each interval.',
    operands: [FILTER_OPERAND],
    after: `${FILTER_HELP}

Lost events are printed as lost, with their number, and followed by resync: the flows of a new dump. With --since-last,
each interval prints every connection that is established, or that ended since the last interval, once.

${JOIN_HELP}
${EXIT_HELP}, 3 events were lost. SIGINT and SIGTERM end it well.

Examples:
  tcp-info conntrack watch --events=closed,destroy "dport 443"
  tcp-info conntrack watch --since-last=1s --duration=1m --format=jsonl`,
    run: async (command, context) => {
      const { watchLines } = await import('./watch-lines.js');
      return (await watchLines(command, context)) ?? (await import('./watch.js')).runWatch(command, context);
    },
  },
  {
    name: 'count',
    usage: '[OPTIONS]',
    help: 'Prints the number of flows and its limit. It needs no capability.',
    operands: [],
    after: `${EXIT_HELP}.`,
    run: async (command, context) => (await import('./counts.js')).runCount(command, context),
  },
  {
    name: 'stats',
    usage: '[OPTIONS]',
    help: 'Prints the counters of each CPU, or their growth each interval. It needs no capability.',
    operands: [],
    after: `
With --every each line is the growth of all CPUs' counters since the line before.
${EXIT_HELP}. SIGINT and SIGTERM end it well.`,
    run: async (command, context) => (await import('./counts.js')).runStats(command, context),
  },
  {
    name: 'delete',
    usage: '[OPTIONS] --id=N PROTO LOCAL REMOTE',
    help: 'Deletes the flow that has both this id and these ends, and no other.',
    operands: FLOW_OPERANDS,
    after: `
It prints deleted=1 if the flow was there, and deleted=0 if not, with exit code 0 for both. It cannot empty the table.
${EXIT_HELP}.

Example: tcp-info conntrack delete --id=3119011873 tcp 10.77.0.1:56578 10.77.0.2:9000 --dry-run`,
    run: async (command, context) => (await import('./delete.js')).runDelete(command, context),
  },
];

/** Hints for arguments of other commands and tools. */
export const ADVICE: Advice = [
  [/^unknown option '--filter\b/, 'the condition is an argument of its own, such as "dport 443"'],
  [/^unknown option '--json\b/, '--format=json prints JSON'],
  [/^unknown option '-[^-]/, 'write -- before a condition that begins with a dash'],
];

/** Creates the command of one action. */
export function actionCommand({ name, usage, help, operands, after }: Action): Command {
  const command = new Command(`${PROGRAM} ${name}`).usage(usage).description(help);
  for (const [declaration, text] of operands) command.argument(declaration, text);
  for (const option of ACTION_OPTIONS[name]()) command.addOption(option);
  return command.addHelpText('after', wrapParagraphs(after));
}

/** Creates a command with the options of all actions, for help, completion and the manual. */
export function wholeCommand(): Command {
  const command = new Command(PROGRAM)
    .usage('ACTION [OPTIONS] [ARGUMENTS]')
    .description('Shows what the connection tracking of the kernel knows: flows, their translation, events, counters.')
    .addArgument(new Argument('<ACTION>', 'what to do').choices(ACTIONS.map(({ name }) => name)));
  const options = new Map<string, { readonly option: Option; readonly actions: string[] }>();
  for (const { name } of ACTIONS) {
    for (const option of ACTION_OPTIONS[name]()) {
      const known = options.get(option.name());
      if (known === undefined) options.set(option.name(), { option, actions: [name] });
      else known.actions.push(name);
    }
  }
  for (const { option, actions } of options.values()) {
    option.description = `${actions.join(', ')}: ${option.description}`;
    command.addOption(option.makeOptionMandatory(false));
  }
  const rows = ACTIONS.map(
    ({ name, usage, help }) => `  ${[name, usage.replace(/\[OPTIONS\] ?/, '')].join(' ').trim()}\n      ${help}`,
  );

  return command.addHelpText(
    'after',
    wrapParagraphs(`
Actions:
${rows.join('\n')}
${FILTER_HELP}

Everything but count and stats needs CAP_NET_ADMIN. tcp-info conntrack ACTION --help shows the options of an action.
${EXIT_HELP}, 3 events were lost, or the table changed during each of three dumps.

Examples:
  tcp-info conntrack list --join "dport 9000"
  tcp-info conntrack watch --events=closed,destroy
  tcp-info conntrack count`),
  );
}
