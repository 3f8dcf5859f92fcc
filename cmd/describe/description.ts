/** What a program or subcommand takes, for completion scripts and manual pages. */
export interface Description {
  /** As it is called, e.g. `tcp-info export`. */
  readonly name: string;
  /** What follows the name, e.g. `[OPTIONS] PATH...`. */
  readonly usage: string;
  /** A sentence. */
  readonly summary: string;
  /** Paragraphs with more, as plain text; empty when there are none. */
  readonly details: string;
  /** Whether options take one dash or two, as Go's flags do; else they are spelt as they stand. */
  readonly anyDashes: boolean;
  readonly options: readonly OptionDescription[];
  /** What may stand for an operand. */
  readonly operands: Values;
}

/** One flag or option. */
export interface OptionDescription {
  /** Every spelling, with dashes. */
  readonly names: readonly string[];
  /** What stands for its value in the help; absent when it takes none. */
  readonly placeholder?: string;
  /** Whether it is a boolean that takes another value only behind `=`. */
  readonly boolean: boolean;
  /** A sentence, or part of one. */
  readonly help: string;
  /** As a user would type it; empty when there is none. */
  readonly fallback: string;
  /** Heading that it stands under. */
  readonly group?: string;
  /** The environment variable that stands in for it. */
  readonly environment?: string;
  /** Whether it may be given several times, and takes lists with commas. */
  readonly list: boolean;
  readonly values: Values;
}

/** Whether it is of no use without a value behind it, as a boolean that is on anyway is not. */
export function wantsValue({ placeholder, boolean, fallback }: OptionDescription): boolean {
  return placeholder !== undefined || (boolean && fallback === 'true');
}

/** What may stand for a value, as far as it can be known before. */
export interface Values {
  readonly words: readonly string[];
  /** Paths of any kind. */
  readonly files: boolean;
  readonly folders: boolean;
}

/** Nothing that could be known before. */
export const NO_VALUES: Values = { words: [], files: false, folders: false };

/** What a placeholder allows: `auto|on|off` those words, `FILE` and `PATH` paths, `DIR` folders, `N` nothing known. */
export function valuesOf(placeholder: string, choices: readonly string[] = []): Values {
  const parts = placeholder.split('|');
  const words = choices.length > 0 ? choices : parts.filter((part) => /^[a-z0-9]+([-_][a-z0-9]+)*$/.test(part));
  const files = parts.some((part) => /^(FILE|PATH)(\.\.\.|…)?$/.test(part));
  return { words, files, folders: !files && parts.some((part) => /^DIR(\.\.\.|…)?$/.test(part)) };
}

/** What any of several operands allows. */
export function anyOf(all: readonly Values[]): Values {
  const files = all.some((values) => values.files);
  const words = all.flatMap((values) => values.words);
  return { words, files, folders: !files && all.some((values) => values.folders) };
}
