import { type DocumentedFlag, environmentName } from '../flags/go-args.js';
import { NO_VALUES, type OptionDescription, valuesOf } from './description.js';

const BOOLEAN = { words: ['true', 'false'], files: false, folders: false };

/** Describes a flag with one dash or two. `environment`: true if a variable can replace the flag. */
export function describeFlag(
  flag: DocumentedFlag,
  { environment }: { readonly environment: boolean },
): OptionDescription {
  const { name, boolean, placeholder, choices, help, fallback = '', group, list = false } = flag;
  return {
    names: [`-${name}`, `--${name}`],
    boolean,
    help,
    fallback,
    list,
    values: boolean ? BOOLEAN : placeholder === undefined ? NO_VALUES : valuesOf(placeholder, choices),
    ...(placeholder === undefined ? {} : { placeholder }),
    ...(group === undefined ? {} : { group }),
    ...(environment ? { environment: environmentName(name) } : {}),
  };
}

/** Describes `-help` and `-version`, which take no value and have no environment variable. */
export function describeInformational(name: string, help: string, group?: string): OptionDescription {
  const names = [`-${name}`, `--${name}`];
  const described = { names, boolean: false, help, fallback: '', list: false, values: NO_VALUES };
  return group === undefined ? described : { ...described, group };
}
