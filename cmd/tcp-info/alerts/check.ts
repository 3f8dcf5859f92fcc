import type { Command } from 'commander';
import type { CommandContext } from '../../tool/command-context.js';
import { writeAnswer } from '../../tool/output.js';
import { loadRules } from './load-rules.js';
import { PROGRAM } from './options.js';

/** Checks a file of rules and returns the exit code. */
export async function runCheck(command: Command, context: CommandContext): Promise<number> {
  const program = `${PROGRAM} check`;
  const [file = ''] = command.args;
  const rules = loadRules(program, file, context.stderr);
  if (typeof rules === 'number') return rules;
  return await writeAnswer(program, `${file}: ${rules.length} ${rules.length === 1 ? 'rule' : 'rules'}\n`, context);
}
