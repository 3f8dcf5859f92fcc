import type { DocumentedFlag } from '../flags/go-args.js';

/** One flag of the daemon, as `--help` shows it. */
export interface FlagDefinition extends DocumentedFlag {
  readonly group: string;
  readonly fallback: string;
}
