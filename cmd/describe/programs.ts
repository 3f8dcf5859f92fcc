import { PassThrough } from 'node:stream';
import { CSVTOOL_FLAGS } from '../csvtool/flags.js';
import { CLIENT_FLAGS } from '../example-eventsocket-client/flags.js';
import { DESCRIPTION, FLAGS, type FlagDefinition, INFORMATIONAL, OTHER } from '../tcp-info/flags.js';
import type { Subcommand } from '../tcp-info/subcommand.js';
import { describeCommand } from './commander.js';
import { type Description, NO_VALUES, valuesOf } from './description.js';
import { describeFlag, describeInformational } from './go-flags.js';

/** Programs of this package, and the subcommands of `tcp-info` in the order of its help. */
export interface Programs {
  readonly daemon: Description;
  readonly subcommands: readonly (Description & { readonly word: string })[];
  readonly csvtool: Description;
  readonly client: Description;
}

/** Describes every program from the definitions that parse its arguments. */
export async function describePrograms(all: readonly Subcommand[]): Promise<Programs> {
  const subcommands = [];
  for (const subcommand of all) {
    subcommands.push({ ...(await describeSubcommand(subcommand)), word: subcommand.name });
  }
  return { daemon: describeDaemon(), subcommands, csvtool: describeCsvtool(), client: describeClient() };
}

function describeDaemon(): Description {
  const flags = (FLAGS as readonly FlagDefinition[]).map((flag) => describeFlag(flag, { environment: true }));
  return {
    name: 'tcp-info',
    usage: '[FLAGS]',
    summary: DESCRIPTION,
    details: '',
    anyDashes: true,
    options: [...flags, ...INFORMATIONAL.map(({ name, help }) => describeInformational(name, help, OTHER))],
    operands: NO_VALUES,
  };
}

/** Describes a subcommand: it reports its definition instead of parsing arguments, and then stops. */
async function describeSubcommand({ name, run }: Subcommand): Promise<Description> {
  let description: Description | undefined;
  const nowhere = new PassThrough().resume();
  await run({
    args: [],
    stdout: nowhere,
    stderr: nowhere,
    signals: { onShutdown: () => undefined },
    describe: (command) => {
      description = describeCommand(command);
    },
  });
  if (description === undefined) throw new Error(`describe tcp-info ${name}: it does not use parseArguments`);
  return description;
}

function describeCsvtool(): Description {
  return {
    name: 'csvtool',
    usage: '[FLAGS] [PATH...]',
    summary: 'Converts archives of tcp-info to CSV: one header, then one row per record and one column per value.',
    details: '',
    anyDashes: true,
    options: CSVTOOL_FLAGS.map((flag) => describeFlag(flag, { environment: false })),
    operands: valuesOf('PATH'),
  };
}

function describeClient(): Description {
  return {
    name: 'example-eventsocket-client',
    usage: '-tcpinfo.eventsocket PATH',
    summary: 'Prints the flows that a tcp-info server opens and closes, one line each, until the server ends.',
    details: '',
    anyDashes: true,
    options: CLIENT_FLAGS.map((flag) => describeFlag(flag, { environment: flag.name === 'tcpinfo.eventsocket' })),
    operands: NO_VALUES,
  };
}
