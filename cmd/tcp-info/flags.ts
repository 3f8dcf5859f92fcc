import type { DocumentedFlag } from '../flags/go-args.js';

/** One flag of the daemon, as `--help` shows it. */
export interface FlagDefinition extends DocumentedFlag {
  readonly group: string;
  readonly fallback: string;
}

const COLLECTING = 'Collecting';
const ARCHIVE = 'Archive';
const PRIVACY = 'Leaving out and anonymising';
const SERVING = 'Metrics and events';
const DIAGNOSIS = 'Diagnosis';

/** Every flag of `tcp-info`. The dotted ones of one dash are m-lab/tcp-info's; all take one dash or two. */
export const FLAGS = [
  {
    name: 'scan.interval',
    group: COLLECTING,
    boolean: false,
    placeholder: 'DURATION',
    help: 'Time between two looks at the socket table, 1ms to 1h.',
    fallback: '10ms',
  },
  {
    name: 'scan.cpu-budget',
    group: COLLECTING,
    boolean: false,
    placeholder: 'PERCENT',
    help: 'Share of one core that scans may take, 0.1% to 100%; where they need more, the time between them is stretched. Without it, any.',
    fallback: '',
  },
  {
    name: 'events.destroy',
    group: COLLECTING,
    boolean: false,
    placeholder: 'auto|on|off',
    help: "Whether the kernel tells of every socket's end: final counters, and connections that no scan sees. With on, the program does not start without.",
    fallback: 'auto',
  },
  {
    name: 'netns',
    group: COLLECTING,
    boolean: false,
    list: true,
    placeholder: 'NAME|PATH|PID|all',
    help: 'Network namespaces to record besides its own: a list with commas, repeatable. Takes CAP_SYS_ADMIN.',
    fallback: '',
  },
  {
    name: 'reps',
    group: COLLECTING,
    boolean: false,
    placeholder: 'N',
    help: 'Scans to make before the program ends, which makes one more; 0 for ever.',
    fallback: '0',
  },
  {
    name: 'output',
    group: ARCHIVE,
    boolean: false,
    placeholder: 'DIR',
    help: 'Folder for the archives; made if it is not there. Without it, the current folder.',
    fallback: '',
  },
  {
    name: 'uuid-prefix-file',
    group: ARCHIVE,
    boolean: false,
    placeholder: 'FILE',
    help: 'File that holds the prefix of every UUID. Without it, host name and boot time, marked unsafe.',
    fallback: '',
  },
  {
    name: 'uuid-prefix',
    group: ARCHIVE,
    boolean: false,
    placeholder: 'auto',
    help: 'In place of a file: auto is host name (or POD_NAME), boot id and boot time, unique to each boot of each machine.',
    fallback: '',
  },
  {
    name: 'archive.rotate',
    group: ARCHIVE,
    boolean: false,
    placeholder: 'DURATION',
    help: 'How long one file is written to before the next takes over, 1s to 3h.',
    fallback: '10m',
  },
  {
    name: 'archive.flush-age',
    group: ARCHIVE,
    boolean: false,
    placeholder: 'DURATION',
    help: 'The longest that a record waits in memory, and is lost in a crash; 100ms to 1h.',
    fallback: '30s',
  },
  {
    name: 'archive.sync',
    group: ARCHIVE,
    boolean: false,
    placeholder: 'DURATION',
    help: 'The longest that what is written waits to be synced, and is lost in a power cut; 100ms to 1h, or 0: never synced.',
    fallback: '2s',
  },
  {
    name: 'archive.provenance',
    group: ARCHIVE,
    boolean: true,
    help: 'Say in each record which scan it is from and why it was written, and in each file where it was made.',
    fallback: 'false',
  },
  {
    name: 'archive.keep',
    group: ARCHIVE,
    boolean: false,
    placeholder: 'DURATION',
    help: 'Delete closed archives last written to longer ago than this, such as 7d; 1h or more. Without it, age deletes nothing.',
    fallback: '',
  },
  {
    name: 'archive.max-size',
    group: ARCHIVE,
    boolean: false,
    placeholder: 'SIZE',
    help: 'Delete the oldest closed archives when all of them take more than this on disk, such as 50GiB; 1MiB or more. Without it, size deletes nothing.',
    fallback: '',
  },
  {
    name: 'archive.max-buffered',
    group: ARCHIVE,
    boolean: false,
    placeholder: 'SIZE',
    help: "What may wait in memory, from 1MiB; then the oldest is lost. Without it, 256MiB or a quarter of the cgroup's limit.",
    fallback: '',
  },
  {
    name: 'archive.mode',
    group: ARCHIVE,
    boolean: false,
    placeholder: 'MODE',
    help: 'Mode of archives before the umask; folders get x where it has r. At least 0600.',
    fallback: '0666',
  },
  {
    name: 'exclude-srcport',
    group: PRIVACY,
    boolean: false,
    list: true,
    placeholder: 'PORTS',
    help: 'Local ports whose connections are left out: a list with commas, repeatable.',
    fallback: '',
  },
  {
    name: 'exclude-dstip',
    group: PRIVACY,
    boolean: false,
    list: true,
    placeholder: 'ADDRESSES',
    help: 'Remote addresses whose connections are left out: a list with commas, repeatable.',
    fallback: '',
  },
  {
    name: 'filter',
    group: PRIVACY,
    boolean: false,
    list: true,
    placeholder: 'RULES',
    help: "Which connections are recorded, e.g. 'include dst 10.0.0.0/8' or 'exclude sport 80,8000-8010': rules with ; between them, repeatable.",
    fallback: '',
  },
  {
    name: 'filter.kernel',
    group: PRIVACY,
    boolean: true,
    help: 'Have the kernel itself leave out what it can: on, unless =false, with which all is copied, counted, and left out here.',
    fallback: 'true',
  },
  {
    name: 'filter.explain',
    group: PRIVACY,
    boolean: true,
    help: 'Print what is left out, and which part of it by the kernel; then exit.',
    fallback: 'false',
  },
  {
    name: 'anonymize.ip',
    group: PRIVACY,
    boolean: false,
    placeholder: 'none|netblock',
    help: "What happens to others' addresses in archives: nothing, or cut to /24 (IPv4) and /48 (IPv6).",
    fallback: 'none',
  },
  {
    name: 'prom',
    group: SERVING,
    boolean: false,
    placeholder: '[HOST:]PORT',
    help: 'Short for -prometheusx.listen-address.',
    fallback: '',
  },
  {
    name: 'prometheusx.listen-address',
    group: SERVING,
    boolean: false,
    placeholder: '[HOST]:PORT',
    help: 'Where /metrics, /healthz and /readyz are served.',
    fallback: ':9990',
  },
  {
    name: 'metrics.ports',
    group: SERVING,
    boolean: false,
    list: true,
    placeholder: 'PORTS',
    help: 'Ports and ranges, such as 443,5000-5010, whose connections network metrics tell apart; others are one group. At most 64, repeatable.',
    fallback: '',
  },
  {
    name: 'metrics.disable',
    group: SERVING,
    boolean: false,
    list: true,
    placeholder: 'GROUPS',
    help: 'Network metrics that are not wanted: states, traffic, rtt, limited, endings, listeners, ephemeral; a list with commas, repeatable.',
    fallback: '',
  },
  {
    name: 'tcpinfo.eventsocket',
    group: SERVING,
    boolean: false,
    placeholder: 'PATH',
    help: 'Unix socket that tells its clients of every open and close. Without it, none.',
    fallback: '',
  },
  {
    name: 'events.replay',
    group: SERVING,
    boolean: true,
    help: 'Tell a new client of the event socket of every connection that is open, marked as replay, before what is new.',
    fallback: 'false',
  },
  {
    name: 'events.v2',
    group: SERVING,
    boolean: true,
    help: 'Number the events, count those that clients lost, and say in each close what ended it and its last counters.',
    fallback: 'false',
  },
  {
    name: 'logx.debug',
    group: DIAGNOSIS,
    boolean: true,
    help: 'Log the flags, and every open and close.',
    fallback: 'false',
  },
  {
    name: 'trace',
    group: DIAGNOSIS,
    boolean: true,
    help: "Write a CPU profile of the program itself to the file 'trace' in the output folder when it ends.",
    fallback: 'false',
  },
] as const satisfies readonly FlagDefinition[];

/** The name of a flag. */
export type FlagName = (typeof FLAGS)[number]['name'];

/** What the program does, in a sentence. */
export const DESCRIPTION =
  'Records what every TCP connection on this machine goes through: asks the kernel on a fixed beat, ' +
  'and writes what changed to one compressed archive a connection.';

/** Heading of flags that only print. */
export const OTHER = 'Other';

/** Flags that only print. */
export const INFORMATIONAL = [
  { name: 'version', help: 'Print the version and exit.' },
  { name: 'help', help: 'Print this and exit.' },
] as const;
