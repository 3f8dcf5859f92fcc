import type { CommandContext } from '../../tool/command-context.js';
import { parseArguments } from '../../tool/parse.js';
import { ADVICE, shipCommand } from './options.js';

/** Runs `tcp-info ship` and returns its exit code. */
export async function runShip(context: CommandContext): Promise<number> {
  const command = shipCommand();
  const ended = parseArguments(command, context, ADVICE);
  if (ended !== undefined) return ended;
  const { ship } = await import('./ship.js');
  return await ship(command, context);
}
