import type { CommandContext } from '../../tool/command-context.js';
import { parseQuery } from './options.js';

/** Runs `tcp-info query` and returns its exit code. */
export async function runQuery(surroundings: CommandContext): Promise<number> {
  // A failed write reports to its caller; an unhandled error event would end the process.
  for (const stream of [surroundings.stdout, surroundings.stderr]) stream.on('error', () => undefined);
  const parsed = parseQuery(surroundings);
  if (parsed.kind === 'done') return parsed.exitCode;
  // Loaded only here: help needs none of it.
  const { answerQuery } = await import('./answer.js');
  return await answerQuery(parsed.options, surroundings);
}
