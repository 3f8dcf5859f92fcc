import type { Writable } from 'node:stream';
import type { Command } from 'commander';
import type { EarlySignals } from './early-signals.js';

/** What a subcommand is run with. */
export interface Surroundings {
  /** Those behind the subcommand's name. */
  readonly args: readonly string[];
  /** What was asked for goes here. */
  readonly stdout: Writable;
  /** Everything else goes here. */
  readonly stderr: Writable;
  readonly signals: Pick<EarlySignals, 'onEnd'>;
  /** Instead of being run, a subcommand hands over the definition of its arguments. */
  readonly describe?: (command: Command) => void;
}
