import type { CommandContext } from '../../tool/command-context.js';
import { parseReplay } from './options.js';

/** Runs `tcp-info replay`. Returns its exit code; a replay that has begun ends the process itself. */
export async function runReplay(context: CommandContext): Promise<number> {
  const options = parseReplay(context);
  if (typeof options === 'number') return options;
  // Loaded only here: help needs none of it.
  const { replay } = await import('./replay.js');
  return await replay(options, context);
}
