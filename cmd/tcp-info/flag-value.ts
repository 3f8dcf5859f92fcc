import { ConfigError } from '../flags/config-error.js';

/** Where a value came from, as the user would recognise it: `-reps=x`, or `REPS=x in the environment`. */
export interface Value {
  readonly text: string;
  readonly origin: string;
}

/** A value as `parse` reads it. @throws ConfigError when it does not */
export function accept<T>({ text, origin }: Value, parse: (text: string) => T | undefined, expected: string): T {
  const value = parse(text);
  if (value === undefined) throw new ConfigError(origin, `expected ${expected}`);
  return value;
}

/** The items of a list that may be given in several parts. @throws ConfigError naming the item */
export function list<T>(values: readonly Value[], parse: (text: string) => T | undefined, expected: string): T[] {
  return values.flatMap(({ text, origin }) => {
    // A template without entries gives an empty value: no list. A hole in a list is a mistake.
    if (text.trim() === '') return [];
    return text.split(',').map((item) => {
      const value = parse(item.trim());
      if (value === undefined) throw new ConfigError(origin, `'${item}' is not accepted: expected ${expected}`);
      return value;
    });
  });
}
