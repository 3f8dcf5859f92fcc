import type { Command } from 'commander';
import { deleteFlow } from '../../../conntrack/kernel/index.js';
import { EXIT_OK } from '../../flags/exit-codes.js';
import type { CommandContext } from '../../tool/command-context.js';
import { writeOutput } from '../../tool/output-file.js';
import { formatEnds, parseFlowEnds } from './flow-ends.js';
import type { DeleteOptions } from './options.js';
import { runAction, UsageError } from './run-action.js';

/** Deletes one flow, and returns the exit code. */
export async function runDelete(command: Command, context: CommandContext): Promise<number> {
  return await runAction(command.name(), context, async () => {
    const options = command.opts<DeleteOptions>();
    const { id, netns, dryRun, format } = options;
    if (id === undefined) {
      throw new UsageError('missing --id=N: tcp-info conntrack get PROTO LOCAL REMOTE shows it');
    }
    const ends = parseFlowEnds(command.args, options);
    const where = netns === undefined ? {} : { namespace: netns };
    const { wasThere, isDeleted } = await deleteFlow({ ...ends, id }, { ...where, dryRun });
    const deleted = Number(isDeleted);
    const text =
      format === 'json'
        ? JSON.stringify({ deleted, found: wasThere, dryRun, id })
        : `deleted=${deleted} found=${Number(wasThere)} ${command.args[0] ?? ''} ${formatEnds(ends)} id=${id}${dryRun ? ' (dry run)' : ''}`;
    await writeOutput('-', `${text}\n`, context.stdout);
    return EXIT_OK;
  });
}
