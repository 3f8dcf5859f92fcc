import type { CsvtoolChoice } from '../../export/index.js';
import { ConfigError } from '../flags/config-error.js';
import { type DocumentedFlag, type GivenFlag, normalizeGoArgs, parseGoBoolean } from '../flags/go-args.js';
import { flagsHelp, wrapParagraphs } from '../flags/help.js';
import { MAX_WINDOW_EXPECTED, parseMaxWindow } from '../flags/max-window.js';

/** Request of the command line. */
export type Command =
  | Conversion
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'usage'; readonly problem: string; readonly exitCode: number };

/** Options of a conversion. */
export interface Conversion {
  readonly kind: 'convert';
  /** Paths as the user gave them, at least one; `-` is standard input. */
  readonly paths: readonly string[];
  /** Longest window of a zstd frame, bytes; 128 MiB if undefined. */
  readonly maxWindowBytes: number | undefined;
  /** True to end the run at the first problem. */
  readonly strict: boolean;
  readonly table: CsvtoolChoice;
}

/** Flags of `csvtool`. */
export const CSVTOOL_FLAGS = [
  {
    name: 'columns',
    boolean: false,
    placeholder: 'all',
    help: "Add columns after the 105 of m-lab/tcp-info's csvtool: all values that it lacks, such as the connection's UUID, under the kernel's names.",
  },
  {
    name: 'clean',
    boolean: true,
    help: 'Repair the 105 columns: unique and correct names, no row for the metadata line, empty cells for values that the kernel lacks, addresses formatted by their family.',
  },
  {
    name: 'max-window',
    boolean: false,
    placeholder: 'SIZE',
    help: 'Longest window of a zstd frame, which needs as much memory, up to 1GiB. Without it: 128MiB.',
  },
  {
    name: 'strict',
    boolean: true,
    help: 'Stop at the first damaged line or archive. Without it: damage is reported on standard error, counted and skipped: a line that is no record, or the rest of an archive from the damage on.',
  },
  { name: 'help', boolean: true, help: 'Print this text and exit.' },
  { name: 'version', boolean: true, help: 'Print the version and exit.' },
] as const satisfies readonly DocumentedFlag[];

/** Text of `--help`. */
export const USAGE = wrapParagraphs(`Usage: csvtool [FLAGS] [PATH...]

Converts archives of tcp-info to CSV: one header, then one row per record and one column per value.

A PATH is a file, a folder (all archives in it, at any depth), a pattern in quotes ('data/2026/11/*/*.zst'), or "-" for
standard input, which is the default. Archives are .jsonl and .jsonl.zst files, also inside .tar, .tgz, .tar.gz and
.tar.zst files, which are not unpacked to disk. Files of one connection follow each other, by sequence.

Flags, with one dash or two:
${flagsHelp(CSVTOOL_FLAGS)}
Exit codes: 0 all is converted, 1 something could not be opened, read or written, 2 wrong arguments, 3 something was
damaged (tcp-info repair repairs archives that a crash cut short).

Examples:
  csvtool 2026/11/20/host_1552945174_000000000000BE33.00000.jsonl.zst > flow.csv
  csvtool data/2026/11 > november.csv
  curl -s https://example.com/20261120.tgz | csvtool > day.csv
`);

const FLAGS = [...CSVTOOL_FLAGS, { name: 'h', boolean: true }];

/** Parses flags and paths, in any order; after `--` every argument is a path. */
export function parseCommand(args: readonly string[]): Command {
  const end = args.indexOf('--');
  const head = end === -1 ? args : args.slice(0, end);
  const isFlag = (arg: string): boolean => arg.startsWith('-') && arg !== '-';
  const paths = [...head.filter((arg) => !isFlag(arg)), ...args.slice(head.length + 1)];
  let strict: boolean;
  let maxWindowBytes: number | undefined;
  let table: CsvtoolChoice;
  try {
    const given = normalizeGoArgs(head.filter(isFlag), FLAGS);
    if (given.some(({ name }) => name === 'help' || name === 'h')) return { kind: 'help' };
    if (given.some(({ name }) => name === 'version')) return { kind: 'version' };
    strict = isOn(given, 'strict');
    maxWindowBytes = maxWindow(given);
    table = { all: wantsAllColumns(given), clean: isOn(given, 'clean') };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { kind: 'usage', problem: error.message, exitCode: 2 };
  }
  return { kind: 'convert', paths: paths.length === 0 ? ['-'] : paths, maxWindowBytes, strict, table };
}

/** Returns the last value of a flag. @throws ConfigError */
function isOn(given: readonly GivenFlag[], flag: string): boolean {
  const value = given.findLast(({ name }) => name === flag)?.value;
  if (value === undefined) return false;
  const on = parseGoBoolean(value);
  if (on === undefined) throw new ConfigError(`-${flag}=${value}`, 'expected true or false');
  return on;
}

/** @throws ConfigError */
function maxWindow(given: readonly GivenFlag[]): number | undefined {
  const value = given.findLast(({ name }) => name === 'max-window')?.value;
  const bytes = value === undefined ? undefined : parseMaxWindow(value);
  if (value !== undefined && bytes === undefined) throw new ConfigError(`-max-window=${value}`, MAX_WINDOW_EXPECTED);
  return bytes;
}

/** @throws ConfigError */
function wantsAllColumns(given: readonly GivenFlag[]): boolean {
  const value = given.findLast(({ name }) => name === 'columns')?.value;
  if (value === undefined || value === 'all') return value !== undefined;
  throw new ConfigError(`-columns=${value}`, 'expected all; tcp-info export takes names');
}
