import type { Surroundings } from './surroundings.js';

/** One subcommand of `tcp-info`. */
export interface Subcommand {
  readonly name: string;
  /** What it is given, for the help, e.g. `DIR|FILE…`. */
  readonly synopsis: string;
  /** A sentence, for the help. */
  readonly help: string;
  /** Loads it and runs it to its end; the result is the exit code. Loaded only when asked for: the daemon needs none. */
  readonly run: (surroundings: Surroundings) => Promise<number>;
}
