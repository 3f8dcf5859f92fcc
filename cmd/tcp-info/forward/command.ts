import type { CommandContext } from '../../tool/command-context.js';
import { parseArguments } from '../../tool/parse.js';
import { ADVICE, forwardCommand } from './options.js';

/** Runs `tcp-info forward` and returns its exit code. */
export async function runForward(context: CommandContext): Promise<number> {
  const command = forwardCommand();
  const ended = parseArguments(command, context, ADVICE);
  if (ended !== undefined) return ended;
  const { forward } = await import('./forward.js');
  return await forward(command, context);
}
