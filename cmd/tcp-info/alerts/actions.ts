import { Command, Option } from 'commander';
import { ZONES } from '../../../view/time/index.js';
import { wrapParagraphs } from '../../flags/help.js';
import type { CommandContext } from '../../tool/command-context.js';
import { maxWindowOption } from '../../tool/max-window.js';
import { FORMATS, PROGRAM } from './options.js';

/** Action of the command. */
export interface Action {
  readonly name: 'check' | 'test';
  readonly usage: string;
  /** One sentence for the help. */
  readonly help: string;
  readonly operands: readonly (readonly [declaration: string, help: string])[];
  readonly options: () => readonly Option[];
  readonly after: string;
  /** Loads and runs the action. */
  readonly run: (command: Command, context: CommandContext) => Promise<number>;
}

const FILE = ['<FILE>', 'file of rules, in JSON'] as const;

/** All actions in the order of the help. */
export const ACTIONS: readonly Action[] = [
  {
    name: 'check',
    usage: 'FILE',
    help: 'Checks a file of rules as the collector does at its start.',
    operands: [FILE],
    options: () => [],
    after: `
Each mistake is a line FILE:LINE:COLUMN: REASON.
Exit codes: 0 the file is right, 1 it cannot be read, 2 it has a mistake, or wrong arguments.

Examples:
  tcp-info alerts check /etc/tcp-info/alerts.json`,
    run: async (command, context) => (await import('./check.js')).runCheck(command, context),
  },
  {
    name: 'test',
    usage: '[OPTIONS] FILE PATH...',
    help: 'Shows which alerts would have fired while archives were recorded.',
    operands: [FILE, ['<PATH...>', 'archives, folders, tars, or - for standard input']],
    options: () => [
      new Option('--format <FORMAT>', 'format of the output').choices(FORMATS).default('text'),
      new Option('--time <ZONE>', 'zone of times that are printed').choices(ZONES).default('utc'),
      maxWindowOption(),
      new Option('--strict', 'stop at the first damage').default(false),
    ],
    after: `
PATH is an archive (.jsonl.zst, .jsonl), a tar of archives, a folder with everything below it, a pattern, or - for standard
input; tars and streams are unpacked into a folder below TMPDIR for the while. The records are played in the
order of their times through the rows and rules of the collector, one look a second. A connection whose end was not
recorded counts as open until the end of all. Archives have neither HTTP nor, without -archive.process, processes.

Exit codes: 0 done, also if nothing fired, 1 a read or write failed, 2 wrong arguments or a mistake in the rules,
3 some input is damaged; the rest is played.

Examples:
  tcp-info alerts test alerts.json /var/spool/tcp-info/2026/11/29
  tcp-info alerts test alerts.json 2026-11-29.tgz
  tcp-info alerts test --format=json alerts.json data/ | jq '.alerts[].name'`,
    run: async (command, context) => (await import('./test.js')).runTest(command, context),
  },
];

/** Returns the command of an action, to parse its arguments. */
export function actionCommand({ name, usage, help, operands, options, after }: Action): Command {
  const command = new Command(`${PROGRAM} ${name}`).usage(usage).description(help);
  for (const [declaration, text] of operands) command.argument(declaration, text);
  for (const option of options()) command.addOption(option);
  return command.addHelpText('after', wrapParagraphs(after));
}

/** Returns the command with all actions and options, for help and completion. */
export function wholeCommand(): Command {
  const lines = ACTIONS.map(({ name, usage, help }) => `  ${name.padEnd(6)} ${usage.padEnd(24)} ${help}`);
  const after = `
Actions:
${lines.join('\n')}

tcp-info alerts ACTION --help shows the options of one. docs/alerts.md has the rules and all that they may name.

Exit codes: 0 done, 1 failed, 2 wrong arguments, or a mistake in the rules, 3 some input is damaged.`;
  const command = new Command(PROGRAM)
    .usage('ACTION [OPTIONS] FILE [PATH...]')
    .description('Checks rules of alerts, and tries them on archives.')
    .argument('<ACTION>', ACTIONS.map(({ name }) => name).join(', '))
    .argument('<FILE>', 'file of rules')
    .argument('[PATH...]', 'archives, folders, tars, or - for standard input');
  for (const { options } of ACTIONS) for (const option of options()) command.addOption(option);
  return command.addHelpText('after', wrapParagraphs(after));
}
