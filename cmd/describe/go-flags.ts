import { type DocumentedFlag, environmentName } from '../flags/go-args.js';
import { NO_VALUES, type OptionDescription, valuesOf } from './description.js';

const BOOLEAN = { words: ['true', 'false'], files: false, folders: false };

/** Describes a flag that takes one dash or two. `environment`: whether a variable stands in for it. */
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

/** Describes `-help` and `-version`, which take no value and which no variable stands in for. */
export function describeInformational(name: string, help: string, group?: string): OptionDescription {
  const names = [`-${name}`, `--${name}`];
  const described = { names, boolean: false, help, fallback: '', list: false, values: NO_VALUES };
  return group === undefined ? described : { ...described, group };
}
