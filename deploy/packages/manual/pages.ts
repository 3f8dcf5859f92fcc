import type { Programs } from '../../../cmd/describe/programs.js';
import { command, type Edition, head, options } from './page.js';
import { bold, item, paragraph, plain, section, verbatim } from './roff.js';

/** Returns the manual page tcp-info(1). */
export function daemonPage({ daemon, subcommands }: Programs, edition: Edition): string {
  const synopsis = [daemon, ...subcommands].map(({ name, usage }) => `${bold(name)} ${plain(usage)}`);
  return [
    head('tcp-info', 'record TCP connections and their tcp_info', edition),
    section('SYNOPSIS'),
    `${synopsis.join('\n.br\n')}\n`,
    section('DESCRIPTION'),
    paragraph(plain(daemon.summary), true),
    paragraph(plain(HOW)),
    paragraph(plain(FLAGS)),
    section('OPTIONS'),
    options(daemon),
    section('COMMANDS'),
    paragraph(plain('Instead of flags; each has its own --help.'), true),
    ...subcommands.map(command),
    section('ENVIRONMENT'),
    paragraph(plain('Every flag has a variable, shown with the flag above. Further variables:'), true),
    item(bold('TCP_INFO_NETLINK_ADDON'), plain('Native addon to load instead of the installed one.')),
    item(bold('NO_COLOR'), plain('If not empty, commands print neither colours nor Unicode drawings.')),
    item(bold('TMPDIR'), plain('Folder where tcp-info query keeps data that does not fit into memory.')),
    section('FILES'),
    item(plain('OUTPUT/YYYY/MM/DD/UUID.SEQUENCE.jsonl.zst'), plain(ARCHIVES)),
    item(plain('OUTPUT/trace'), plain('CPU profile of -trace.')),
    item(plain('/etc/default/tcp-info'), plain('Flags of the service, with a package or the systemd unit.')),
    section('SIGNALS'),
    item(bold('SIGTERM') + plain(', ') + bold('SIGINT'), plain(TERMINATION)),
    item(bold('SIGHUP'), plain('Closes all archives and begins new ones.')),
    section('EXIT STATUS'),
    item(bold('0'), plain('Normal end; for a command, complete success.')),
    item(bold('1'), plain('Failure, or forced end.')),
    item(bold('2'), plain('Wrong flags or arguments: nothing was opened.')),
    item(bold('3'), plain('For commands that read archives: something was damaged, and the rest was read.')),
    section('METRICS'),
    paragraph(plain(METRICS), true),
    section('EXAMPLES'),
    paragraph(plain('Record, with data in ./data and metrics on port 7070:'), true),
    verbatim('    tcp-info -prom=7070 -output=data'),
    paragraph(plain('Record only connections with one network, and keep them for a week:')),
    verbatim("    tcp-info -output=data -filter='include dst 10.0.0.0/8' -archive.keep=7d"),
    paragraph(plain('Show what limited the connections of a day, as a page for a browser:')),
    verbatim('    tcp-info summary --format=html --output=day.html data/2026/11/21'),
    section('SEE ALSO'),
    paragraph(`${bold('csvtool')}(1), ${bold('ss')}(8), ${bold('tcp')}(7), ${bold('sock_diag')}(7)`, true),
  ].join('');
}

/** Returns the manual page csvtool(1). */
export function csvtoolPage({ csvtool }: Programs, edition: Edition): string {
  return [
    head('csvtool', "convert tcp-info's archives to CSV", edition),
    section('SYNOPSIS'),
    `${bold(csvtool.name)} ${plain(csvtool.usage)}\n`,
    section('DESCRIPTION'),
    paragraph(plain(csvtool.summary), true),
    paragraph(plain(CSVTOOL_PATHS)),
    section('OPTIONS'),
    paragraph(plain('Flags take one dash or two.'), true),
    options(csvtool),
    section('EXIT STATUS'),
    item(bold('0'), plain('All is converted.')),
    item(bold('1'), plain('Something could not be opened, read or written.')),
    item(bold('2'), plain('Wrong arguments.')),
    item(bold('3'), plain('Something was damaged; the rest is converted.')),
    section('EXAMPLES'),
    paragraph(plain('All archives of a month, as one table:'), true),
    verbatim('    csvtool data/2026/11 > november.csv'),
    section('SEE ALSO'),
    paragraph(`${bold('tcp-info')}(1)`, true),
  ].join('');
}

const HOW = `The collector asks the kernel over netlink (SOCK_DIAG, inet_diag) for the state of every TCP socket, and
subscribes to destroy events. It writes what changed, as the kernel reports it: tcp_info and every other attribute, with
nanosecond timestamps. No capability is needed; with CAP_NET_ADMIN records include sockets' marks, and with CAP_SYS_ADMIN
other network namespaces can be recorded. Connections over loopback and link-local addresses are excluded.`;

const FLAGS = `Flags take one dash or two; their value follows = or a space. A boolean flag without a value is true; write
another value after =, as in -filter.kernel=false. A flag that is not given is read from the environment.`;

const ARCHIVES = `Archives of a connection, below the folder of -output: JSON lines in zstd frames. zstd -dc shows one
archive, and the commands read any number of them.`;

const TERMINATION = `Ends the program after a last scan: reports every open connection as closed, and finishes every file. If
the disk accepts nothing, it waits for about 5 seconds. A second signal, more than 2 seconds later, ends it at once and
loses records not yet written.`;

const METRICS = `The address of -prometheusx.listen-address serves /metrics in the Prometheus text format and in OpenMetrics,
and /healthz and /readyz for probes. Metrics cover scans, events, archives, the disk's health and memory; the help text of
each metric says what it counts.`;

const CSVTOOL_PATHS = `A PATH is a file, a folder (all archives in it, at any depth), a pattern in quotes, or - for standard
input, which is the default. Archives are .jsonl and .jsonl.zst files, also inside .tar, .tgz, .tar.gz and .tar.zst files,
which are not unpacked to disk. Files of one connection follow each other, by sequence.`;
