import type { CommandContext } from '../../tool/command-context.js';
import { withObjects } from '../../tool/with-objects.js';
import { PROGRAM, parseView } from './options.js';

/** Runs `tcp-info view` and returns its exit code. */
export async function runView(surroundings: CommandContext): Promise<number> {
  const options = parseView(surroundings);
  if (typeof options === 'number') return options;
  // Loaded only here: help needs none of it.
  const { viewArchives } = await import('./view-archives.js');
  return await withObjects(options.paths, { program: PROGRAM, context: surroundings }, async (copies) =>
    viewArchives({ ...options, copies }, surroundings),
  );
}
