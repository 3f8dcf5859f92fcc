import { SourceError, type TopSource } from '../../../view/top/index.js';

/**
 * Opens a source over archives.
 * @throws SourceError if they cannot be read
 */
export async function openArchiveSource(_paths: readonly string[]): Promise<TopSource> {
  throw new SourceError('reading archives is not in this version', false);
}
