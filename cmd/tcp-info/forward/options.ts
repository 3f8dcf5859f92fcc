import { Command, InvalidArgumentError, Option } from 'commander';
import type { ListenAddress } from '../../../live/http/index.js';
import { DUMP_FORMATS, type DumpFormat, FORWARD_FORM } from '../../../services/config/index.js';
import { wrapParagraphs } from '../../flags/help.js';
import { parseListenAddress } from '../../flags/values.js';
import type { Advice } from '../../tool/parse.js';

/** Name at the start of messages. */
export const PROGRAM = 'tcp-info forward';

/** Options of `tcp-info forward`, as commander returns them. */
export interface ForwardOptions {
  /** Services of the command line, in {@link FORWARD_FORM}. */
  readonly port: readonly string[];
  /** Path of a file of services. */
  readonly config?: string;
  readonly debug: boolean;
  /** Format of dumps, for services without one of their own. */
  readonly dump?: Exclude<DumpFormat, 'none'>;
  readonly check: boolean;
  readonly log: 'sessions' | 'none';
  /** Path of the control socket. */
  readonly control?: string;
  /** Address of the page of metrics. */
  readonly prom?: ListenAddress;
  /** True to take over the addresses of a running forwarder. */
  readonly takeover: boolean;
}

/** Hints for arguments of other tools. */
export const ADVICE: Advice = [
  [/^unknown option '-[^-]/, `a service is -p ${FORWARD_FORM}, a file of services -c FILE`],
  [/^too many arguments/, `a service is -p ${FORWARD_FORM}`],
];

/** Creates the command. */
export function forwardCommand(): Command {
  return new Command(PROGRAM)
    .usage('[OPTIONS] -p LISTEN=BACKEND... | -c FILE')
    .description('Forwards TCP connections to backends: counted, limited, and stopped without a lost byte.')
    .option('-p, --port <LISTEN=BACKEND>', `a service, ${FORWARD_FORM}; may be given several times`, collect, [])
    .option('-c, --config <FILE>', 'file of services, in YAML; that of gihnius/monconn works as it is')
    .option('-D, --debug', 'log the statistics of each service every 15 s', false)
    .addOption(
      new Option('--dump <FORMAT>', 'print the bytes of all services that have no dump of their own').choices(
        DUMP_FORMATS.filter((format) => format !== 'none'),
      ),
    )
    .option('--control <unix:PATH>', 'control socket: statistics, and commands to services', control)
    .option('--prom <[HOST:]PORT>', 'Prometheus metrics: /metrics, /healthz and /readyz', prom)
    .option('--takeover', 'take the addresses over from a running forwarder of the same user', false)
    .option('--check', 'print all services with all their settings, and end', false)
    .addOption(
      new Option('--log <LINES>', 'sessions: one line for each connection that has ended; none: without')
        .choices(['sessions', 'none'])
        .default('sessions'),
    )
    .addHelpText('after', wrapParagraphs(HELP));
}

const HELP = `
LISTEN and BACKEND are [ADDR:]PORT, with IPv6 addresses in brackets; a backend may be a name.
Without an address it listens on all of them, and connects to 127.0.0.1. With -c and -p both are
used. docs/services.md has the file's keys.

Signals: SIGHUP reads the file again. A bad file changes nothing; services whose address stays keep
listener and connections; removed ones drain. SIGTERM, SIGINT and SIGQUIT stop: listeners close,
idle connections end, others have wait_timeout. A second one after 2 s ends everything at once.

A restart that refuses no client: start the new one with --takeover and the same user. It gets all
new connections as soon as it says that it listens. Then stop the old one, whose connections drain.

Exit codes: 0 stopped or checked, 1 a listener cannot be opened, something failed, or stopped at
once, 2 wrong arguments or file.

Examples:
  tcp-info forward -p :22=127.0.0.1:2222 -p [::1]:8080=web.example:80
  tcp-info forward --check -c services.yaml
  tcp-info forward -c services.yaml --log=none`;

function prom(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (address !== undefined) return address;
  throw new InvalidArgumentError('expected [HOST:]PORT, such as 9090 or 127.0.0.1:9090');
}

function control(text: string): string {
  const path = text.replace(/^unix:/, '');
  if (path !== text && path !== '') return path;
  throw new InvalidArgumentError('expected unix:PATH, such as unix:/run/tcp-info/forward.sock');
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
