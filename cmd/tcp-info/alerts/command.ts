import { messageLine } from '../../../words/index.js';
import { EXIT_USAGE } from '../../flags/exit-codes.js';
import { nearest } from '../../flags/nearest.js';
import type { CommandContext } from '../../tool/command-context.js';
import { configureOutput, parseArguments } from '../../tool/parse.js';
import { ACTIONS, actionCommand, wholeCommand } from './actions.js';
import { PROGRAM } from './options.js';

/** Runs `tcp-info alerts` and returns its exit code. */
export async function runAlerts(context: CommandContext): Promise<number> {
  const { args, stdout, stderr } = context;
  if (context.describe !== undefined) return parseArguments(wholeCommand(), context) ?? 0;
  const [first, ...others] = args;
  const action = ACTIONS.find(({ name }) => name === first);
  if (action !== undefined) {
    const command = actionCommand(action);
    const own = { ...context, args: others };
    return parseArguments(command, own) ?? (await action.run(command, own));
  }
  if (first === '--help' || first === '-h') {
    configureOutput(wholeCommand(), { stdout, stderr }).outputHelp();
    return 0;
  }
  stderr.write(messageLine(PROGRAM, `${explain(first)} (see --help)`));
  return EXIT_USAGE;
}

function explain(first: string | undefined): string {
  const names = ACTIONS.map(({ name }) => name);
  if (first === undefined) return `missing action: ${names.join(' or ')}`;
  const near = nearest(first, names);
  return `'${first}' is no action (${names.join(', ')})${near === undefined ? '' : `; did you mean ${near}?`}`;
}
