import type { CommandContext } from '../tool/command-context.js';

/** Subcommand of `tcp-info`. */
export interface Subcommand {
  readonly name: string;
  /** Arguments for the help, e.g. `DIR|FILE…`. */
  readonly synopsis: string;
  /** One sentence for the help. */
  readonly help: string;
  /** Loads and runs the subcommand and returns its exit code. Loaded only on request, as the daemon needs none. */
  readonly run: (surroundings: CommandContext) => Promise<number>;
}
