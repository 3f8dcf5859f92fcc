import { Command } from 'commander';
import type { ListenAddress } from '../../../live/http/index.js';
import { wrapParagraphs } from '../../flags/help.js';
import { parseDurationNs, parseSize } from '../../flags/values.js';
import {
  type AccessOptions,
  addAccessOptions,
  type BrokerAddress,
  brokers,
  prom,
  type StreamsChoice,
  within,
} from '../../tool/broker-options.js';
import type { Advice } from '../../tool/parse.js';

/** Name at the start of messages. */
export const PROGRAM = 'tcp-info ship';

/** Options of `tcp-info ship`, as commander returns them. */
export interface ShipOptions extends AccessOptions, StreamsChoice {
  readonly spool?: string;
  readonly to: BrokerAddress;
  /** Most bytes a second. */
  readonly rate: number;
  /** Time over which connections are spread, milliseconds. */
  readonly spread: number;
  readonly prom?: ListenAddress;
  readonly once: boolean;
}

/** Hints for arguments of other tools. */
export const ADVICE: Advice = [[/^too many arguments/, 'the folder of segments is --spool DIR']];

/** Creates the command. */
export function shipCommand(): Command {
  const command = new Command(PROGRAM)
    .usage('[OPTIONS] --spool DIR --to nats://HOST[:PORT],...')
    .description('Carries the segments of -stream.output to NATS JetStream: each frame at least once, under one id.')
    .option('--spool <DIR>', 'folder of -stream.output; needed but for --init')
    .requiredOption('--to <URL>', 'brokers: nats://HOST[:PORT],... or, by TLS only, tls://HOST[:PORT],...', brokers)
    .option('--rate <SIZE>', 'most bytes a second, from 64KiB; how fast a backlog is sent', rate, 4 * 2 ** 20)
    .option(
      '--spread <TIME>',
      'time over which nodes connect by chance, at the start and after a loss, 0s to 5m',
      spread,
      10_000,
    )
    .option('--prom <[HOST:]PORT>', 'Prometheus metrics: /metrics, /healthz and /readyz', prom)
    .option('--once', 'end when everything is sent', false)
    .addHelpText('after', wrapParagraphs(HELP));
  return addAccessOptions(command);
}

const HELP = `
A segment is deleted when the broker has all of it. While the broker is away, slow or full,
frames wait in the folder, whose bound is -stream.max-size. Frames are numbered, and sent again
under the same id until the broker has them: a reader can tell each that came twice.
docs/fleet.md has subjects, ids and headers.

SIGTERM and SIGINT stop: frames on their way have 5 s. What was not acknowledged is sent again at
the next start.

Exit codes: 0 stopped, or with --once everything sent; 1 the folder cannot be worked on, streams
differ, or --once was stopped before the end; 2 wrong arguments; 3 a file was set aside (*.bad).

Examples:
  tcp-info ship --init --to nats://127.0.0.1 --partitions=1
  tcp-info ship --spool /var/spool/tcp-info-stream --to nats://127.0.0.1 --partitions=1
  tcp-info ship --spool /var/spool/tcp-info-stream --to tls://nats-1,nats-2 --creds node.creds`;

function rate(text: string): number {
  return within(parseSize(text), 64 * 1024, 2 ** 40, 'a size from 64KiB, such as 4MiB');
}

function spread(text: string): number {
  const ns = text === '0' ? 0 : parseDurationNs(text);
  return within(ns, 0, 300e9, 'a duration from 0s to 5m, such as 10s') / 1e6;
}
