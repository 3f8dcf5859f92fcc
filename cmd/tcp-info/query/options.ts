import { existsSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { QUERY_FORMATS, type QueryFormat } from '../../../export/index.js';
import { messageLine } from '../../../view/index.js';
import { EXIT_USAGE } from '../../flags/exit-codes.js';
import { wrapParagraphs } from '../../flags/help.js';
import { parseSize } from '../../flags/values.js';
import type { CommandContext } from '../../tool/command-context.js';
import { maxWindowOption } from '../../tool/max-window.js';
import { parseArguments } from '../../tool/parse.js';

/** Program name at the start of messages. */
export const PROGRAM = 'tcp-info query';
const DEFAULT_MEMORY_BYTES = 512 * 2 ** 20;
const MIN_MEMORY_BYTES = 64 * 2 ** 20;

/** Options from the command line. */
export interface QueryOptions {
  readonly sql: string;
  readonly paths: readonly string[];
  readonly format: QueryFormat;
  readonly memoryBytes: number;
  /** Longest window of a zstd frame; 128 MiB if undefined. */
  readonly maxWindowBytes: number | undefined;
  readonly strict: boolean;
}

/** Result of parsing the command line: options, or an exit code after help or an error was printed. */
export type ParsedQuery =
  | { readonly kind: 'query'; readonly options: QueryOptions }
  | { readonly kind: 'done'; readonly exitCode: number };

const AFTER = `
PATH is archives as in tcp-info export (files, folders, tars, - for standard input), or Parquet files and folders
written by tcp-info export. HTTP exchanges are found as files and in folders. The SQL is DuckDB's, one SELECT over:

  snapshots    a row per snapshot: the columns of tcp-info export --list-columns --derive,
               timestamp_ns and date
  connections  a row per connection: start_time, duration_us, bytes_sent, limited_by, how_ended, …
  metadata     a row per archive: uuid, sequence, start_time, path, …
  http         a row per archived HTTP exchange: time, uuid, host, path, status, ttfb_us, …

DESCRIBE connections shows a view's columns. Only columns that the SQL mentions are loaded, to a temporary folder
(TMPDIR) when they do not fit into memory. Only PATH is read, no other files and no network.

Exit codes: 0 all was read, 1 something could not be opened or written, 2 wrong arguments or SQL, 3 something was damaged.

Examples:
  tcp-info query "SELECT how_ended, count(*) FROM connections GROUP BY ALL" /var/spool/tcp-info
  tcp-info query --format=csv "SELECT uuid, median_rtt_us FROM connections ORDER BY 2" 2026/11
  tcp-info query "SELECT date_trunc('hour', timestamp), avg(tcpi_rtt) FROM snapshots GROUP BY 1" .`;

/** Parses the command line; prints help or an error. */
export function parseQuery(surroundings: CommandContext): ParsedQuery {
  const command = new Command(PROGRAM)
    .usage('[OPTIONS] SQL PATH...')
    .description('Runs an SQL query on archives or Parquet files.')
    // Both are required: see wrongArguments.
    .argument('[SQL]', 'a SELECT')
    .argument('[PATH...]', 'archives and folders, or Parquet')
    .addOption(
      new Option('--format <FORMAT>', 'format of the output (default table)').choices(QUERY_FORMATS).argParser(format),
    )
    .option('--memory <BYTES>', 'memory limit for data (default 512MiB)', memory)
    .addOption(maxWindowOption())
    .option('--strict', 'stop at the first damage', false)
    .addHelpText('after', wrapParagraphs(AFTER));
  const exitCode = parseArguments(command, surroundings);
  if (exitCode !== undefined) return { kind: 'done', exitCode };
  const [sql = '', ...paths] = command.args;
  const wrong = wrongArguments(sql, paths);
  if (wrong !== undefined) {
    surroundings.stderr.write(messageLine(PROGRAM, `${wrong} (see --help)`));
    return { kind: 'done', exitCode: EXIT_USAGE };
  }
  const flags = command.opts<{ format?: QueryFormat; memory?: number; maxWindow?: number; strict: boolean }>();
  const options = {
    sql,
    paths,
    format: flags.format ?? 'table',
    memoryBytes: flags.memory ?? DEFAULT_MEMORY_BYTES,
    maxWindowBytes: flags.maxWindow,
    strict: flags.strict,
  } as const;
  return { kind: 'query', options };
}

/** Reports missing arguments: a path without SQL is as likely as SQL without a path. */
function wrongArguments(sql: string, paths: readonly string[]): string | undefined {
  if (sql === '') return "missing arguments 'SQL' and 'PATH'";
  if (paths.length > 0) return undefined;
  if (existsSync(sql)) return `missing argument 'SQL' before the path ${sql}`;
  return "missing argument 'PATH' after the SQL: archives and folders, or Parquet";
}

function format(text: string): QueryFormat {
  const found = QUERY_FORMATS.find((candidate) => candidate === text);
  if (found === undefined) throw new InvalidArgumentError(`expected one of ${QUERY_FORMATS.join(', ')}`);
  return found;
}

function memory(text: string): number {
  const bytes = parseSize(text);
  if (bytes !== undefined && bytes >= MIN_MEMORY_BYTES) return bytes;
  throw new InvalidArgumentError('expected a size of at least 64MiB, such as 2GiB');
}
