import { Argument, Command } from 'commander';
import { describePrograms } from '../../describe/programs.js';
import { writeAnswer } from '../../reading/output.js';
import { parseArguments } from '../../reading/parse.js';
import type { Subcommand } from '../subcommand.js';
import type { Surroundings } from '../surroundings.js';
import { bashScript } from './bash.js';
import { zshScript } from './zsh.js';

const SHELLS = ['bash', 'zsh'] as const;

const AFTER = `
The script completes tcp-info, its commands, flags and their values, and csvtool and example-eventsocket-client too. It
runs no program: after an update of tcp-info, make it anew.

  bash, now          source <(tcp-info completion bash)
  bash, for ever     tcp-info completion bash > ~/.local/share/bash-completion/completions/tcp-info
                     (for which the package bash-completion must be there; else source it in ~/.bashrc)
  zsh, now           source <(tcp-info completion zsh)
  zsh, for ever      tcp-info completion zsh > DIR/_tcp-info
                     (DIR: a folder of $fpath, before compinit runs)

Exit codes: 0 printed, 1 it cannot be written, 2 wrong arguments.`;

/** Runs `tcp-info completion` and gives its exit code. */
export async function runCompletion(surroundings: Surroundings, subcommands: readonly Subcommand[]): Promise<number> {
  const command = new Command('tcp-info completion')
    .usage('SHELL')
    .description('Prints a script with which bash or zsh completes commands, flags and values.')
    .addArgument(new Argument('<SHELL>', 'bash or zsh').choices(SHELLS))
    .addHelpText('after', AFTER);
  const exitCode = parseArguments(command, surroundings);
  if (exitCode !== undefined) return exitCode;
  const programs = await describePrograms(subcommands);
  const script = command.args[0] === 'zsh' ? zshScript(programs) : bashScript(programs);
  return await writeAnswer('tcp-info completion', script, surroundings);
}
