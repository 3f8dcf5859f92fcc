import type { CommandContext } from '../../tool/command-context.js';
import { parseTop } from './options.js';

/** Runs `tcp-info top` and returns its exit code. */
export async function runTop(surroundings: CommandContext): Promise<number> {
  const options = parseTop(surroundings);
  if (typeof options === 'number') return options;
  // Loaded only here: help needs none of it.
  const { showTop } = await import('./run.js');
  return await showTop(options, surroundings);
}
