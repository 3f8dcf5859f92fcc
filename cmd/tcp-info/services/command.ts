import type { CommandContext } from '../../tool/command-context.js';
import { parseArguments } from '../../tool/parse.js';
import { ADVICE, servicesCommand } from './options.js';

/** Runs `tcp-info services` and returns its exit code. */
export async function runServices(context: CommandContext): Promise<number> {
  const command = servicesCommand();
  const ended = parseArguments(command, context, ADVICE);
  if (ended !== undefined) return ended;
  const { showServices } = await import('./show-services.js');
  return await showServices(command, context);
}
