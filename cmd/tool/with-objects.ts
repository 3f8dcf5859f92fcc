import type { CommandContext } from './command-context.js';

/** Options of {@link withObjects}. */
export interface WithObjectsOptions {
  /** Program name at the start of messages. */
  readonly program: string;
  readonly context: Pick<CommandContext, 'stderr'>;
  /** Operand that may be the end of a UUID: then only these connections are read, by range, out of the bundles. */
  readonly uuidEnd?: string | undefined;
}

/**
 * Runs a command on paths of which some may be `s3://` or `gs://`: what these name is copied to a temporary folder, which
 * is removed at the end. Nothing is loaded for other paths.
 * @param run is called with paths of files and folders
 * @returns the exit code
 */
export async function withObjects(
  paths: readonly string[],
  options: WithObjectsOptions,
  run: (paths: readonly string[]) => Promise<number>,
): Promise<number> {
  if (!paths.some(isRemote)) return await run(paths);
  const { runWithObjects } = await import('./run-with-objects.js');
  return await runWithObjects(paths, options, run);
}

/** Returns whether a path is a location in a store. */
export function isRemote(path: string): boolean {
  return /^(?:s3|gs):\/\//.test(path);
}
