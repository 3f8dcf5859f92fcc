import type { Command } from 'commander';
import { flowEndpoints, flowLine, lostJson } from '../../../conntrack/index.js';
import { type FlowFollower, type FollowedEvent, followFlows } from '../../../conntrack/kernel/index.js';
import type { TextStyle } from '../../../view/chart/index.js';
import { eventHead, eventLine } from '../../../view/flows/index.js';
import { EXIT_OK } from '../../flags/exit-codes.js';
import type { CommandContext } from '../../tool/command-context.js';
import { interruption } from '../../tool/interruption.js';
import { writeOutput } from '../../tool/output-file.js';
import { type FlowSocket, shownSocket, socketJson } from './flow-socket.js';
import { openJoin } from './open-join.js';
import { DEFAULT_EVENTS, type WatchOptions } from './options.js';
import { outputStyle } from './output-style.js';
import { RecordQueue } from './record-queue.js';
import { RecordWriter, TextLines } from './record-writer.js';
import { reportLoss } from './report-loss.js';
import { runAction, type Say, UsageError } from './run-action.js';
import { chooseFlows, type FlowChoice } from './selection.js';
import { saySilence } from './silence.js';
import type { SocketJoin } from './socket-join.js';

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
  const join = await openJoin(options, say);
  try {
    follower = await followFlows({
      events,
      bufferBytes: buffer,
      signal: end.signal,
      onStaleAddresses: (error) => say(error.message),
      ...(netns === undefined ? {} : { namespace: netns }),
      ...(filter === undefined ? {} : { filter }),
    });
    await saySilence(netns, say);
    await printEvents(follower, options, { context, join, end: end.end });
  } catch (error) {
    if (!end.signal.aborted || error !== end.signal.reason) throw error;
  } finally {
    end.clear();
    join?.close();
    await follower?.return();
  }
  return reportLoss(follower?.counts.lost ?? 0, say);
}

interface Printing {
  readonly context: CommandContext;
  readonly join: SocketJoin | undefined;
  /** Ends the action. */
  readonly end: () => void;
}

async function printEvents(
  follower: FlowFollower,
  { format }: WatchOptions,
  { context: { stdout }, join, end }: Printing,
): Promise<void> {
  const style = outputStyle(stdout);
  const isJoined = join !== undefined;
  const records = format === 'text' ? new TextLines(stdout) : new RecordWriter(stdout, format);
  const queue = new RecordQueue<FollowedEvent>(async (events) => {
    const sockets = join === undefined ? [] : await socketsOf(events, follower, join);
    await records.write(
      events.map((event, i) =>
        format === 'text'
          ? textOf(event, follower, sockets[i], { style, isJoined })
          : jsonOf(event, follower, sockets[i]),
      ),
    );
  }, end);
  if (format === 'text') await records.write([eventHead(style, isJoined)]);
  for await (const event of follower) {
    const full = queue.push(event);
    if (full !== undefined) await full;
  }
  await queue.finish();
  await records.finish();
}

/** Returns the socket of each event's flow, all looked for at once. */
async function socketsOf(
  events: readonly FollowedEvent[],
  { isLocal }: FlowFollower,
  join: SocketJoin,
): Promise<(FlowSocket | undefined)[]> {
  const flows = events.flatMap((event) => (event.kind === 'lost' ? [] : [event.flow]));
  const found = await join.follow(flows.map((flow) => ({ flow, endpoints: flowEndpoints(flow, isLocal) })));
  return events.map((event) => (event.kind === 'lost' ? undefined : found.shift()));
}

function textOf(
  event: FollowedEvent,
  { isLocal }: FlowFollower,
  socket: FlowSocket | undefined,
  { style, isJoined }: { readonly style: TextStyle; readonly isJoined: boolean },
): string {
  if (event.kind === 'lost') return eventLine(event, style);
  const portId = event.kind === 'resync' ? 0 : event.portId;
  const endpoints = flowEndpoints(event.flow, isLocal);
  return eventLine({ ...event, portId, endpoints, ...shownSocket(socket) }, style, isJoined);
}

function jsonOf(event: FollowedEvent, { isLocal }: FlowFollower, socket: FlowSocket | undefined): string {
  if (event.kind === 'lost') return JSON.stringify(lostJson(timeText(event), event.events));
  const { flow, kind } = event;
  const portId = event.kind === 'resync' ? 0 : event.portId;
  const options = { event: kind, isLocal, portId, ...socketJson(socket) };
  // The time of arrival is made into a text only if the kernel gave none.
  return flowLine(flow, flow.eventTimeNs === undefined ? { ...options, time: timeText(event) } : options);
}

function timeText({ timeMs }: FollowedEvent): string {
  return new Date(timeMs).toISOString();
}
