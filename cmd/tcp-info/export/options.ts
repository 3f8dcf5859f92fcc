import { Command, InvalidArgumentError, Option } from 'commander';
import {
  CONNECTION_COLUMNS,
  type Column,
  columnGroups,
  createTable,
  DDL_DIALECTS,
  type DdlDialect,
  DERIVED_COLUMNS,
  SNAPSHOT_COLUMNS,
  selectColumns,
  THINNING_COLUMNS,
  UnknownColumnError,
  withTimestampNs,
} from '../../../export/index.js';
import { messageLine } from '../../../view/index.js';
import { EXIT_USAGE } from '../../flags/exit-codes.js';
import { wrapParagraphs } from '../../flags/help.js';
import { parseDurationNs, parseSize } from '../../flags/values.js';
import type { CommandContext } from '../../tool/command-context.js';
import { maxWindowOption } from '../../tool/max-window.js';
import { parseArguments } from '../../tool/parse.js';
import { type ExportFormat, FORMATS } from './formats.js';
import { parseWhenUs } from './when.js';

/** Program name at the start of messages. */
export const PROGRAM = 'tcp-info export';

/** Options from the command line. */
export interface ExportOptions {
  readonly paths: readonly string[];
  readonly format: ExportFormat;
  readonly columns: readonly Column[];
  readonly sinceUs: number | undefined;
  readonly untilUs: number | undefined;
  readonly everyUs: number | undefined;
  /** True if the columns include derived values. */
  readonly derive: boolean;
  /** SQL expression that selects rows. */
  readonly where: string | undefined;
  readonly allColumns: readonly Column[];
  /** Kind of rows in Parquet. */
  readonly rows: ExportRows;
  /** Largest size of a Parquet file, bytes. */
  readonly fileBytes: number;
  /** True if Parquet files may be added to a folder. */
  readonly append: boolean;
  /** Path, or `-`. */
  readonly output: string;
  /** Longest window of a zstd frame; 128 MiB if undefined. */
  readonly maxWindowBytes: number | undefined;
  readonly strict: boolean;
}

/** Kinds of rows: a snapshot, or all snapshots of a connection. */
export const EXPORT_ROWS = ['snapshots', 'connections'] as const;
/** Name of one of {@link EXPORT_ROWS}. */
export type ExportRows = (typeof EXPORT_ROWS)[number];

/** Result of parsing the command line. */
export type Parsed =
  | { readonly kind: 'export'; readonly options: ExportOptions }
  /** Text for standard output. */
  | { readonly kind: 'print'; readonly text: string }
  /** Help or an error was printed. */
  | { readonly kind: 'done'; readonly exitCode: number };

interface Flags {
  readonly format?: ExportFormat;
  readonly columns?: readonly string[];
  readonly since?: number;
  readonly until?: number;
  readonly every?: number;
  readonly derive: boolean;
  readonly where?: string;
  readonly rows?: ExportRows;
  readonly fileSize?: number;
  readonly append: boolean;
  readonly output: string;
  readonly ddl?: DdlDialect;
  readonly table: string;
  readonly listColumns: boolean;
  readonly maxWindow?: number;
  readonly strict: boolean;
}

const AFTER = `
PATH is an archive (.jsonl.zst, .jsonl), a tar of archives (.tar, .tgz, .tar.zst), a folder with everything below it, a
pattern, or - for standard input. The archives of a connection are read one after the other.

Formats:
${FORMATS.map(({ name, help }) => `  ${name.padEnd(6)} ${help}`).join('\n')}

TIME is RFC 3339 (2026-11-20T23:28:03Z), a date (its midnight, UTC), or a duration before now (2h, 7d).
--every drops snapshots of each connection that come sooner than this after the previous one. It keeps the first and the
last, and those where the state, the congestion control's state, losses or ECN marks changed. The columns ordinal and
dropped count them. --columns takes names of columns and of groups:
${columnGroups(SNAPSHOT_COLUMNS).join(', ')}; thinning with --every,
derived with --derive; all. --list-columns prints them, including those of --derive and --every if given.

Damage is reported and counted, and the damaged part is skipped. Exit codes: 0 all was read, 1 something could not be
opened or written, 2 wrong arguments, 3 something was damaged.

Examples:
  tcp-info export --format=jsonl --since=2h /var/spool/tcp-info
  tcp-info export --columns=uuid,timestamp,tcpi_rtt --every=100ms --output=rtt.csv 2026/11/20
  tcp-info export --ddl=postgresql | psql`;

