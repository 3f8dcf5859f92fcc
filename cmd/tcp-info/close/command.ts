import type { CommandContext } from '../../tool/command-context.js';
import { parseArguments } from '../../tool/parse.js';
import { ADVICE, closeCommand } from './options.js';

/** Runs `tcp-info close` and returns its exit code. */
export async function runClose(context: CommandContext): Promise<number> {
  const command = closeCommand();
  const ended = parseArguments(command, context, ADVICE);
  if (ended !== undefined) return ended;
  const { close } = await import('./close.js');
  return await close(command, context);
}
