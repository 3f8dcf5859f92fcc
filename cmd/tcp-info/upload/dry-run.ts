import { listGroups } from '../../../fleet/upload/index.js';
import { describeSystemError } from '../../../host/errors/index.js';
import { messageLine } from '../../../words/index.js';
import { EXIT_DAMAGED } from '../../flags/exit-codes.js';
import type { CommandContext } from '../../tool/command-context.js';
import { writeAnswer } from '../../tool/output.js';
import type { Job } from './job.js';
import { PROGRAM, type UploadCommandOptions } from './options.js';

/** Prints the bundles that would be sent now, and returns the exit code. */
export async function dryRun(
  { archives, to, prefix, format, layout }: Job,
  { sample, size, age, once }: UploadCommandOptions,
  { stdout, stderr }: CommandContext,
): Promise<number> {
  const { groups, open, waiting, unreadable } = await listGroups(archives, {
    sample,
    fullBytes: size,
    fullAgeMs: once ? Number.NEGATIVE_INFINITY : age,
    nowMs: Date.now(),
    format,
    layout,
  });
  const lines = groups.map(({ object, archives: count, bytes }) => {
    return `${to.scheme}://${to.bucket}/${prefix}${object}: ${count} archives, ${bytes} bytes\n`;
  });
  const count = groups.reduce((sum, group) => sum + group.archives, 0);
  const total = `total: ${groups.length} bundles, ${count} archives; ${waiting} wait for more, ${open} are open\n`;
  for (const { path, error } of unreadable) {
    stderr.write(messageLine(PROGRAM, `${path}: ${describeSystemError(error)}`));
  }
  const code = await writeAnswer(PROGRAM, `${lines.join('')}${total}`, { stdout, stderr });
  return code === 0 && unreadable.length > 0 ? EXIT_DAMAGED : code;
}
