import type { CommandContext } from '../../tool/command-context.js';
import { withObjects } from '../../tool/with-objects.js';
import { PROGRAM, parseShow } from './options.js';

/** Runs `tcp-info show` and returns its exit code. */
export async function runShow(surroundings: CommandContext): Promise<number> {
  const options = parseShow(surroundings);
  if (typeof options === 'number') return options;
  // Loaded only here: it is most of the program, and help needs none of it.
  const { showConnection } = await import('./show.js');
  const [uuidEnd] = options.args;
  return await withObjects(options.args, { program: PROGRAM, context: surroundings, uuidEnd }, async (copies) =>
    showConnection({ ...options, copies }, surroundings),
  );
}
