import { SourceError, type TopSource } from '../../../view/top/index.js';

/** Options of {@link openOwnSource}. */
export interface OwnSourceOptions {
  /** Network namespace by name or inode; undefined for the process's own. */
  readonly netns: string | undefined;
  /** Shows connections over loopback, too. */
  readonly loopback: boolean;
}

/**
 * Opens a source that reads the connections in this process, without any right.
 * @throws SourceError if the kernel does not allow it
 */
export async function openOwnSource(_options: OwnSourceOptions): Promise<TopSource> {
  throw new SourceError('reading connections without a collector is not in this version', false);
}
