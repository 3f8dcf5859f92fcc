import type { CommandContext } from '../../tool/command-context.js';
import { ignoreErrorEvents } from '../../tool/error-events.js';
import { parseQuery } from './options.js';

/** Runs `tcp-info query` and returns its exit code. */
export async function runQuery(surroundings: CommandContext): Promise<number> {
  ignoreErrorEvents(surroundings.stdout, surroundings.stderr);
  const parsed = parseQuery(surroundings);
  if (parsed.kind === 'done') return parsed.exitCode;
  // Loaded only here: help needs none of it.
  const { answerQuery } = await import('./answer.js');
  return await answerQuery(parsed.options, surroundings);
}