class Usage extends Error {}

/** Parses the command line; prints help or an error. */
export function parseOptions(surroundings: CommandContext): Parsed {
  const command = buildCommand();
  const exitCode = parseArguments(command, surroundings);
  if (exitCode !== undefined) return { kind: 'done', exitCode };
  try {
    return resolve(command.args, command.opts<Flags & Record<string, unknown>>());
  } catch (error) {
    if (!(error instanceof Usage || error instanceof UnknownColumnError)) throw error;
    surroundings.stderr.write(messageLine(PROGRAM, error.message));
    return { kind: 'done', exitCode: EXIT_USAGE };
  }
}

function buildCommand(): Command {
  const now = Date.now();
  return new Command(PROGRAM)
    .usage('[OPTIONS] PATH...')
    .description('Converts archives to tables and rows.')
    .argument('[PATH...]', 'archives and folders')
    .addOption(
      new Option('--format <FORMAT>', 'format of the output (default csv)')
        .choices(FORMATS.map(({ name }) => name))
        .argParser(format),
    )
    .option('--columns <NAMES>', 'columns and groups, separated by commas (default all)', list)
    .option('--since <TIME>', 'only snapshots at this time or later', (text: string) => when(text, now))
    .option('--until <TIME>', 'only snapshots before this time', (text: string) => when(text, now))
    .option('--every <DURATION>', 'thin to one snapshot in this time, such as 100ms', every)
    .option('--where <SQL>', 'only rows for which this SQL expression is true, such as "tcpi_rtt > 100000"')
    .option('--derive', 'add columns computed from a row and the previous one: rates, shares, limited_by', false)
    .option('--output <FILE>', 'output file, - for standard output; with parquet, a folder', '-')
    .addOption(
      new Option('--rows <ROWS>', 'parquet: kind of rows (default snapshots)').choices(EXPORT_ROWS).argParser(rows),
    )
    .option('--file-size <BYTES>', 'parquet: largest size of a file (default 128MiB)', fileSize)
    .option('--append', 'parquet: add files to a folder that is not empty', false)
    .addOption(
      new Option('--ddl <DATABASE>', 'print CREATE TABLE for the columns of the format')
        .choices(DDL_DIALECTS)
        .argParser(dialect),
    )
    .option('--table <NAME>', 'name of the table in --ddl', table, 'snapshots')
    .option('--list-columns', 'print the columns: name, type, unit, meaning', false)
    .addOption(maxWindowOption())
    .option('--strict', 'stop at the first damage', false)
    .addHelpText('after', wrapParagraphs(AFTER));
}

function resolve(paths: readonly string[], flags: Flags): Parsed {
  const format = flags.format ?? chooseFormat('csv');
  const columns = chooseColumns(flags);
  if (flags.ddl !== undefined || flags.listColumns)
    return { kind: 'print', text: describeTable(columns, format, flags) };
  if (paths.length === 0) throw new Usage("missing argument 'PATH' (see --help)");
  if (!format.hasColumns) {
    for (const name of ['columns', 'every', 'derive'] as const) {
      if (flags[name] !== undefined && flags[name] !== false) {
        throw new Usage(`--${name} cannot be used with --format=${format.name}, whose rows are fixed`);
      }
    }
  }
  const { since, until, every, output, strict, derive, where, append } = flags;
  checkParquet(format, flags);
  if (since !== undefined && until !== undefined && since >= until) throw new Usage('--since is not before --until');
  return {
    kind: 'export',
    options: {
      paths,
      format,
      columns,
      sinceUs: since,
      untilUs: until,
      everyUs: every,
      derive,
      where,
      allColumns: allColumns(flags),
      rows: flags.rows ?? 'snapshots',
      fileBytes: flags.fileSize ?? DEFAULT_FILE_BYTES,
      append,
      output,
      maxWindowBytes: flags.maxWindow,
      strict,
    },
  };
}

