import type { Command } from 'commander';
import { flowEndpoints, flowLine, lostJson } from '../../../conntrack/index.js';
import { type FlowFollower, type FollowedEvent, followFlows } from '../../../conntrack/kernel/index.js';
import type { TextStyle } from '../../../view/chart/index.js';
import { eventHead, eventLine } from '../../../view/flows/index.js';
import { EXIT_OK } from '../../flags/exit-codes.js';
import type { CommandContext } from '../../tool/command-context.js';
import { writeOutput } from '../../tool/output-file.js';
import { interruption } from './interruption.js';
import { DEFAULT_EVENTS, type WatchOptions } from './options.js';
import { outputStyle } from './output-style.js';
import { RecordQueue } from './record-queue.js';
import { RecordWriter, TextLines } from './record-writer.js';
import { reportLoss } from './report-loss.js';
import { runAction, type Say, UsageError } from './run-action.js';
import { chooseFlows, type FlowChoice } from './selection.js';

/** Prints events or connections until the user ends it, and returns the exit code. */
export async function runWatch(command: Command, context: CommandContext): Promise<number> {
  return await runAction(command.name(), context, async (say) => {
    const options = command.opts<WatchOptions>();
    const choice = chooseFlows(command.args, options);
    if (options.explain) {
      await writeOutput('-', `${choice.explanation}\n`, context.stdout);
      return EXIT_OK;
    }
    if (options.sinceLast === undefined) return await watchEvents(choice, options, context, say);
    if (options.events !== undefined) throw new UsageError('--events is not for --since-last');
    const { watchConnections } = await import('./watch-connections.js');
    return await watchConnections(choice, options.sinceLast, options, context, say);
  });
}

async function watchEvents(
  { filter }: FlowChoice,
  options: WatchOptions,
  context: CommandContext,
  say: Say,
): Promise<number> {
  const { netns, buffer, duration, events = DEFAULT_EVENTS } = options;
  const end = interruption(context, duration);
  let follower: FlowFollower | undefined;
  try {
    follower = await followFlows({
      events,
      bufferBytes: buffer,
      signal: end.signal,
      ...(netns === undefined ? {} : { namespace: netns }),
      ...(filter === undefined ? {} : { filter }),
    });
    await printEvents(follower, options, context, end.end);
  } catch (error) {
    if (!end.signal.aborted || error !== end.signal.reason) throw error;
  } finally {
    end.clear();
    await follower?.return();
  }
  return reportLoss(follower?.counts.lost ?? 0, say);
}

async function printEvents(
  follower: FlowFollower,
  { format }: WatchOptions,
  { stdout }: CommandContext,
  end: () => void,
): Promise<void> {
  const style = outputStyle(stdout);
  const records = format === 'text' ? new TextLines(stdout) : new RecordWriter(stdout, format);
  const queue = new RecordQueue((lines) => records.write(lines), end);
  if (format === 'text') await records.write([eventHead(style)]);
  for await (const event of follower) {
    const line = format === 'text' ? textOf(event, follower, style) : jsonOf(event, follower);
    const full = queue.push(line);
    if (full !== undefined) await full;
  }
  await queue.finish();
  await records.finish();
}

function textOf(event: FollowedEvent, { isLocal }: FlowFollower, style: TextStyle): string {
  if (event.kind === 'lost') return eventLine(event, style);
  const portId = event.kind === 'resync' ? 0 : event.portId;
  return eventLine({ ...event, portId, endpoints: flowEndpoints(event.flow, isLocal) }, style);
}

function jsonOf(event: FollowedEvent, { isLocal }: FlowFollower): string {
  if (event.kind === 'lost') return JSON.stringify(lostJson(timeText(event), event.events));
  const { flow, kind } = event;
  const portId = event.kind === 'resync' ? 0 : event.portId;
  // The time of arrival is made into a text only if the kernel gave none.
  if (flow.eventTimeNs !== undefined) return flowLine(flow, { event: kind, isLocal, portId });
  return flowLine(flow, { event: kind, time: timeText(event), isLocal, portId });
}

function timeText({ timeMs }: FollowedEvent): string {
  return new Date(timeMs).toISOString();
}
