import { ConfigError } from '../flags/config-error.js';

/** Value of a flag with its origin, as the user would recognise it: `-reps=x`, or `REPS=x in the environment`. */
export interface Value {
  readonly text: string;
  readonly origin: string;
}

/** Parses a value. @throws ConfigError when `parse` returns undefined */
export function accept<T>({ text, origin }: Value, parse: (text: string) => T | undefined, expected: string): T {
  const value = parse(text);
  if (value === undefined) throw new ConfigError(origin, `expected ${expected}`);
  return value;
}

/** Parses a comma-separated list that may come in several parts. @throws ConfigError naming the item */
export function list<T>(values: readonly Value[], parse: (text: string) => T | undefined, expected: string): T[] {
  return values.flatMap(({ text, origin }) => {
    // An empty value, as from a template without entries, is an empty list. An empty item in a list is an error.
    if (text.trim() === '') return [];
    return text.split(',').map((item) => {
      const value = parse(item.trim());
      if (value === undefined) throw new ConfigError(origin, `'${item}' is not accepted: expected ${expected}`);
      return value;
    });
  });
}
