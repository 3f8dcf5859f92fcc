import type { CommandContext } from '../../tool/command-context.js';
import { withObjects } from '../../tool/with-objects.js';
import { PROGRAM, parseSummary } from './options.js';

/** Runs `tcp-info summary` and returns its exit code. */
export async function runSummary(surroundings: CommandContext): Promise<number> {
  const options = parseSummary(surroundings);
  if (typeof options === 'number') return options;
  // Loaded only here: it is most of the program, and help needs none of it.
  const { summarizeArchives } = await import('./summarize.js');
  return await withObjects(options.paths, { program: PROGRAM, context: surroundings }, async (copies) =>
    summarizeArchives({ ...options, copies }, surroundings),
  );
}
