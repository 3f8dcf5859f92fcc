import type { CommandContext } from '../../tool/command-context.js';
import { parseArguments } from '../../tool/parse.js';
import { ADVICE, uploadCommand } from './options.js';

/** Runs `tcp-info upload` and returns its exit code. */
export async function runUpload(context: CommandContext): Promise<number> {
  const command = uploadCommand();
  const ended = parseArguments(command, context, ADVICE);
  if (ended !== undefined) return ended;
  const { upload } = await import('./upload.js');
  return await upload(command.opts(), context);
}
