import { hostname } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { formatLocation, parseLocation, type StoreLocation } from '../../../fleet/objectstore/index.js';
import type { ListenAddress } from '../../../live/http/index.js';
import { wrapParagraphs } from '../../flags/help.js';
import { parseListenAddress, parseLongDurationNs, parsePercent, parseSize } from '../../flags/values.js';
import type { Advice } from '../../tool/parse.js';

/** Name at the start of messages. */
export const PROGRAM = 'tcp-info upload';

/** Options of `tcp-info upload`, as commander returns them. */
export interface UploadCommandOptions {
  readonly archives?: string;
  readonly state?: string;
  readonly to?: StoreLocation;
  readonly endpoint?: string;
  readonly region?: string;
  readonly node: string;
  readonly format?: 'tar.zst' | 'tgz';
  readonly layout: 'day' | 'mlab';
  readonly experiment?: string;
  readonly datatype: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds. */
  readonly age: number;
  /** Milliseconds. */
  readonly every: number;
  /** Share, 0 to 1. */
  readonly sample: number;
  /** Milliseconds. */
  readonly keepLocal: number;
  readonly once: boolean;
  readonly dryRun: boolean;
  readonly prom?: ListenAddress;
}

/** Largest bundle: Amazon takes 10,000 parts of 8 MiB. */
const MAX_SIZE_BYTES = 64 * 2 ** 30;
const MiB = 2 ** 20;
const MINUTE_MS = 60_000;
/** Part of a key that needs no encoding anywhere, and no slash. */
const WORD = /^[A-Za-z0-9_]+$/;

