import type { Archive, InputOptions, Problems, ReadOptions } from './input/index.js';

/** Archives to read, and options for reading them. */
export interface Archives {
  archives(): AsyncIterable<Archive>;
  readonly options: ReadOptions & InputOptions;
}

/** {@link Archives} with their paths, in reading order. */
export interface FoundArchives extends Archives {
  /** Paths from `findInputs`. */
  readonly found: readonly string[];
}

/** Archives that several threads may read, and the account of what was read. */
export interface SharedArchives extends FoundArchives {
  readonly problems: Pick<Problems, 'count' | 'merge'>;
  /** Adds bytes that another thread has read. */
  read(bytes: number): void;
  /** Adds paths that another thread has read completely. */
  done(paths: number): void;
}