/** Checks options that only Parquet has, and options that Parquet needs. @throws Usage */
function checkParquet(
  format: ExportFormat,
  { output, rows: what, fileSize: size, append, columns, derive }: Flags,
): void {
  const isFolder = format.open === undefined;
  if (isFolder && output === '-') throw new Usage(`--format=${format.name} writes a folder: name it with --output`);
  const parquetOnly = { rows: what, 'file-size': size, append: append || undefined };
  for (const [name, value] of Object.entries(parquetOnly)) {
    if (!isFolder && value !== undefined) throw new Usage(`--${name} needs --format=parquet`);
  }
  if (what !== 'connections') return;
  if (columns !== undefined)
    throw new Usage('--columns selects columns of snapshots, but --rows=connections has its own columns');
  if (derive) throw new Usage('--derive adds columns to snapshots, but --rows=connections has its own columns');
}

/** Returns every column that rows have. */
function allColumns({ every, derive }: Flags): readonly Column[] {
  return [...SNAPSHOT_COLUMNS, ...(every === undefined ? [] : THINNING_COLUMNS), ...(derive ? DERIVED_COLUMNS : [])];
}

function chooseColumns(flags: Flags): readonly Column[] {
  const { columns: names, every, derive } = flags;
  const all = allColumns(flags);
  if (names === undefined) return all;
  if (every === undefined) requireNone(names, THINNING_COLUMNS, '--every');
  if (!derive) requireNone(names, DERIVED_COLUMNS, '--derive');
  return selectColumns(names, all);
}

/** Reports the flag that a requested column needs. @throws Usage */
function requireNone(names: readonly string[], columns: readonly Column[], flag: string): void {
  const known = new Set(columns.flatMap(({ name, group }) => [name, group]));
  const asked = names.find((name) => known.has(name));
  if (asked !== undefined) throw new Usage(`column ${asked} needs ${flag}`);
}

/** Returns the description of the table, in the chosen format. */
function describeTable(chosen: readonly Column[], format: ExportFormat, { ddl, table, rows: what }: Flags): string {
  const describe = <Row>(columns: readonly Column<Row>[]): string =>
    ddl === undefined ? listColumns(columns) : createTable(columns, ddl, table);
  if (format.open !== undefined) return describe(chosen);
  return what === 'connections' ? describe(CONNECTION_COLUMNS) : describe(withTimestampNs(chosen));
}

function listColumns<Row>(columns: readonly Column<Row>[]): string {
  const rows = columns.map(({ name, type, unit = '' }) => [name, type, unit] as const);
  const widths = [0, 1, 2].map((i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string => cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ');
  return columns.map(({ description }, i) => `${line(rows[i] ?? [])}  ${description}\n`).join('');
}

function chooseFormat(name: string): ExportFormat {
  const format = FORMATS.find((candidate) => candidate.name === name);
  if (format !== undefined) return format;
  throw new InvalidArgumentError(`expected one of ${FORMATS.map((each) => each.name).join(', ')}`);
}

function format(text: string): ExportFormat {
  return chooseFormat(text);
}

function list(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('expected names, separated by commas');
  return names;
}

function when(text: string, nowMs: number): number {
  const us = parseWhenUs(text, nowMs);
  if (us !== undefined) return us;
  throw new InvalidArgumentError('expected a time such as 2026-11-20T23:28:03Z, 2026-11-20 or 2h');
}

function every(text: string): number {
  const ns = parseDurationNs(text);
  if (ns === undefined || ns < 1000)
    throw new InvalidArgumentError('expected a duration of at least 1us, such as 100ms');
  return ns / 1000;
}

const DEFAULT_FILE_BYTES = 128 * 2 ** 20;
const MIN_FILE_BYTES = 2 ** 20;

function rows(text: string): ExportRows {
  const found = EXPORT_ROWS.find((candidate) => candidate === text);
  if (found === undefined) throw new InvalidArgumentError(`expected one of ${EXPORT_ROWS.join(', ')}`);
  return found;
}

function fileSize(text: string): number {
  const bytes = parseSize(text);
  if (bytes !== undefined && bytes >= MIN_FILE_BYTES) return bytes;
  throw new InvalidArgumentError('expected a size of at least 1MiB, such as 128MiB');
}

function dialect(text: string): DdlDialect {
  const found = DDL_DIALECTS.find((candidate) => candidate === text);
  if (found === undefined) throw new InvalidArgumentError(`expected one of ${DDL_DIALECTS.join(', ')}`);
  return found;
}

/** Accepts only names that need no quotes and cannot end the statement. */
function table(text: string): string {
  if (!/^[A-Za-z_][\w.-]*$/.test(text)) throw new InvalidArgumentError('expected a name such as tcpinfo.snapshots');
  return text;
}
