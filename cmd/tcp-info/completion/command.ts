import { Argument, Command } from 'commander';
import { describePrograms } from '../../describe/programs.js';
import { wrapParagraphs } from '../../flags/help.js';
import type { CommandContext } from '../../tool/command-context.js';
import { writeAnswer } from '../../tool/output.js';
import { parseArguments } from '../../tool/parse.js';
import type { Subcommand } from '../subcommand.js';
import { bashScript } from './bash.js';
import { zshScript } from './zsh.js';

const SHELLS = ['bash', 'zsh'] as const;

const AFTER = `
The script completes tcp-info, its commands, flags and their values, and also csvtool and example-eventsocket-client. It
runs no program; generate it again after an update of tcp-info.

  bash, now          source <(tcp-info completion bash)
  bash, permanently  tcp-info completion bash > ~/.local/share/bash-completion/completions/tcp-info
                     (needs the package bash-completion; otherwise source the script in ~/.bashrc)
  zsh, now           source <(tcp-info completion zsh)
  zsh, permanently   tcp-info completion zsh > DIR/_tcp-info
                     (DIR: a folder of $fpath, before compinit runs)

Exit codes: 0 printed, 1 write failed, 2 wrong arguments.`;

/** Runs `tcp-info completion` and returns its exit code. */
export async function runCompletion(surroundings: CommandContext, subcommands: readonly Subcommand[]): Promise<number> {
  const command = new Command('tcp-info completion')
    .usage('SHELL')
    .description('Prints a completion script for bash or zsh.')
    .addArgument(new Argument('<SHELL>', 'bash or zsh').choices(SHELLS))
    .addHelpText('after', wrapParagraphs(AFTER));
  const exitCode = parseArguments(command, surroundings);
  if (exitCode !== undefined) return exitCode;
  const programs = await describePrograms(subcommands);
  const script = command.args[0] === 'zsh' ? zshScript(programs) : bashScript(programs);
  return await writeAnswer('tcp-info completion', script, surroundings);
}
