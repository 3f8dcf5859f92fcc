import type { CommandContext } from '../../tool/command-context.js';
import { parseArguments } from '../../tool/parse.js';
import { ADVICE, httpCommand } from './options.js';

/** Runs `tcp-info http` and returns its exit code. */
export async function runHttp(context: CommandContext): Promise<number> {
  const command = httpCommand();
  const ended = parseArguments(command, context, ADVICE);
  if (ended !== undefined) return ended;
  const { showHttp } = await import('./show-http.js');
  return await showHttp(command, context);
}
