import { flowEndpoints, flowJson, type TrackedConnections } from '../../../conntrack/index.js';
import { ConnectionTracker } from '../../../conntrack/kernel/index.js';
import { formatThings, type TextStyle } from '../../../view/chart/index.js';
import { connectionsTable, type ShownConnection } from '../../../view/flows/index.js';
import type { CommandContext } from '../../tool/command-context.js';
import { interruption, pause } from '../../tool/interruption.js';
import { type FlowSocket, shownSocket, socketJson } from './flow-socket.js';
import { openJoin } from './open-join.js';
import type { WatchOptions } from './options.js';
import { outputStyle } from './output-style.js';
import { RecordWriter, TextLines } from './record-writer.js';
import { reportLoss } from './report-loss.js';
import type { Say } from './run-action.js';
import type { FlowChoice } from './selection.js';
import { saySilence } from './silence.js';
import type { SocketJoin } from './socket-join.js';

/**
 * Prints at each interval what is established, and what has ended since the last one. Returns the exit code.
 * @throws ConntrackError, NamespaceError, OutputError
 */
export async function watchConnections(
  { filter }: FlowChoice,
  everyMs: number,
  options: WatchOptions,
  context: CommandContext,
  say: Say,
): Promise<number> {
  const { stdout } = context;
  const { netns, buffer, duration, format } = options;
  const join = await openJoin(options, say);
  const end = interruption(context, duration);
  const tracker = new ConnectionTracker({
    bufferBytes: buffer,
    ...(netns === undefined ? {} : { namespace: netns }),
    ...(filter === undefined ? {} : { filter }),
    onError: (error) => say(error instanceof Error ? error.message : String(error)),
  });
  const records = format === 'text' ? new TextLines(stdout) : new RecordWriter(stdout, format);
  const style = outputStyle(stdout);
  let lost = 0;
  try {
    await untilEnd(tracker.ready, end.signal);
    if (!end.signal.aborted) await saySilence(netns, say);
    let dueMs = performance.now();
    for (; await pause(dueMs - performance.now(), end.signal); dueMs += everyMs) {
      const nowMs = Date.now();
      const answer = tracker.connections();
      const lostNow = tracker.counts.lost - lost;
      lost += lostNow;
      const isLocal = (address: string): boolean => tracker.isLocal(address);
      const sockets = join === undefined ? undefined : await socketsOf(answer, isLocal, join);
      const interval: Interval = { answer, nowMs, lost: lostNow, isLocal, sockets };
      await records.write(format === 'text' ? textOf(interval, style) : [jsonOf(interval)]);
    }
    await records.finish();
    lost = tracker.counts.lost;
  } finally {
    end.clear();
    join?.close();
    await tracker.close();
  }
  return reportLoss(lost, say);
}

/** Waits for a promise, or for the end by the user. */
async function untilEnd(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) {
    // It may be rejected when the tracker is closed.
    promise.catch(() => undefined);
    return;
  }
  let stop: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    stop = resolve;
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    await Promise.race([promise, ended]);
  } finally {
    signal.removeEventListener('abort', stop);
    promise.catch(() => undefined);
  }
}

type IsLocal = (address: string) => boolean;

/** Answer at the end of an interval. */
interface Interval {
  readonly answer: TrackedConnections;
  readonly nowMs: number;
  readonly lost: number;
  readonly isLocal: IsLocal;
  /** Socket of each connection; undefined without `--join`. */
  readonly sockets: readonly (FlowSocket | undefined)[] | undefined;
}

async function socketsOf(
  { connections }: TrackedConnections,
  isLocal: IsLocal,
  join: SocketJoin,
): Promise<(FlowSocket | undefined)[]> {
  return await join.follow(connections.map(({ flow }) => ({ flow, endpoints: flowEndpoints(flow, isLocal) })));
}

function textOf({ answer, nowMs, lost, isLocal, sockets }: Interval, style: TextStyle): string[] {
  const { connections, droppedEnded, refused } = answer;
  const rows = connections.map(
    ({ flow, isEstablished, endedCount, ended }, i): ShownConnection => ({
      flow,
      endpoints: flowEndpoints(flow, isLocal),
      isEstablished,
      endedCount,
      cause: ended?.cause ?? null,
      ...shownSocket(sockets?.[i]),
    }),
  );
  const open = rows.filter(({ isEstablished }) => isEstablished).length;
  const ends = rows.reduce((sum, { endedCount }) => sum + endedCount, 0);
  const head = [
    `${new Date(nowMs).toISOString()}  ${open} established, ${ends} ended`,
    ...(lost === 0 ? [] : [`${formatThings(lost, 'event')} lost`]),
    ...(droppedEnded === 0 ? [] : [`${formatThings(droppedEnded, 'ended connection')} not shown`]),
    ...(refused === 0 ? [] : [`${formatThings(refused, 'connection')} not tracked`]),
  ].join(', ');
  const isJoined = sockets !== undefined;
  const table = rows.length === 0 ? [] : connectionsTable(rows, { nowMs, isJoined }, style);
  return [style.paint('heading', head), ...table, ''];
}

function jsonOf({ answer, nowMs, lost, isLocal, sockets }: Interval): string {
  const { ready, connections, droppedEnded, refused } = answer;
  return JSON.stringify({
    time: new Date(nowMs).toISOString(),
    ready,
    lost,
    droppedEnded,
    refused,
    connections: connections.map(({ flow, isEstablished, endedCount, ended }, i) =>
      flowJson(flow, {
        isLocal,
        more: {
          established: isEstablished,
          ended: endedCount,
          ...(ended === null ? {} : { cause: ended.cause, endTime: new Date(ended.timeMs).toISOString() }),
          ...socketJson(sockets?.[i]).more,
        },
      }),
    ),
  });
}
