import { isRemote, type WithObjectsOptions } from './object-paths.js';

/**
 * Runs a command on paths, also `s3://` and `gs://`: what these name is copied to a temporary folder, which
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
