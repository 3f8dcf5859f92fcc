import type { CommandContext } from './command-context.js';

/** Options of a command whose paths may lead to an object store. */
export interface WithObjectsOptions {
  /** Program name at the start of messages. */
  readonly program: string;
  readonly context: Pick<CommandContext, 'stderr'>;
  /** Operand that may be the end of a UUID: then only these connections are read, by range, out of the bundles. */
  readonly uuidEnd?: string | undefined;
}

/** Returns whether a path is a location in a store. */
export function isRemote(path: string): boolean {
  return /^(?:s3|gs):\/\//.test(path);
}
