import { Command, InvalidArgumentError, Option } from 'commander';
import { type NamespaceTarget, parseNamespaceTarget } from '../../../host/namespaces/index.js';
import type { PortRange } from '../../../http/index.js';
import { ConfigError } from '../../flags/config-error.js';
import { parseCount, parseDurationNs, parseSize } from '../../flags/values.js';
import type { Advice } from '../../tool/parse.js';
import { portGroups } from '../port-groups.js';

/** Name at the start of messages. */
export const PROGRAM = 'tcp-info http';

/** Formats of the output. */
export const FORMATS = ['screen', 'text', 'json', 'jsonl', 'combined', 'tsv'] as const;
/** One of {@link FORMATS}. */
export type Format = (typeof FORMATS)[number];

/** Options of `tcp-info http`, as commander returns them. */
export interface HttpOptions {
  /** Absent: 80; in files all. */
  readonly port?: readonly PortRange[];
  readonly interface?: readonly string[];
  readonly promiscuous: boolean;
  readonly filter?: string;
  readonly method?: readonly string[];
  readonly netns?: Exclude<NamespaceTarget, { readonly kind: 'all' }>;
  /** Milliseconds. */
  readonly duration?: number;
  /** Milliseconds. */
  readonly refresh: number;
  readonly top: number;
  readonly sections: number;
  readonly alertThreshold: number;
  /** Milliseconds. */
  readonly alertSpan: number;
  /** Absent: screen on a terminal, text elsewhere. */
  readonly format?: Format;
  readonly fields?: readonly string[];
  /** Names in lower case. */
  readonly header: readonly string[];
  readonly query: boolean;
  readonly capture: 'heads' | 'whole';
  /** Bytes. */
  readonly ring: number;
  readonly join: boolean;
}

