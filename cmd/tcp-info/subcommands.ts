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

/** Every subcommand, in the order of the help. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: 'export',
    synopsis: 'PATH...',
    help: 'Convert archives to CSV, JSON lines and rows for databases.',
    run: async (surroundings) => (await import('./export/command.js')).runExport(surroundings),
  },
  {
    name: 'query',
    synopsis: 'SQL PATH...',
    help: 'Ask archives or Parquet files in SQL.',
    run: async (surroundings) => (await import('./query/command.js')).runQuery(surroundings),
  },
  {
    name: 'repair',
    synopsis: 'DIR|FILE...',
    help: 'List archives that a crash has cut, and mend them.',
    run: async (surroundings) => (await import('./repair/command.js')).runRepair(surroundings),
  },
  {
    name: 'summary',
    synopsis: 'PATH...',
    help: 'Sum up connections: how many, with whom, how fast, what limited them, how they ended.',
    run: async (surroundings) => (await import('./summary/command.js')).runSummary(surroundings),
  },
  {
    name: 'show',
    synopsis: 'FILE|UUID [PATH...]',
    help: 'Show one connection over time, as text or as a picture.',
    run: async (surroundings) => (await import('./show/command.js')).runShow(surroundings),
  },
  {
    name: 'prepare',
    synopsis: '',
    help: 'Write the UUID prefix and give away folders, before the collector runs as another user.',
    run: async (surroundings) => (await import('./prepare/command.js')).runPrepare(surroundings),
  },
  {
    name: 'doctor',
    synopsis: '',
    help: 'Say what this machine allows the collector, what that costs, and what to do about it.',
    run: async (surroundings) => (await import('./doctor/command.js')).runDoctor(surroundings),
  },
];

/** The subcommand that these arguments (without node and script) begin with. Flags of the daemon come before none. */
export function findSubcommand(args: readonly string[]): Subcommand | undefined {
  return SUBCOMMANDS.find(({ name }) => name === args[0]);
}
