import { environmentName } from '../../cmd/flags/go-args.js';
import type { FlagDefinition } from '../../cmd/tcp-info/flags.js';

/** Flags that make the program exit by itself, and systemd restart it. */
const NOT_FOR_SERVICES = new Set(['reps', 'filter.explain']);

const WIDTH = 120;

const HEADER = `# Options of tcp-info.service. Every flag of tcp-info is a variable here, NAME=value; what is commented out
# has the value that is shown, or none. A value may have spaces, and goes to the end of its line. What cannot be used keeps
# the service from starting, and the journal says why. After a change: systemctl restart tcp-info
#
# Made from the flags; -reps and -filter.explain are for the command line.
`;

/**
 * Returns the content of /etc/default/tcp-info.
 * @param environment variables that the unit sets
 */
export function defaultsFile(flags: readonly FlagDefinition[], environment: Readonly<Record<string, string>>): string {
  const groups = [...new Set(flags.map(({ group }) => group))];
  const sections = groups.map((group) => {
    const entries = flags.filter((flag) => flag.group === group && !NOT_FOR_SERVICES.has(flag.name));
    return `\n#### ${group}\n${entries.map((flag) => entry(flag, environment)).join('')}`;
  });
  return HEADER + sections.join('');
}

function entry({ name, help, fallback }: FlagDefinition, environment: Readonly<Record<string, string>>): string {
  const variable = environmentName(name);
  const ofUnit = environment[variable];
  const note = ofUnit === undefined ? '' : ' Set by the unit.';
  return `\n${comment(help + note)}#${variable}=${ofUnit ?? fallback}\n`;
}

/** Formats a sentence as comment lines. */
function comment(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`# ${word}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}
