import type { CsvtoolChoice } from '../../export/index.js';
import { ConfigError } from '../flags/config-error.js';
import { type GivenFlag, normalizeGoArgs, parseGoBoolean } from '../flags/go-args.js';

/** What the command line asks for. */
export type Command =
  | { readonly kind: 'convert'; readonly from: Input; readonly table: CsvtoolChoice }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'usage'; readonly problem: string; readonly exitCode: number };

/** Where the archive comes from. */
export type Input = { readonly kind: 'stdin' } | { readonly kind: 'file'; readonly path: string };

/** The text of `--help`. */
export const USAGE = `Usage: csvtool [FLAGS] [FILE]

Converts an archive of tcp-info, compressed (.jsonl.zst) or not (.jsonl), to CSV: one row for each record, one column for
each value. Reads standard input when no file is given, or when it is "-".

Flags, with one dash or two:
  -columns=all  Behind the 105 columns of m-lab/tcp-info's csvtool, those that it does not have, the connection's UUID among
                them, under the kernel's names.
  -clean    Mend what is odd in the 105: each name once and right, no row for the metadata line, empty cells for what the
            kernel does not have, addresses by their family.
  -help     Print this text and exit.
  -version  Print the version and exit.

The rows before a line that cannot be read are written; then the program says which line it is, and exits with 1. So it
does with an archive that a crash has cut, whose whole frames are all converted: tcp-info repair mends those.
Exit codes: 0 converted, 1 the archive cannot be read (or more than one was given), 2 unknown flag.

Example: csvtool 2026/11/20/host_1552945174_000000000000BE33.00000.jsonl.zst > flow.csv
`;

const FLAGS = [
  { name: 'columns', boolean: false },
  { name: 'clean', boolean: true },
  { name: 'help', boolean: true },
  { name: 'h', boolean: true },
  { name: 'version', boolean: true },
] as const;

/** Reads flags and the file's name, in any order; behind `--` everything is a file's name. */
export function parseCommand(args: readonly string[]): Command {
  const end = args.indexOf('--');
  const head = end === -1 ? args : args.slice(0, end);
  const isFlag = (arg: string): boolean => arg.startsWith('-') && arg !== '-';
  const files = [...head.filter((arg) => !isFlag(arg)), ...args.slice(head.length + 1)];
  let table: CsvtoolChoice;
  try {
    const given = normalizeGoArgs(head.filter(isFlag), FLAGS);
    if (given.some(({ name }) => name === 'help' || name === 'h')) return { kind: 'help' };
    if (given.some(({ name }) => name === 'version')) return { kind: 'version' };
    table = chooseTable(given);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { kind: 'usage', problem: error.message, exitCode: 2 };
  }
  const [path, ...more] = files;
  // 1 and not 2, as the reference has it.
  if (more.length > 0) return { kind: 'usage', problem: `one file at most, got ${files.length}`, exitCode: 1 };
  const from: Input = path === undefined || path === '-' ? { kind: 'stdin' } : { kind: 'file', path };
  return { kind: 'convert', from, table };
}

/** @throws ConfigError */
function chooseTable(given: readonly GivenFlag[]): CsvtoolChoice {
  let all = false;
  let clean = false;
  for (const { name, value } of given) {
    if (name === 'columns') {
      if (value !== 'all') throw new ConfigError(`-columns=${value}`, 'expected all; tcp-info export takes names');
      all = true;
    } else if (name === 'clean') {
      const on = parseGoBoolean(value);
      if (on === undefined) throw new ConfigError(`-clean=${value}`, 'expected true or false');
      clean = on;
    }
  }
  return { all, clean };
}
