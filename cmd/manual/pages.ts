import type { Programs } from '../describe/programs.js';
import { command, type Edition, head, options } from './page.js';
import { bold, item, paragraph, plain, section, verbatim } from './roff.js';

/** The manual page tcp-info(1). */
export function daemonPage({ daemon, subcommands }: Programs, edition: Edition): string {
  const synopsis = [daemon, ...subcommands].map(({ name, usage }) => `${bold(name)} ${plain(usage)}`);
  return [
    head('tcp-info', 'record what every TCP connection goes through', edition),
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
    paragraph(plain('Every flag has a variable, named with it above. These count besides:'), true),
    item(bold('TCP_INFO_NETLINK_ADDON'), plain('File to load as native addon instead of the one that was installed.')),
    item(bold('NO_COLOR'), plain('When it is not empty, commands print neither colours nor Unicode drawings.')),
    item(bold('TMPDIR'), plain('Where tcp-info query keeps what does not fit into memory.')),
    section('FILES'),
    item(plain('OUTPUT/YYYY/MM/DD/UUID.SEQUENCE.jsonl.zst'), plain(ARCHIVES)),
    item(plain('OUTPUT/trace'), plain('The CPU profile that -trace asks for.')),
    item(plain('/etc/default/tcp-info'), plain('Flags of the service, where a package or the systemd unit is used.')),
    section('SIGNALS'),
    item(bold('SIGTERM') + plain(', ') + bold('SIGINT'), plain(TERMINATION)),
    item(bold('SIGHUP'), plain('Ends all archives and begins new ones.')),
    section('EXIT STATUS'),
    item(bold('0'), plain('Ended in order; of a command, all is done.')),
    item(bold('1'), plain('Failed, or was forced to end.')),
    item(bold('2'), plain('Wrong flags or arguments: nothing was opened.')),
    item(bold('3'), plain('Of commands that read archives: something was damaged, and all else was read.')),
    section('METRICS'),
    paragraph(plain(METRICS), true),
    section('EXAMPLES'),
    paragraph(plain('Record, with data in ./data and metrics on port 7070:'), true),
    verbatim('    tcp-info -prom=7070 -output=data'),
    paragraph(plain('Record connections with one network only, for a week at most:')),
    verbatim("    tcp-info -output=data -filter='include dst 10.0.0.0/8' -archive.keep=7d"),
    paragraph(plain('What limited the connections of a day, as a page for a browser:')),
    verbatim('    tcp-info summary --format=html --output=day.html data/2026/11/21'),
    section('SEE ALSO'),
    paragraph(`${bold('csvtool')}(1), ${bold('ss')}(8), ${bold('tcp')}(7), ${bold('sock_diag')}(7)`, true),
  ].join('');
}

/** The manual page csvtool(1). */
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
    item(bold('3'), plain('Something was damaged; all else is converted.')),
    section('EXAMPLES'),
    paragraph(plain('All archives of a month, as one table:'), true),
    verbatim('    csvtool data/2026/11 > november.csv'),
    section('SEE ALSO'),
    paragraph(`${bold('tcp-info')}(1)`, true),
  ].join('');
}

const HOW = `The kernel is asked over netlink (SOCK_DIAG, inet_diag) for the state of every TCP socket, and tells of every
socket's end. What changed is written, as the kernel has it: tcp_info and every other attribute, with the time to the
nanosecond. No capability is needed; with CAP_NET_ADMIN records have sockets' marks too, and with CAP_SYS_ADMIN other
network namespaces can be recorded. Connections over loopback and link-local addresses are left out.`;

const FLAGS = `Flags take one dash or two, and their value behind = or a space. A boolean is true when it is given; another
value goes behind =, as in -filter.kernel=false. A flag that is not given is taken from the environment.`;

const ARCHIVES = `The archives of a connection, below the folder that -output names: JSON lines in zstd frames. zstd -dc
shows one, and the commands read any number of them.`;

const TERMINATION = `Ends in order: makes a last scan, tells of every end, and finishes every file. A disk that takes nothing
is waited for some 5 seconds. A second signal, more than 2 seconds later, ends it at once, and what is not yet written is
lost.`;

const METRICS = `/metrics is served in the Prometheus text format and in OpenMetrics, /healthz and /readyz for probes, where
-prometheusx.listen-address says. Scans, events, archives, the disk's health and memory are in it; each metric's help text
says what it counts.`;

const CSVTOOL_PATHS = `A PATH is a file, a folder (all archives in it, at any depth), a pattern in quotes, or - for standard
input, which is also read when no PATH is given. Archives are .jsonl and .jsonl.zst files, and those in .tar, .tgz, .tar.gz
and .tar.zst files, which are not unpacked to disk. Files of one connection follow each other, by sequence.`;
