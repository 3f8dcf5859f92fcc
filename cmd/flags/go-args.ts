import { ConfigError } from './config-error.js';
import { nearest } from './nearest.js';

/** What {@link normalizeGoArgs} has to know of a flag. */
export interface GoFlag {
  /** Name without dashes, e.g. `prometheusx.listen-address`. */
  readonly name: string;
  /** A boolean flag takes its value only behind `=`. */
  readonly boolean: boolean;
}

/** A flag as help, completion and manual tell of it. */
export interface DocumentedFlag extends GoFlag {
  /** What stands for the value in the help; absent for booleans. */
  readonly placeholder?: string;
  /** The values that there are, where the placeholder does not name them. */
  readonly choices?: readonly string[];
  /** A sentence. */
  readonly help: string;
  /** The default, as a user would type it; empty when there is none. */
  readonly fallback?: string;
  /** Heading that it stands under. */
  readonly group?: string;
  /** May be given several times, and takes comma-separated lists. */
  readonly list?: boolean;
}

/** Values that Go's flag package takes for a boolean. */
const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/** Reads a boolean as Go's flag package does, or returns undefined. */
export function parseGoBoolean(text: string): boolean | undefined {
  return TRUE.has(text) ? true : FALSE.has(text) ? false : undefined;
}

/** A flag as it was given: its name, and its value as text (`true` for a bare boolean). */
export interface GivenFlag {
  readonly name: string;
  readonly value: string;
}

/**
 * Reads command-line arguments by the rules of Go's flag package: one dash or two, `-flag=value` or `-flag value`,
 * booleans only as `-flag` or `-flag=value`. Where Go would silently stop reading at the first stray argument and run
 * with half of its flags, this is an error.
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

/** The environment variable of a flag: upper case, every other character than A-Z and 0-9 as `_`. */
export function environmentName(flag: string): string {
  const name = flag.toUpperCase().replace(/[^A-Z0-9]/g, '_');
  return /^\d/.test(name) ? `_${name}` : name;
}
