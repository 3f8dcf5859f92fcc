import { Command, InvalidArgumentError } from 'commander';
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
export const PROGRAM = 'tcp-info ingest';

/** Share of the partitions of one of several processes: `index` and every `of`-th after it. */
export interface Instance {
  readonly index: number;
  readonly of: number;
}

/** Options of `tcp-info ingest`, as commander returns them. */
export interface IngestOptions extends AccessOptions, StreamsChoice {
  readonly from: BrokerAddress;
  readonly to?: string;
  readonly instance: Instance;
  /** Milliseconds. */
  readonly fileAge: number;
  /** Bytes. */
  readonly fileSize: number;
  /** Milliseconds. */
  readonly keep: number;
  readonly prom?: ListenAddress;
  readonly once: boolean;
}

/** Hints for arguments of other tools. */
export const ADVICE: Advice = [[/^too many arguments/, 'the folder of files is --to DIR']];

/** Creates the command. */
export function ingestCommand(): Command {
  const command = new Command(PROGRAM)
    .usage('[OPTIONS] --from nats://HOST[:PORT],... --to DIR')
    .description('Makes Parquet files of what tcp-info ship carried to NATS JetStream: each row once.')
    .requiredOption('--from <URL>', 'brokers: nats://HOST[:PORT],... or, by TLS only, tls://HOST[:PORT],...', brokers)
    .option('--to <DIR>', 'folder of files; needed but for --init')
    .option('--instance <I/N>', 'partitions of this process: I, I+N, and so on, from 0', instance, { index: 0, of: 1 })
    .option('--file-age <TIME>', 'age of the first row at which a file is made, 1s to 24h', age, 300_000)
    .option('--file-size <SIZE>', 'bytes of frames at which a file is made, which are in memory', size, 64 * 2 ** 20)
    .option('--keep <TIME>', 'time for which messages stay in the stream for others, 0s to 24h', keep, 600_000)
    .option('--prom <[HOST:]PORT>', 'Prometheus metrics: /metrics, /healthz and /readyz', prom)
    .option('--once', 'end when there is no message left', false)
    .addHelpText('after', wrapParagraphs(HELP));
  return addAccessOptions(command);
}

const HELP = `
Files are connections/, open/ and losses/ in Parquet, and snapshots/ as lines of archives, each in
folders by day and hour of arrival. What is about to be written is noted in the broker first, and
what was written after it: a crash at any moment neither loses a row nor writes it twice. Messages
are removed from the stream only then. docs/fleet.md says more, and shows SQL over the files.

SIGTERM and SIGINT stop: what was read is made into files first.

Exit codes: 0 stopped, or with --once nothing left; 1 another process has a partition, something
failed, or the end came before files were made; 2 wrong arguments; 3 messages were set aside, in
poison/.

Examples:
  tcp-info ingest --init --from nats://127.0.0.1 --partitions=1
  tcp-info ingest --from nats://127.0.0.1 --partitions=1 --to /srv/tcp-info
  tcp-info ingest --from tls://nats-1,nats-2 --creds ingest.creds --to /srv/tcp-info --instance=0/2`;

function instance(text: string): Instance {
  const [, index, of] = /^(\d{1,3})\/(\d{1,3})$/.exec(text) ?? [];
  const chosen = { index: Number(index), of: Number(of) };
  if (of !== undefined && chosen.index < chosen.of) return chosen;
  throw new InvalidArgumentError('expected I/N, such as 0/2 and 1/2');
}

function age(text: string): number {
  return within(parseDurationNs(text), 1e9, 86_400e9, 'a duration from 1s to 24h, such as 5m') / 1e6;
}

function keep(text: string): number {
  return within(text === '0' ? 0 : parseDurationNs(text), 0, 86_400e9, 'a duration from 0s to 24h, such as 10m') / 1e6;
}

function size(text: string): number {
  return within(parseSize(text), 2 ** 20, 2 ** 30, 'a size from 1MiB to 1GiB, such as 64MiB');
}
