import type { CommandContext } from '../../tool/command-context.js';
import { parseArguments } from '../../tool/parse.js';
import { ADVICE, ingestCommand } from './options.js';

/** Runs `tcp-info ingest` and returns its exit code. */
export async function runIngest(context: CommandContext): Promise<number> {
  const command = ingestCommand();
  const ended = parseArguments(command, context, ADVICE);
  if (ended !== undefined) return ended;
  const { ingest } = await import('./ingest.js');
  return await ingest(command, context);
}
