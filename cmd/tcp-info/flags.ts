import { ALERTS_FLAGS } from './alerts-flags.js';
import type { FlagDefinition } from './flag-definition.js';
import { HTTP_FLAGS } from './http-flags.js';
import { LIVE_FLAGS } from './live-flags.js';
import { RECORDER_FLAGS } from './recorder-flags.js';
import { RECORDING_FLAGS } from './recording-flags.js';
import { SERVICES_FLAGS } from './services-flags.js';
import { STREAM_FLAGS } from './stream-flags.js';
import { WATCH_FLAGS } from './watch-flags.js';

export type { FlagDefinition };

const COLLECTING = 'Collecting';
const ARCHIVE = 'Archive';
const PRIVACY = 'Filtering and anonymising';
const SERVING = 'Metrics and events';
const DIAGNOSIS = 'Diagnosis';

/** Flags of `tcp-info`. Dotted names without a hyphen are m-lab/tcp-info's; each takes one dash or two. */
export const FLAGS = [
  {
    name: 'scan.interval',
    group: COLLECTING,
    boolean: false,
    placeholder: 'DURATION',
    help: 'Time between two scans of the socket table, 1ms to 1h.',
    fallback: '10ms',
  },
  {
    name: 'scan.cpu-budget',
    group: COLLECTING,
    boolean: false,
    placeholder: 'PERCENT',
    help: 'Share of one core that scans may take, 0.1% to 100%. If they would take more, the time between scans grows. Without it: no limit.',
    fallback: '',
  },
  {
    name: 'events.destroy',
    group: COLLECTING,
    boolean: false,
    placeholder: 'auto|on|off',
    help: "Subscribe to the kernel's socket destroy events, for final counters and short connections. auto: if available; on: required; off: never.",
    fallback: 'auto',
  },
  {
    name: 'netns',
    group: COLLECTING,
    boolean: false,
    list: true,
    placeholder: 'NAME|PATH|PID|all',
    help: 'Network namespaces to record besides its own: a comma-separated list, repeatable. Needs CAP_SYS_ADMIN.',
    fallback: '',
  },
  {
    name: 'reps',
    group: COLLECTING,
    boolean: false,
    placeholder: 'N',
    help: 'Number of scans, after which the program makes a last one and ends; 0: no limit.',
    fallback: '0',
  },
  {
    name: 'output',
    group: ARCHIVE,
    boolean: false,
    placeholder: 'DIR',
    help: 'Folder for the archives, created if missing. Without it: the current folder.',
    fallback: '',
  },
  {
    name: 'uuid-prefix-file',
    group: ARCHIVE,
    boolean: false,
    placeholder: 'FILE',
    help: 'File that holds the prefix of every UUID. Without it: host name and boot time, marked unsafe.',
    fallback: '',
  },
  {
    name: 'uuid-prefix',
    group: ARCHIVE,
    boolean: false,
    placeholder: 'auto',
    help: 'Alternative to a file: auto builds the prefix from host name (or POD_NAME), boot id and boot time, unique to each boot of each machine.',
    fallback: '',
  },
  {
    name: 'archive.write',
    group: ARCHIVE,
    boolean: true,
    help: 'Write archives (default). With =false only what -recorder saves gets to the disk.',
    fallback: 'true',
  },
  {
    name: 'archive.rotate',
    group: ARCHIVE,
    boolean: false,
    placeholder: 'DURATION',
    help: 'Time after which an archive file is closed and the next one begins, 1s to 3h.',
    fallback: '10m',
  },
  {
    name: 'archive.flush-age',
    group: ARCHIVE,
    boolean: false,
    placeholder: 'DURATION',
    help: 'Longest time that a record waits in memory, where a crash loses it, 100ms to 1h.',
    fallback: '30s',
  },
  {
    name: 'archive.sync',
    group: ARCHIVE,
    boolean: false,
    placeholder: 'DURATION',
    help: 'Longest time from a write to its fsync, 100ms to 1h; a power cut loses what is not synced. 0: no fsync.',
    fallback: '2s',
  },
  {
    name: 'archive.provenance',
    group: ARCHIVE,
    boolean: true,
    help: 'Add to each record its scan and why it was written, and to each file where it was recorded.',
    fallback: 'false',
  },
  {
    name: 'archive.keep',
    group: ARCHIVE,
    boolean: false,
    placeholder: 'DURATION',
    help: 'Delete closed archives last written longer ago than this, such as 7d; at least 1h. Without it: no archive is deleted for its age.',
    fallback: '',
  },
  {
    name: 'archive.max-size',
    group: ARCHIVE,
    boolean: false,
    placeholder: 'SIZE',
    help: 'Delete the oldest closed archives while all of these take more disk space than this, such as 50GiB; at least 1MiB. Without it: no limit.',
    fallback: '',
  },
  {
    name: 'archive.max-buffered',
    group: ARCHIVE,
    boolean: false,
    placeholder: 'SIZE',
    help: "Size of data that may wait in memory for the disk, at least 1MiB; beyond it the oldest is dropped. Without it: 256MiB or a quarter of the cgroup's limit, whichever is less.",
    fallback: '',
  },
  {
    name: 'archive.mode',
    group: ARCHIVE,
    boolean: false,
    placeholder: 'MODE',
    help: 'File mode of archives, before the umask. Folders also get x wherever r is set. At least 0600.',
    fallback: '0666',
  },
  {
    name: 'exclude-srcport',
    group: PRIVACY,
    boolean: false,
    list: true,
    placeholder: 'PORTS',
    help: 'Local ports whose connections are excluded: a comma-separated list, repeatable.',
    fallback: '',
  },
  {
    name: 'exclude-dstip',
    group: PRIVACY,
    boolean: false,
    list: true,
    placeholder: 'ADDRESSES',
    help: 'Remote addresses whose connections are excluded: a comma-separated list, repeatable.',
    fallback: '',
  },
  {
    name: 'filter',
    group: PRIVACY,
    boolean: false,
    list: true,
    placeholder: 'RULES',
    help: "Connections to record, e.g. 'include dst 10.0.0.0/8' or 'exclude sport 80,8000-8010': rules separated by ;, repeatable.",
    fallback: '',
  },
  {
    name: 'filter.kernel',
    group: PRIVACY,
    boolean: true,
    help: 'Let the kernel drop excluded sockets (default). With =false they are copied and dropped in the collector, which counts them.',
    fallback: 'true',
  },
  {
    name: 'filter.explain',
    group: PRIVACY,
    boolean: true,
    help: 'Print which sockets are excluded, and how much of that the kernel does; then exit.',
    fallback: 'false',
  },
  {
    name: 'anonymize.ip',
    group: PRIVACY,
    boolean: false,
    placeholder: 'none|netblock',
    help: 'Anonymise the addresses of other machines in archives: none, or netblock, which cuts them to /24 (IPv4) and /48 (IPv6).',
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
    help: 'Address that serves /metrics, /healthz and /readyz.',
    fallback: ':9990',
  },
  {
    name: 'metrics.ports',
    group: SERVING,
    boolean: false,
    list: true,
    placeholder: 'PORTS',
    help: 'Ports and ranges, such as 443,5000-5010, that get network metrics of their own; all other ports are one group. At most 64, repeatable.',
    fallback: '',
  },
  {
    name: 'metrics.disable',
    group: SERVING,
    boolean: false,
    list: true,
    placeholder: 'GROUPS',
    help: 'Network metrics to disable: states, traffic, rtt, limited, endings, listeners, ephemeral, conntrack, http; a comma-separated list, repeatable.',
    fallback: '',
  },
  {
    name: 'tcpinfo.eventsocket',
    group: SERVING,
    boolean: false,
    placeholder: 'PATH',
    help: 'Unix socket that reports every open and close to its clients. Without it: no event socket.',
    fallback: '',
  },
  {
    name: 'events.replay',
    group: SERVING,
    boolean: true,
    help: 'Send each new client of the event socket all open connections first, marked as replay.',
    fallback: 'false',
  },
  {
    name: 'events.v2',
    group: SERVING,
    boolean: true,
    help: 'Number the events, count those that a client lost, and add the cause and the last counters to each close.',
    fallback: 'false',
  },
  ...LIVE_FLAGS,
  ...RECORDER_FLAGS,
  ...WATCH_FLAGS,
  ...SERVICES_FLAGS,
  ...HTTP_FLAGS,
  ...STREAM_FLAGS,
  ...ALERTS_FLAGS,
  {
    name: 'logx.debug',
    group: DIAGNOSIS,
    boolean: true,
    help: 'Log the flags, and every open and close.',
    fallback: 'false',
  },
  ...RECORDING_FLAGS,
  {
    name: 'trace',
    group: DIAGNOSIS,
    boolean: true,
    help: "Write a CPU profile of the program itself to the file 'trace' in the output folder when it ends.",
    fallback: 'false',
  },
] as const satisfies readonly FlagDefinition[];

/** Name of a flag. */
export type FlagName = (typeof FLAGS)[number]['name'];

/** Sentence that describes the program. */
export const DESCRIPTION =
  'Records every TCP connection on this machine: scans the socket table at a fixed interval and writes what changed ' +
  'to one compressed archive per connection.';

/** Heading of flags that only print. */
export const OTHER = 'Other';

/** Flags that only print. */
export const INFORMATIONAL = [
  { name: 'version', help: 'Print the version and exit.' },
  { name: 'help', help: 'Print this help and exit.' },
] as const;
