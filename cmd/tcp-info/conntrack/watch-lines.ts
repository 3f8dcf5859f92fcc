import type { Command } from 'commander';
import { ALL_FLOWS, LineFollower, type WantedFlows } from '../../../conntrack/socket/index.js';
import { netlink } from '../../../native/index.js';
import type { CommandContext } from '../../tool/command-context.js';
import { dataWriter } from '../../tool/data-writer.js';
import { interruption } from '../../tool/interruption.js';
import { DEFAULT_EVENTS, type WatchOptions } from './options.js';
import { runAction, type Say } from './run-action.js';

/**
 * Prints events as lines of JSON until the user ends it, and returns the exit code; undefined if something else is asked
 * for.
 */
export async function watchLines(command: Command, context: CommandContext): Promise<number | undefined> {
  const options = command.opts<WatchOptions>();
  if (options.format !== 'jsonl' || options.explain || options.join || options.sinceLast !== undefined)
    return undefined;
  return await runAction(command.name(), context, async (say) => {
    const wanted = await wantedFlows(command.args, options);
    const lost = await printEvents(wanted, options, { context, say });
    if (lost === 0) return 0;
    const { reportLoss } = await import('./report-loss.js');
    return reportLoss(lost, say);
  });
}

/** Prints events, and returns how many were lost. @throws ConntrackError, NamespaceError, OutputError */
async function printEvents(
  wanted: WantedFlows,
  { netns, buffer, duration, events = DEFAULT_EVENTS }: WatchOptions,
  { context, say }: { readonly context: CommandContext; readonly say: Say },
): Promise<number> {
  const end = interruption(context, duration);
  const following = {
    events,
    bufferBytes: buffer,
    signal: end.signal,
    onStaleAddresses: (error: Error) => say(error.message),
  };
  let follower: LineFollower | undefined;
  try {
    const namespace = netns === undefined ? {} : { namespace: netns };
    follower = await LineFollower.open({ ...following, ...namespace }, wanted, netlink);
    const write = dataWriter(context.stdout);
    for await (const lines of follower) await write(lines);
  } catch (error) {
    if (!end.signal.aborted || error !== end.signal.reason) throw error;
  } finally {
    end.clear();
    await follower?.return();
  }
  return follower?.lost ?? 0;
}

/** Returns the flows that the arguments ask for. @throws FilterError */
async function wantedFlows(words: readonly string[], options: WatchOptions): Promise<WantedFlows> {
  if (!options.nat && options.state === undefined && words.join('').trim() === '') return ALL_FLOWS;
  // Expressions are loaded only if there is one.
  const [{ SelectedFlows }, { chooseFlows }] = await Promise.all([
    import('../../../conntrack/kernel/index.js'),
    import('./selection.js'),
  ]);
  const { filter } = chooseFlows(words, options);
  return filter === undefined ? ALL_FLOWS : new SelectedFlows({ filter });
}