const DEFAULT_PORTS: readonly PortRange[] = [{ first: 80, last: 80 }];
const MIN_MS = 100;
const MAX_HOUR_MS = 3_600_000;
const MAX_DAY_MS = 86_400_000;
/** Longest time of a timer, which takes 31 bits of milliseconds. */
const MAX_TIMER_MS = 0x7fff_ffff;
const MAX_TOP = 1000;
const MAX_SECTIONS = 100;
const MAX_THRESHOLD = 1e12;
const MIN_RING = 2 ** 20;
const MAX_RING = 2 ** 30;
/** Field names and methods are tokens (RFC 9110, section 5.6.2). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Hints for arguments of other commands and tools. */
export const ADVICE: Advice = [
  [/^unknown option '--?timeout\b/, '--duration=200s ends it after a time'],
  [/^unknown option '--json\b/, '--format=json prints a document each refresh, --format=jsonl a line an exchange'],
  [/^unknown option '-i\b/, '--interface=NAME chooses interfaces'],
  [/^unknown option '-r\b/, 'a capture is an argument of its own: tcp-info http FILE'],
  [/^unknown option '-f\b/, '--fields=NAMES chooses the columns of --format=tsv'],
];

/** Creates the command. */
export function httpCommand(): Command {
  return new Command(PROGRAM)
    .usage('[OPTIONS] [FILE...]')
    .description('Shows plain HTTP as it passes: hosts, sections, codes, times, and what clients wait for.')
    .argument('[FILE...]', 'captures, pcap or pcapng, to read instead of the network; - is standard input')
    .addOption(
      new Option(
        '--port <PORTS>',
        'ports and ranges of servers with commas, at most 64 (default: 80; in files all)',
      ).argParser(ports),
    )
    .addOption(
      new Option('--interface <NAMES>', 'only these interfaces, with commas; * and ? are patterns').argParser(
        list((text) => (text === '' ? undefined : text), 'names with commas, such as eth0,veth*'),
      ),
    )
    .option(
      '--promiscuous',
      'see traffic of other hosts, too; only with --interface, and names without patterns',
      false,
    )
    .option('--filter <EXPRESSION>', 'only exchanges for which this holds, e.g. "status >= 500 or ttfb > 1s"')
    .addOption(
      new Option('--method <METHODS>', 'only these methods, with commas').argParser(
        list((text) => (TOKEN.test(text) ? text : undefined), 'methods with commas, such as GET,POST'),
      ),
    )
    .addOption(
      new Option(
        '--netns <NAME>',
        'network namespace: a name of ip netns, a path or a process id (default: the own one)',
      ).argParser(netns),
    )
    .addOption(new Option('--duration <DURATION>', 'end after this time, such as 200s').argParser(span))
    .addOption(
      new Option('--refresh <DURATION>', 'length of a report; a file is one report without it')
        .argParser(milliseconds(MAX_HOUR_MS, 'a duration from 100ms to 1h, such as 10s'))
        .default(10_000, '10s'),
    )
    .addOption(new Option('--top <N>', 'hosts in a report, busiest first').argParser(whole(1, MAX_TOP)).default(5))
    .addOption(new Option('--sections <N>', 'sections of each host').argParser(whole(0, MAX_SECTIONS)).default(3))
    .addOption(
      new Option('--alert-threshold <N>', 'messages in --alert-span from which the alert is raised')
        .argParser(whole(1, MAX_THRESHOLD))
        .default(7000),
    )
    .addOption(
      new Option('--alert-span <DURATION>', 'span of the alert')
        .argParser(milliseconds(MAX_DAY_MS, 'a duration from 100ms to 24h, such as 120s'))
        .default(120_000, '120s'),
    )
    .addOption(
      new Option('--format <FORMAT>', 'format of the output (default: screen on a terminal, else text)').choices(
        FORMATS,
      ),
    )
    .addOption(
      new Option(
        '--fields <NAMES>',
        'columns of --format=tsv, with commas: fields of exchanges, and headers',
      ).argParser(list((text) => (text === '' ? undefined : text), 'names of fields with commas')),
    )
    .addOption(
      new Option('--header <NAMES>', 'headers to keep, with commas; nothing of other ones is kept')
        .argParser(list((text) => (TOKEN.test(text) ? text.toLowerCase() : undefined), 'names of headers with commas'))
        .default([], 'none'),
    )
    .option('--query', 'keep the queries of paths; they may hold secrets', false)
    .addOption(
      new Option('--capture <BYTES>', 'heads: long bodies are cut in the kernel; whole: nothing is, for twice the CPU')
        .choices(['heads', 'whole'])
        .default('heads'),
    )
    .addOption(
      new Option('--ring <SIZE>', 'memory that holds packets until they are read')
        .argParser(ring)
        .default(2 ** 24, '16MiB'),
    )
    .option('--no-join', 'do not look up connections in the kernel: no UUID, round trip and retransmissions')
    .addHelpText('after', HELP);
}

const HELP = `
It needs CAP_NET_RAW, and no right for files. Nothing is sent and no connection is touched. TLS and
HTTP/2 cannot be read: such connections are counted, and named.

TTFB is the time from a request's last byte to its answer's first. SERVER is what of it the server
took: on the client's side less the connection's round trip, RTT. WAITS FOR is the largest part of
the median exchange: server, network, or body, the time until the whole answer has passed.

text prints a report each refresh, json a document; jsonl, combined (Apache's log) and tsv print a
line an exchange as soon as it is over. Without --fields, tsv has time, client, method, host, path,
status, ttfb; for files the columns of httpry. Times of fields are microseconds.

Authorization, Cookie and the like are kept only if --header names them, and then with a warning.
Control characters of hosts, paths and headers are escaped in every format.

q ends the screen. After SIGINT, SIGTERM or --duration the last report is printed, and what was
captured and missed.

Exit codes: 0 ended, 1 something failed, 2 wrong arguments, no CAP_NET_RAW, or a link type that is
not known, 3 packets were dropped, bytes missed, lines left out, or a file is cut.

Examples:
  tcp-info http --port=80,8080
  tcp-info http --filter="status >= 500 or ttfb > 1s" --format=jsonl
  tcp-info http --format=tsv --header=user-agent --fields=time,host,path,status,user-agent
  tcpdump -w - tcp port 80 | tcp-info http -
  tcp-info http capture.pcapng --format=json | jq '.hosts[] | {host, status}'`;

function ports(text: string, before: readonly PortRange[] | undefined): readonly PortRange[] {
  const known = (before ?? []).map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`));
  try {
    // All at once, so that clashes with earlier ones are found.
    return portGroups([{ text: [...known, text].join(','), origin: '--port' }]).map(({ first, last }) => ({
      first,
      last,
    }));
  } catch (error) {
    if (error instanceof ConfigError) throw new InvalidArgumentError(error.message.replace(/^--port: /, ''));
    throw error;
  }
}

/** Returns a parser of a list that may come in several parts. */
function list(
  parse: (text: string) => string | undefined,
  expected: string,
): (text: string, before: readonly string[] | undefined) => readonly string[] {
  return (text, before) => {
    const items = text.split(',').map((item) => parse(item.trim()));
    if (items.includes(undefined)) throw new InvalidArgumentError(`expected ${expected}`);
    return [...new Set([...(before ?? []), ...items.filter((item) => item !== undefined)])];
  };
}

function netns(text: string): Exclude<NamespaceTarget, { readonly kind: 'all' }> {
  const target = parseNamespaceTarget(text, process.cwd());
  if (target !== undefined && target.kind !== 'all') return target;
  throw new InvalidArgumentError('expected one namespace: a name, a path or a process id');
}

function milliseconds(max: number, expected: string): (text: string) => number {
  return (text) => {
    const ms = (parseDurationNs(text) ?? 0) / 1e6;
    if (ms >= MIN_MS && ms <= max) return Math.round(ms);
    throw new InvalidArgumentError(`expected ${expected}`);
  };
}

function span(text: string): number {
  const ns = parseDurationNs(text);
  if (ns !== undefined && ns / 1e6 <= MAX_TIMER_MS) return Math.round(ns / 1e6);
  throw new InvalidArgumentError('expected a duration of at most 24 days, such as 200s or 1h');
}

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = parseCount(text);
    if (value !== undefined && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
  };
}

function ring(text: string): number {
  const bytes = parseSize(text);
  if (bytes !== undefined && bytes >= MIN_RING && bytes <= MAX_RING) return bytes;
  throw new InvalidArgumentError('expected a size from 1MiB to 1GiB, such as 16MiB');
}

/** Returns the ports to listen for: those given, or 80; null for files without any: all. */
export function wantedPorts(options: HttpOptions, isFile: boolean): readonly PortRange[] | null {
  return options.port ?? (isFile ? null : DEFAULT_PORTS);
}
