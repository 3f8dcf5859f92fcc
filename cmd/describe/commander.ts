import type { EventEmitter } from 'node:events';
import type { Argument, Command, Option } from 'commander';
import { anyOf, type Description, NO_VALUES, type OptionDescription, valuesOf } from './description.js';

/** Describes a commander command from its own definitions. */
export function describeCommand(command: Command): Description {
  return {
    name: command.name(),
    usage: command.usage(),
    summary: command.description(),
    details: detailsOf(command),
    anyDashes: false,
    options: command.createHelp().visibleOptions(command).map(describeOption),
    operands: anyOf(command.registeredArguments.map(valuesOfArgument)),
  };
}

/** Returns the text given to `addHelpText('after', …)`, which commander keeps only as a listener. */
function detailsOf(command: Command): string {
  const parts: string[] = [];
  // A command is an EventEmitter, which commander's types hide.
  (command as unknown as EventEmitter).emit('afterHelp', {
    command,
    error: false,
    write: (text: string) => void parts.push(text),
  });
  return parts.join('').trim();
}

function describeOption(option: Option): OptionDescription {
  const { short, long, description: help, argChoices, defaultValue } = option;
  const placeholder = /[<[](.+)[>\]]$/.exec(option.flags)?.[1];
  const takes = placeholder !== undefined;
  return {
    names: [short, long].filter((name) => name !== undefined),
    boolean: false,
    help,
    fallback: takes && typeof defaultValue === 'string' ? defaultValue : '',
    list: false,
    values: takes ? valuesOf(placeholder, argChoices) : NO_VALUES,
    ...(takes ? { placeholder } : {}),
  };
}

function valuesOfArgument(argument: Argument): ReturnType<typeof valuesOf> {
  return valuesOf(argument.name(), argument.argChoices ?? []);
}
