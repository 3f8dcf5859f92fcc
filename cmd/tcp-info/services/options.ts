import { Command, InvalidArgumentError, Option } from 'commander';
import type { NamespaceTarget } from '../../../host/namespaces/index.js';
import { ADDRESS_FORMS, type LiveAddress, parseLiveAddress } from '../../../live/client/index.js';
import { wrapParagraphs } from '../../flags/help.js';
import { parseDurationNs } from '../../flags/values.js';
import { namespacesOption } from '../../tool/namespaces-option.js';
import type { Advice } from '../../tool/parse.js';

/** Name at the start of messages. */
export const PROGRAM = 'tcp-info services';

/** Options of `tcp-info services`, as commander returns them. */
export interface ServicesOptions {
  /** File of services. */
  readonly config?: string;
  /** Addresses and ports, each as the user wrote it. */
  readonly listen?: readonly string[];
  /** Milliseconds between listings; true for the default, absent without `--watch`. */
  readonly watch?: number | true;
  readonly clients: boolean;
  readonly rates: boolean;
  readonly netns?: NamespaceTarget;
  /** Collector to ask. */
  readonly api?: LiveAddress;
  readonly format: 'text' | 'json';
}

const MIN_EVERY_MS = 100;
const MAX_EVERY_MS = 3_600_000;
/** Default of `--watch`, in milliseconds, and the time between the two listings without it. */
export const DEFAULT_EVERY_MS = 1_000;

/** Hints for arguments of other commands and tools. */
export const ADVICE: Advice = [
  [/^unknown option '--json\b/, '--format=json prints JSON'],
  [/^unknown option '--(once|frames)\b/, 'without --watch it prints once'],
  [/^unknown option '--(port|sport)\b/, '--listen=PORT names a service'],
  [/^too many arguments/, '--listen=[ADDR:]PORT names a service'],
];

/** Creates the command. */
export function servicesCommand(): Command {
  return new Command(PROGRAM)
    .usage('[OPTIONS]')
    .description('Shows who uses the listening TCP ports of this machine, and how much. It needs no right.')
    .addOption(new Option('--config <FILE>', 'services of this YAML file, watched and forwarded ones'))
    .addOption(
      new Option('--listen <[ADDR:]PORT>', 'a service, such as 22, 10.0.0.1:5432 or [::1]:443,8000-8010; repeatable')
        .argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text])
        .conflicts('config'),
    )
    .addOption(new Option('--watch [INTERVAL]', 'show them again and again (default: every 1s)').argParser(interval))
    .option('--clients', 'show the clients of each service, too', false)
    .option('--no-rates', 'list once, at once: without rates and without what limits the connections')
    .addOption(namespacesOption())
    .addOption(
      new Option('--api <ADDRESS>', `ask this collector: ${ADDRESS_FORMS}`)
        .argParser(address)
        .conflicts(['config', 'listen', 'netns']),
    )
    .addOption(new Option('--format <FORMAT>', 'format of the output').choices(['text', 'json']).default('text'))
    .addHelpText('after', wrapParagraphs(HELP));
}

const HELP = `
The kernel is asked for its sockets, twice within a second for the rates; no collector is needed.
With --api a collector that watches services (-services) is asked instead: what was accepted,
rejected and closed since its start, and bytes of ended connections, too.

Without --config and --listen every listening address is a service, loopback included. A connection
belongs to the listener that it came through, also while it waits to be accepted. Connections that
this machine opened belong to none.

UP is payload from clients, DOWN payload to them, both of the connections that are open. Numbers
since a start (accepted, rejected, closed) cannot be seen in listings; JSON has null for them.
LIMITED BY needs two listings: what limited the connections between them.

On a terminal --watch draws again, else it appends; with --format=json each line is one view.

Exit codes: 0 shown, 1 the kernel refuses or something failed, 2 wrong arguments or a wrong file,
3 one of the namespaces of --netns=all could not be read.

Examples:
  tcp-info services
  tcp-info services --listen=22 --listen=10.0.0.1:5432 --watch
  tcp-info services --config=services.yaml --clients
  tcp-info services --api=unix:/run/tcp-info/live.sock --watch
  tcp-info services --format=json | jq '.services[] | {sid, connections}'`;

function address(text: string): LiveAddress {
  const parsed = parseLiveAddress(text, process.env['TCP_INFO_LIVE_TOKEN']);
  if (parsed === undefined) throw new InvalidArgumentError(`expected ${ADDRESS_FORMS}`);
  return parsed;
}

function interval(text: string): number {
  const ms = (parseDurationNs(text) ?? 0) / 1e6;
  if (ms >= MIN_EVERY_MS && ms <= MAX_EVERY_MS) return Math.round(ms);
  throw new InvalidArgumentError('expected a duration from 100ms to 1h, such as 1s');
}
