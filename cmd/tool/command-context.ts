import type { Writable } from 'node:stream';
import type { Command } from 'commander';
import type { EarlySignals } from './early-signals.js';

/** Arguments, streams and signals of a subcommand. */
export interface CommandContext {
  /** Arguments after the subcommand's name. */
  readonly args: readonly string[];
  /** Stream for the requested output. */
  readonly stdout: Writable;
  /** Stream for everything else. */
  readonly stderr: Writable;
  readonly signals: Pick<EarlySignals, 'onShutdown'> & Partial<Pick<EarlySignals, 'onHangup'>>;
  /** Takes the definition of a subcommand's arguments; if set, the subcommand does not run. */
  readonly describe?: (command: Command) => void;
}