/** Hints for arguments of other tools. */
export const ADVICE: Advice = [
  [/^unknown option '--(bucket|destination)\b/, 'the destination is --to=s3://BUCKET/PREFIX'],
  [/^unknown option '--(directory|dir|output)\b/, "the collector's output folder is --archives=DIR"],
  [/^unknown option '--(access-key|secret|key)/, 'keys are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a file'],
  [/^too many arguments/, 'the folder is --archives=DIR, the destination --to=s3://BUCKET/PREFIX'],
];

/** Creates the command. */
export function uploadCommand(): Command {
  return new Command(PROGRAM)
    .usage('[OPTIONS] --archives=DIR --state=DIR --to=s3://BUCKET/PREFIX')
    .description('Sends closed archives to an object store in bundles, and deletes what the store has confirmed.')
    .addOption(or('UPLOAD_ARCHIVES', new Option('--archives <DIR>', "the collector's output folder")))
    .addOption(or('UPLOAD_STATE', new Option('--state <DIR>', 'folder for bundles that are not confirmed yet')))
    .addOption(
      or(
        'UPLOAD_TO',
        new Option('--to <URL>', 'destination: s3://BUCKET/PREFIX or gs://BUCKET/PREFIX').argParser(location),
      ),
    )
    .addOption(
      or(
        'UPLOAD_ENDPOINT',
        new Option('--endpoint <URL>', 'address of a store that is not Amazon or Google').argParser(url),
      ),
    )
    .addOption(
      or('UPLOAD_REGION', new Option('--region <NAME>', 'region of the bucket (default: AWS_REGION, us-east-1)')),
    )
    .addOption(
      or('NODE_NAME', new Option('--node <NAME>', "name of this machine in keys (default: the host's name)")).default(
        hostname(),
        '',
      ),
    )
    .addOption(new Option('--format <FORMAT>', 'format of bundles (default: tar.zst)').choices(['tar.zst', 'tgz']))
    .addOption(new Option('--layout <LAYOUT>', 'names of bundles').choices(['day', 'mlab']).default('day'))
    .addOption(new Option('--experiment <NAME>', 'experiment in the names of the layout mlab').argParser(word))
    .addOption(
      new Option('--datatype <NAME>', 'data type in the names of the layout mlab').argParser(word).default('tcpinfo'),
    )
    .addOption(
      new Option('--size <SIZE>', 'send a bundle when it has so much').argParser(size).default(64 * MiB, '64MiB'),
    )
    .addOption(
      new Option('--age <DURATION>', 'send a bundle when its oldest archive is so old')
        .argParser(duration)
        .default(30 * MINUTE_MS, '30m'),
    )
    .addOption(
      new Option('--every <DURATION>', 'time between looks for archives').argParser(interval).default(MINUTE_MS, '1m'),
    )
    .addOption(
      new Option('--sample <PERCENT>', 'send only so many of the connections, such as 1%')
        .argParser(share)
        .default(1, '100%'),
    )
    .addOption(
      new Option('--keep-local <DURATION>', 'keep sent archives for so long after their last change')
        .argParser(duration)
        .default(0, '0s'),
    )
    .addOption(new Option('--prom <[HOST:]PORT>', 'Prometheus metrics: /metrics, /healthz and /readyz').argParser(prom))
    .option('--once', 'send all closed archives whatever their age, and end', false)
    .option('--dry-run', 'print which bundles would be sent, and change nothing', false)
    .addHelpText('after', wrapParagraphs(HELP));
}

const HELP = `
Archives are YYYY/MM/DD/<UUID>.<number>.jsonl.zst below the folder. One that any process has open for writing is never
taken: the kernel says so (a read lease), for every process of the machine. Run it as the owner of the archives, who
needs no other right; root needs CAP_LEASE for files of others.

A bundle is a tar of one day, in which each archive is compressed by itself; the index beside it says where each is. An
archive is deleted only when the store has confirmed the bundle and the index, and only if it is still the file that was
sent. After a crash at any point the next start goes on, and the same archives get the same name. What is not in the
sample stays; the collector's retention deletes it.

Credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a web identity (AWS_WEB_IDENTITY_TOKEN_FILE), the file
~/.aws/credentials or AWS_SHARED_CREDENTIALS_FILE, the container's or the instance's role; for gs:// HMAC keys or the
machine's service account. A failed request is tried again, after up to 5 minutes, for ever; with --once six times.

SIGTERM and SIGINT end it at once; the next start goes on. Exit codes: 0 stopped, or everything is sent; 1 something
failed; 2 wrong arguments; 3 with --once: archives could not be read or deleted.

Examples:
  tcp-info upload --archives=/var/spool/tcp-info --state=/var/lib/tcp-info-upload \\
    --to=s3://archives/tcp
  tcp-info upload --archives=data --state=state --to=s3://archives --once \\
    --endpoint=https://minio.example:9000
  tcp-info upload --archives=data --state=state --to=gs://archive --format=tgz \\
    --layout=mlab --experiment=ndt --node=mlab4-ord01`;

/** Lets an option default to an environment variable. An empty variable counts as not set. */
function or(variable: string, option: Option): Option {
  return (process.env[variable] ?? '') === '' ? option : option.env(variable);
}

function location(text: string): StoreLocation {
  const parsed = parseLocation(text);
  const isPlain = parsed !== undefined && !/(^|\/)\.{0,2}(\/|$)/.test(parsed.key.replace(/\/$/, '') || 'x');
  if (parsed !== undefined && isPlain) return { ...parsed, key: parsed.key.replace(/\/$/, '') };
  throw new InvalidArgumentError(`expected s3://BUCKET/PREFIX or gs://BUCKET/PREFIX, such as ${EXAMPLE}`);
}

const EXAMPLE = formatLocation({ scheme: 's3', bucket: 'archives', key: 'tcp' });

function url(text: string): string {
  if (/^https?:\/\/[^/?#@\s]+(?:\/[^?#\s]*)?$/.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('expected a URL, such as https://store.example:9000');
}

function size(text: string): number {
  const bytes = parseSize(text);
  if (bytes !== undefined && bytes >= 1 && bytes <= MAX_SIZE_BYTES) return bytes;
  throw new InvalidArgumentError('expected a size up to 64GiB, such as 64MiB');
}

function duration(text: string): number {
  const ns = parseLongDurationNs(text);
  if (ns !== undefined) return ns / 1e6;
  throw new InvalidArgumentError('expected a duration, such as 30m');
}

function interval(text: string): number {
  const ms = duration(text);
  if (ms >= 100 && ms <= 24 * 60 * MINUTE_MS) return ms;
  throw new InvalidArgumentError('expected a duration from 100ms to 24h, such as 1m');
}

function share(text: string): number {
  const value = parsePercent(text);
  if (value !== undefined && value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('expected a percentage up to 100%, such as 1%');
}

function word(text: string): string {
  if (WORD.test(text)) return text;
  throw new InvalidArgumentError('expected letters, digits and underscores');
}

function prom(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (address !== undefined) return address;
  throw new InvalidArgumentError('expected [HOST:]PORT, such as 9090 or 127.0.0.1:9090');
}
