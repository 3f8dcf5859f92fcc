import { existsSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseSize } from '../../flags/values.js';
import { maxWindowOption } from '../../reading/max-window.js';
import { messageLine } from '../../reading/message.js';
import { parseArguments } from '../../reading/parse.js';
import type { Surroundings } from '../surroundings.js';
import { QUERY_FORMATS, type QueryFormat } from './printers.js';

/** What messages begin with. */
export const PROGRAM = 'tcp-info query';
const EXIT_USAGE = 2;
const DEFAULT_MEMORY_BYTES = 512 * 2 ** 20;
const MIN_MEMORY_BYTES = 64 * 2 ** 20;

/** What the command line asks for. */
export interface QueryOptions {
  readonly sql: string;
  readonly paths: readonly string[];
  readonly format: QueryFormat;
  readonly memoryBytes: number;
  /** Longest window of a zstd frame; 128 MiB if undefined. */
  readonly maxWindowBytes: number | undefined;
  readonly strict: boolean;
}

/** What came of reading the command line: what to do, or an exit code when help was printed or something is wrong. */
export type ParsedQuery =
  | { readonly kind: 'query'; readonly options: QueryOptions }
  | { readonly kind: 'done'; readonly exitCode: number };

const AFTER = `
PATH is archives as in tcp-info export (files, folders, tars, - for standard input), or Parquet files and folders that
tcp-info export has written. The SQL is DuckDB's, one SELECT over:

  snapshots    one row a snapshot: the columns of tcp-info export --list-columns --derive, timestamp_ns and date
  connections  one row a connection: start_time, duration_us, bytes_sent, median_rtt_us, limited_by, how_ended, …
  metadata     one row an archive: uuid, sequence, start_time, path, …

DESCRIBE connections shows a view's columns. Only columns that the SQL mentions are loaded, to a temporary folder
(TMPDIR) when they do not fit into memory. Nothing but PATH is read: neither other files nor the network.

Exit codes: 0 all was read, 1 something could not be opened or written, 2 wrong arguments or SQL, 3 something was damaged.

Examples:
  tcp-info query "SELECT how_ended, count(*) FROM connections GROUP BY ALL" /var/spool/tcp-info
  tcp-info query --format=csv "SELECT uuid, median_rtt_us FROM connections ORDER BY 2 DESC LIMIT 10" 2026/11/20
  tcp-info query "SELECT date_trunc('hour', timestamp) AS hour, avg(tcpi_rtt) FROM snapshots GROUP BY 1 ORDER BY 1" .`;

/** Reads the command line; prints help, and what is wrong with it. */
export function parseQuery(surroundings: Surroundings): ParsedQuery {
  const command = new Command(PROGRAM)
    .usage('[OPTIONS] SQL PATH...')
    .description('Asks archives or Parquet files in SQL.')
    // Both are required: see wrongArguments.
    .argument('[SQL]', 'a SELECT')
    .argument('[PATH...]', 'archives and folders, or Parquet')
    .addOption(
      new Option('--format <FORMAT>', 'how it is printed (default table)').choices(QUERY_FORMATS).argParser(format),
    )
    .option('--memory <BYTES>', 'what may be kept in memory (default 512MiB)', memory)
    .addOption(maxWindowOption())
    .option('--strict', 'stop at the first thing that is damaged', false)
    .addHelpText('after', AFTER);
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

/** Says what is missing, if anything: a path alone is as likely as SQL alone. */
function wrongArguments(sql: string, paths: readonly string[]): string | undefined {
  if (sql === '') return "missing arguments 'SQL' and 'PATH'";
  if (paths.length > 0) return undefined;
  if (existsSync(sql)) return `missing argument 'SQL' before the path ${sql}`;
  return "missing argument 'PATH' behind the SQL: archives and folders, or Parquet";
}

function format(text: string): QueryFormat {
  const found = QUERY_FORMATS.find((candidate) => candidate === text);
  if (found === undefined) throw new InvalidArgumentError(`expected one of ${QUERY_FORMATS.join(', ')}`);
  return found;
}

function memory(text: string): number {
  const bytes = parseSize(text);
  if (bytes !== undefined && bytes >= MIN_MEMORY_BYTES) return bytes;
  throw new InvalidArgumentError('expected a size of 64MiB at least, such as 2GiB');
}
