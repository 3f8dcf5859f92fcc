/** Arguments of a program or subcommand, for completion scripts and manual pages. */
export interface Description {
  /** Name as the user types it, e.g. `tcp-info export`. */
  readonly name: string;
  /** Text after the name, e.g. `[OPTIONS] PATH...`. */
  readonly usage: string;
  /** One sentence. */
  readonly summary: string;
  /** Further paragraphs as plain text; may be empty. */
  readonly details: string;
  /** True if options take one dash or two, as Go's flags do; otherwise only as spelt. */
  readonly anyDashes: boolean;
  readonly options: readonly OptionDescription[];
  /** Possible operands. */
  readonly operands: Values;
}

/** Description of one flag or option. */
export interface OptionDescription {
  /** All spellings, with dashes. */
  readonly names: readonly string[];
  /** Name of the value in the help; absent without a value. */
  readonly placeholder?: string;
  /** True for a boolean, which takes a value only after `=`. */
  readonly boolean: boolean;
  /** Sentence, or part of one. */
  readonly help: string;
  /** Default as a user would type it; empty without a default. */
  readonly fallback: string;
  /** Heading above the option. */
  readonly group?: string;
  /** Environment variable that replaces the option. */
  readonly environment?: string;
  /** True if the option may be given several times and takes comma-separated lists. */
  readonly list: boolean;
  readonly values: Values;
}

/** True if the option needs a value to have an effect; a boolean that is on by default does. */
export function wantsValue({ placeholder, boolean, fallback }: OptionDescription): boolean {
  return placeholder !== undefined || (boolean && fallback === 'true');
}

/** Possible values, as far as known in advance. */
export interface Values {
  readonly words: readonly string[];
  /** True for paths of any kind. */
  readonly files: boolean;
  readonly folders: boolean;
}

/** No values known in advance. */
export const NO_VALUES: Values = { words: [], files: false, folders: false };

/** Returns the values of a placeholder: the words of `auto|on|off`, paths for `FILE` and `PATH`, folders for `DIR`. */
export function valuesOf(placeholder: string, choices: readonly string[] = []): Values {
  const parts = placeholder.split('|');
  const words = choices.length > 0 ? choices : parts.filter((part) => /^[a-z0-9]+([-_][a-z0-9]+)*$/.test(part));
  const files = parts.some((part) => /^(FILE|PATH)(\.\.\.|…)?$/.test(part));
  return { words, files, folders: !files && parts.some((part) => /^DIR(\.\.\.|…)?$/.test(part)) };
}

/** Combines the values of several operands. */
export function anyOf(all: readonly Values[]): Values {
  const files = all.some((values) => values.files);
  const words = all.flatMap((values) => values.words);
  return { words, files, folders: !files && all.some((values) => values.folders) };
}
