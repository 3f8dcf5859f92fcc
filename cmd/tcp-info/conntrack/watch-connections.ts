import { flowEndpoints, flowJson, type TrackedConnections } from '../../../conntrack/index.js';
import { ConnectionTracker } from '../../../conntrack/kernel/index.js';
import { formatThings, type TextStyle } from '../../../view/chart/index.js';
import { connectionsTable, type ShownConnection } from '../../../view/flows/index.js';
import type { CommandContext } from '../../tool/command-context.js';
import { interruption, pause } from './interruption.js';
import type { WatchOptions } from './options.js';
import { outputStyle } from './output-style.js';
import { RecordWriter, TextLines } from './record-writer.js';
import { reportLoss } from './report-loss.js';
import type { Say } from './run-action.js';
import type { FlowChoice } from './selection.js';

/**
 * Prints at each interval what is established, and what has ended since the last one. Returns the exit code.
 * @throws ConntrackError, NamespaceError, OutputError
 */
export async function watchConnections(
  { filter }: FlowChoice,
  everyMs: number,
  { netns, buffer, duration, format }: WatchOptions,
  context: CommandContext,
  say: Say,
): Promise<number> {
  const { stdout } = context;
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
    let dueMs = performance.now();
    for (; await pause(dueMs - performance.now(), end.signal); dueMs += everyMs) {
      const nowMs = Date.now();
      const answer = tracker.connections();
      const lostNow = tracker.counts.lost - lost;
      lost += lostNow;
      const isLocal = (address: string): boolean => tracker.isLocal(address);
      await records.write(
        format === 'text' ? textOf(answer, nowMs, lostNow, isLocal, style) : [jsonOf(answer, nowMs, lostNow, isLocal)],
      );
    }
    await records.finish();
    lost = tracker.counts.lost;
  } finally {
    end.clear();
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

function textOf(
  { connections, droppedEnded, refused }: TrackedConnections,
  nowMs: number,
  lost: number,
  isLocal: IsLocal,
  style: TextStyle,
): string[] {
  const rows = connections.map(
    ({ flow, isEstablished, endedCount, ended }): ShownConnection => ({
      flow,
      endpoints: flowEndpoints(flow, isLocal),
      isEstablished,
      endedCount,
      cause: ended?.cause ?? null,
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
  const table = rows.length === 0 ? [] : connectionsTable(rows, nowMs, style);
  return [style.paint('heading', head), ...table, ''];
}

function jsonOf(
  { ready, connections, droppedEnded, refused }: TrackedConnections,
  nowMs: number,
  lost: number,
  isLocal: IsLocal,
): string {
  return JSON.stringify({
    time: new Date(nowMs).toISOString(),
    ready,
    lost,
    droppedEnded,
    refused,
    connections: connections.map(({ flow, isEstablished, endedCount, ended }) =>
      flowJson(flow, {
        isLocal,
        more: {
          established: isEstablished,
          ended: endedCount,
          ...(ended === null ? {} : { cause: ended.cause, endTime: new Date(ended.timeMs).toISOString() }),
        },
      }),
    ),
  });
}
