// Command lines by the rules of Go's flag package, because the daemon replaces a Go program with the same flags. Commander
// and parseArgs of Node take -name for letters: -n -a -m -e.

import { ConfigError } from './config-error.js';
import { nearest } from './nearest.js';

/** Name and kind of a flag, as {@link normalizeGoArgs} needs them. */
export interface GoFlag {
  /** Name without dashes, e.g. `prometheusx.listen-address`. */
  readonly name: string;
  /** True for a boolean flag, which takes its value only after `=`. */
  readonly boolean: boolean;
}

/** Flag with the texts that help, completion and manual show. */
export interface DocumentedFlag extends GoFlag {
  /** Name of the value in the help; absent for booleans. */
  readonly placeholder?: string;
  /** Possible values, if the placeholder does not name them. */
  readonly choices?: readonly string[];
  /** One sentence. */
  readonly help: string;
  /** Default as a user would type it; empty when there is no default. */
  readonly fallback?: string;
  /** Heading above the flag. */
  readonly group?: string;
  /** True when the flag may be given several times and takes comma-separated lists. */
  readonly list?: boolean;
}

/** Values that Go's flag package accepts for a boolean. */
const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/** Reads a boolean as Go's flag package does; undefined for any other text. */
export function parseGoBoolean(text: string): boolean | undefined {
  return TRUE.has(text) ? true : FALSE.has(text) ? false : undefined;
}

/** Flag as the user gave it: name, and value as text (`true` for a bare boolean). */
export interface GivenFlag {
  readonly name: string;
  readonly value: string;
}

/**
 * Reads command-line arguments by the rules of Go's flag package: one dash or two, `-flag=value` or `-flag value`,
 * booleans only as `-flag` or `-flag=value`. Go silently stops at the first stray argument and runs with half of the
 * flags; here a stray argument is an error.
 * @throws ConfigError for an unknown flag, a missing value or a stray argument
 */
export function normalizeGoArgs(args: readonly string[], flags: readonly GoFlag[]): GivenFlag[] {
  const known = new Map(flags.map((flag) => [flag.name, flag]));
  const given: GivenFlag[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--' && i === args.length - 1) break;
    const match = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(arg);
    if (match === null) throw stray(arg, args[i - 1]);
    const [, name = '', inline] = match;
    const flag = known.get(name);
    if (flag === undefined) throw unknown(name, [...known.keys()]);
    if (inline !== undefined) {
      given.push({ name, value: inline });
    } else if (flag.boolean) {
      given.push({ name, value: 'true' });
    } else {
      const value = args[++i];
      if (value === undefined) throw new ConfigError(`-${name}`, 'needs a value');
      given.push({ name, value });
    }
  }
  return given;
}

function stray(arg: string, before: string | undefined): ConfigError {
  const bare = before !== undefined && /^--?[^=]+$/.test(before) ? before : undefined;
  const hint = bare !== undefined && parseGoBoolean(arg) !== undefined ? ` (a boolean is given as ${bare}=${arg})` : '';
  return new ConfigError(arg === '' ? "''" : arg, `is not a flag; flags begin with - or --${hint}`);
}

function unknown(name: string, names: readonly string[]): ConfigError {
  const near = nearest(name, names);
  const hint = near === undefined ? '' : `; did you mean -${near}?`;
  return new ConfigError(`-${name}`, `no such flag${hint} (see --help)`);
}

/** Returns the name of a flag's environment variable: upper case, `_` for every character other than A-Z and 0-9. */
export function environmentName(flag: string): string {
  const name = flag.toUpperCase().replace(/[^A-Z0-9]/g, '_');
  return /^\d/.test(name) ? `_${name}` : name;
}
