import type { Command } from 'commander';
import { ALL_FLOWS, Listing } from '../../../conntrack/socket/index.js';
import { netlink } from '../../../native/index.js';
import { EXIT_OK } from '../../flags/exit-codes.js';
import type { CommandContext } from '../../tool/command-context.js';
import { dataWriter } from '../../tool/data-writer.js';
import type { ListOptions } from './options.js';
import { runAction, type Say } from './run-action.js';

/** Lists all flows as lines of JSON, and returns the exit code; undefined if something else is asked for. */
export async function listLines(command: Command, context: CommandContext): Promise<number | undefined> {
  const { nat, state, explain, format, join, zero, netns } = command.opts<ListOptions>();
  if (format !== 'jsonl' || nat || state !== undefined || explain || join) return undefined;
  if (command.args.join('').trim() !== '') return undefined;
  return await runAction(command.name(), context, async (say) => {
    const listing = new Listing({ zero, ...(netns === undefined ? {} : { namespace: netns }) }, ALL_FLOWS, netlink);
    await printLines(listing, context);
    reportUndecoded(listing, say);
    return EXIT_OK;
  });
}

/** Prints the flows of a listing as lines of JSON. @throws ConntrackError, NamespaceError, OutputError */
export async function printLines(listing: Pick<Listing, 'lines'>, { stdout }: CommandContext): Promise<void> {
  const write = dataWriter(stdout);
  for await (const lines of listing.lines(new Date().toISOString())) await write(lines);
}

/** Reports messages that could not be decoded. */
export function reportUndecoded({ counts }: Pick<Listing, 'counts'>, say: Say): void {
  const undecoded = [...counts.undecoded.values()].reduce((sum, count) => sum + count, 0);
  if (undecoded > 0) say(`${undecoded} messages of the kernel could not be decoded`);
}
