import type { Subcommand } from './subcommand.js';

/** All subcommands, in the order of the help. */
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
    help: 'Run an SQL query on archives or Parquet files.',
    run: async (surroundings) => (await import('./query/command.js')).runQuery(surroundings),
  },
  {
    name: 'repair',
    synopsis: 'DIR|FILE...',
    help: 'List archives that a crash cut short, and repair them.',
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
    synopsis: 'FILE|UUID|ENDS [PATH...]',
    help: 'Show one connection over time, as text or as a picture.',
    run: async (surroundings) => (await import('./show/command.js')).runShow(surroundings),
  },
  {
    name: 'top',
    synopsis: '[PATH...]',
    help: 'Show connections while they are open: whose, how fast, what limits them.',
    run: async (surroundings) => (await import('./top/command.js')).runTop(surroundings),
  },
  {
    name: 'view',
    synopsis: 'PATH...',
    help: 'Show archives in a browser: lists, charts, what limited connections.',
    run: async (surroundings) => (await import('./view/command.js')).runView(surroundings),
  },
  {
    name: 'alerts',
    synopsis: 'check FILE|test FILE PATH...',
    help: 'Check rules of alerts, and try them on archives.',
    run: async (surroundings) => (await import('./alerts/command.js')).runAlerts(surroundings),
  },
  {
    name: 'replay',
    synopsis: 'FILE [FLAGS]',
    help: 'Replay a recording of -record.netlink: the same archives, events and metrics.',
    run: async (surroundings) => (await import('./replay/command.js')).runReplay(surroundings),
  },
  {
    name: 'conntrack',
    synopsis: 'ACTION',
    help: "List, follow and delete flows of the kernel's connection tracking, with their sockets.",
    run: async (surroundings) => (await import('./conntrack/command.js')).runConntrack(surroundings),
  },
  {
    name: 'http',
    synopsis: '[FILE...]',
    help: 'Show HTTP as it passes: hosts, codes, times, and what clients wait for.',
    run: async (surroundings) => (await import('./http/command.js')).runHttp(surroundings),
  },
  {
    name: 'services',
    synopsis: '',
    help: 'Show the clients, bytes and queues of listening ports.',
    run: async (surroundings) => (await import('./services/command.js')).runServices(surroundings),
  },
  {
    name: 'close',
    synopsis: 'UUID|cookie:N|EXPRESSION',
    help: 'End connections of this machine: one, or those that match a condition.',
    run: async (surroundings) => (await import('./close/command.js')).runClose(surroundings),
  },
  {
    name: 'forward',
    synopsis: '-p LISTEN=BACKEND...|-c FILE',
    help: 'Forward TCP connections to backends, with limits, statistics and a graceful stop.',
    run: async (surroundings) => (await import('./forward/command.js')).runForward(surroundings),
  },
  {
    name: 'upload',
    synopsis: '--archives=DIR --state=DIR --to=URL',
    help: 'Send closed archives to an object store, and delete what it has confirmed.',
    run: async (surroundings) => (await import('./upload/command.js')).runUpload(surroundings),
  },
  {
    name: 'prepare',
    synopsis: '',
    help: 'Write the UUID prefix file and set the owner of folders, before the collector starts.',
    run: async (surroundings) => (await import('./prepare/command.js')).runPrepare(surroundings),
  },
  {
    name: 'doctor',
    synopsis: '',
    help: 'Check what this machine allows the collector, what a limit costs, and the remedy.',
    run: async (surroundings) => (await import('./doctor/command.js')).runDoctor(surroundings),
  },
  {
    name: 'completion',
    synopsis: 'SHELL',
    help: 'Print a completion script for bash or zsh.',
    run: async (surroundings) => (await import('./completion/command.js')).runCompletion(surroundings, SUBCOMMANDS),
  },
];

/** Returns the subcommand that begins these arguments (without node and script); undefined for the daemon's flags. */
export function findSubcommand(args: readonly string[]): Subcommand | undefined {
  return SUBCOMMANDS.find(({ name }) => name === args[0]);
}
