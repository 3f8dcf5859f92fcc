import type { CommandContext } from '../../tool/command-context.js';
import { ignoreErrorEvents } from '../../tool/error-events.js';
import { withObjects } from '../../tool/with-objects.js';
import { PROGRAM, parseOptions } from './options.js';

/**
 * Runs `tcp-info export` and returns its exit code.
 * @param threads most threads to use when there is much to read; by default what this machine is good for
 */
export async function runExport(surroundings: CommandContext, threads?: number): Promise<number> {
  const { stdout, stderr } = surroundings;
  ignoreErrorEvents(stdout, stderr);
  const parsed = parseOptions(surroundings);
  if (parsed.kind === 'done') return parsed.exitCode;
  if (parsed.kind === 'print') {
    stdout.write(parsed.text);
    return 0;
  }
  // Loaded only here: help and tables of columns need none of it.
  const { exportArchives } = await import('./export.js');
  const { options } = parsed;
  return await withObjects(options.paths, { program: PROGRAM, context: surroundings }, async (paths) =>
    exportArchives({ ...options, paths }, surroundings, threads),
  );
}
