import type { CommandContext } from '../../tool/command-context.js';
import { parseDoctor } from './options.js';

/** Runs `tcp-info doctor` and returns its exit code. */
export async function runDoctor(surroundings: CommandContext): Promise<number> {
  const options = parseDoctor(surroundings);
  if (typeof options === 'number') return options;
  // Loaded only here: the checks load the collector, and help needs none of it.
  const { examineMachine } = await import('./examination.js');
  return await examineMachine(options, surroundings);
}
