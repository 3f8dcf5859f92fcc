import { type Command, InvalidArgumentError, Option } from 'commander';
import type { WhereError } from '../../archive/connections/index.js';
import { PEER_FORMS, PORT_FORMS, parsePeers, parsePorts, type Selection } from '../../archive/selection/index.js';
import { ZONES, type Zone } from '../../view/time/index.js';
import { EXIT_FAILED, EXIT_USAGE } from '../flags/exit-codes.js';
import { MOMENT_FORMS, parseMomentUs } from './moment.js';

/** Options that select connections, as commander returns them. */
export interface SelectionFlags {
  readonly since?: string;
  readonly until?: string;
  readonly filter?: string;
  readonly where?: string;
  readonly port?: Selection['ports'];
  readonly peer?: Selection['peers'];
  readonly time: Zone;
}

/** Connections that a command line selects, and the zone of its times. */
export interface Chosen {
  readonly selection: Selection;
  /** SQL expression over columns of connections. */
  readonly where: string | undefined;
  readonly zone: Zone;
}

/** Thrown for options that contradict each other; the message is one sentence. */
export class SelectionError extends Error {
  override readonly name = 'SelectionError';
}

/** Paragraph of the help about these options. */
export const SELECTION_HELP = `
TIME is RFC 3339 (2026-11-21T13:00:00Z), 2026-11-21 13:00, a date (its midnight), 13:00 (the most recent 13:00), or a
duration before now (2h, 30m, 7d). Times without an offset are in the zone of --time. A connection is selected as a
whole when any part of it is within that time. --filter takes conditions such as "dport 443 rtt > 3*minrtt" or
"is:lossy limited = cwnd"; docs/expressions.md has the language and all names. --where takes the columns of connections
in tcp-info query, such as "idiag_dport = 443 AND limited_by = 'loss'", and needs DuckDB.`;

/** Adds the options that select connections. */
export function addSelectionOptions(command: Command): Command {
  return command
    .option('--since <TIME>', 'only connections that existed at this time or later', moment)
    .option('--until <TIME>', 'only connections that began before this time', moment)
    .option('--port <PORTS>', 'only connections with one of these ports at either end', ports)
    .option('--peer <ADDRESSES>', 'only connections with one of these remote addresses or prefixes', peers)
    .option('--filter <EXPRESSION>', 'only connections for which this condition holds')
    .option('--where <SQL>', 'only connections for which this SQL expression is true')
    .addOption(new Option('--time <ZONE>', 'zone of times that are printed and read').choices(ZONES).default('utc'));
}

/** Interprets the options together. @throws SelectionError */
export function chooseConnections(flags: SelectionFlags, nowMs: number): Chosen {
  const { since, until, where, port, peer, time: zone } = flags;
  const sinceUs = since === undefined ? undefined : parseMomentUs(since, nowMs, zone);
  const untilUs = until === undefined ? undefined : parseMomentUs(until, nowMs, zone);
  if (sinceUs !== undefined && untilUs !== undefined && sinceUs >= untilUs)
    throw new SelectionError(`--since=${since} is not before --until=${until}`);
  return { selection: { sinceUs, untilUs, ports: port ?? [], peers: peer ?? [] }, where, zone };
}

/** Returns the exit code for an expression of `--where` that failed. */
export function whereExitCode({ isWrong }: WhereError): number {
  return isWrong ? EXIT_USAGE : EXIT_FAILED;
}

/** True when any option selects connections. */
export function isChoosing({ since, until, filter, where, port, peer }: SelectionFlags): boolean {
  return [since, until, filter, where, port, peer].some((each) => each !== undefined);
}

/** Checks a time and returns its text: the value depends on the zone, which is not parsed yet. */
function moment(text: string): string {
  if (parseMomentUs(text, 0, 'utc') === undefined) throw new InvalidArgumentError(`expected ${MOMENT_FORMS}`);
  return text;
}

function ports(text: string): Selection['ports'] {
  const found = parsePorts(text);
  if (found === undefined) throw new InvalidArgumentError(`expected ${PORT_FORMS}`);
  return found;
}

function peers(text: string): Selection['peers'] {
  const found = parsePeers(text);
  if (found === undefined) throw new InvalidArgumentError(`expected ${PEER_FORMS}, with no bits set behind the prefix`);
  return found;
}
