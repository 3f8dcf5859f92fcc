import type { CommandContext } from '../../tool/command-context.js';
import { ignoreErrorEvents } from '../../tool/error-events.js';
import { withObjects } from '../../tool/with-objects.js';
import { PROGRAM, parseQuery } from './options.js';

/** Runs `tcp-info query` and returns its exit code. */
export async function runQuery(surroundings: CommandContext): Promise<number> {
  ignoreErrorEvents(surroundings.stdout, surroundings.stderr);
  const parsed = parseQuery(surroundings);
  if (parsed.kind === 'done') return parsed.exitCode;
  // Loaded only here: help needs none of it.
  const { answerQuery } = await import('./answer.js');
  const { options } = parsed;
  return await withObjects(options.paths, { program: PROGRAM, context: surroundings }, async (paths) =>
    answerQuery({ ...options, paths }, surroundings),
  );
}
