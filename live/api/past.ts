import { type PastAnswer, PastError, type PastFormat, type PastRequest } from '../../archive/output/index.js';
import type { LiveArchiveRead } from '../../metrics/index.js';
import { isLocal, parseAddress } from '../../netlink/index.js';
import type { ConnectionTimeline, StoreRow, TimelineRange } from '../store/index.js';
import type { ApiContext, ApiRequest } from './context.js';
import { limitError, ProblemError } from './problem.js';

/** Width of cells in memory, microseconds. */
const MEMORY_CELL_US = 1e6;
/** Sentence for a connection that is never archived. */
export const LOCAL_REASON = 'connections over loopback have no archives';

/** Returns what memory lacks of a course, and archives may have; undefined if it lacks nothing. */
export function lackOf(
  { isOpen }: StoreRow,
  { fromUs = Number.NEGATIVE_INFINITY, untilUs, widthUs }: TimelineRange,
  { source, droppedUntilUs, cellUs }: ConnectionTimeline,
): string | undefined {
  if (source !== 'memory') return undefined;
  if (droppedUntilUs !== undefined && fromUs < droppedUntilUs) return 'memory lacks the oldest part of this time';
  // Archives have all of a closed connection, and of an open one what is some seconds old.
  const isFine = isOpen ? widthUs !== undefined && untilUs !== undefined : true;
  const isTooWide = isFine && cellUs >= MEMORY_CELL_US && (widthUs ?? 0) < MEMORY_CELL_US;
  return isTooWide ? 'memory has one cell a second' : undefined;
}

/** Course that is asked for. */
export interface PastQuestion {
  readonly row: StoreRow;
  readonly range: TimelineRange;
  readonly format: PastFormat;
}

/** Body of an answer, or the reason if there is no body. */
export type Past =
  | { readonly kind: 'made'; readonly body: Uint8Array }
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * Reads a course from archives, and from memory what these lack. It ends when the client leaves.
 * @throws ProblemError 429 when too many wait, 503 when the server stops
 */
export async function readPast(request: ApiRequest, context: ApiContext, question: PastQuestion): Promise<Past> {
  const { archives, stopping } = context;
  if (archives === undefined) return { kind: 'unreadable', reason: 'there are no archives' };
  if (isLocalOnly(question.row)) return { kind: 'unreadable', reason: LOCAL_REASON };
  const left = new AbortController();
  const stop = (): void => left.abort(new ProblemError(503, 'ERR_STOPPING', 'the collector is stopping'));
  stopping.addEventListener('abort', stop);
  request.exchange.onDone(() => left.abort(new ClientLeft()));
  request.exchange.watch();
  try {
    const asked = await pastRequest(question, archives.path, context);
    return took(await archives.past.read(asked, left.signal), context);
  } catch (error) {
    return failed(error, context);
  } finally {
    stopping.removeEventListener('abort', stop);
  }
}

class ClientLeft extends Error {
  override readonly name = 'ClientLeft';
}

async function pastRequest(
  { row, range, format }: PastQuestion,
  folder: string,
  { store }: ApiContext,
): Promise<PastRequest> {
  const { fromUs, untilUs, widthUs = 0 } = range;
  const times = { ...(fromUs === undefined ? {} : { fromUs }), ...(untilUs === undefined ? {} : { untilUs }) };
  const { startUs = 0, cellUs, totals, ...timeline } = await store.timeline(row, times);
  return {
    ...{ folder, format, widthUs, range: times },
    uuid: row.identity.uuid ?? '',
    startTime: row.startTime,
    startUs: row.startUs,
    endUs: row.isOpen ? 1000 * endMs(row) : row.endUs,
    isOpen: row.isOpen,
    row: { ...row.connection },
    identity: { ...row.identity },
    memory: { startUs, cellUs, cells: timeline.cells(), ...(totals === undefined ? {} : { totals }) },
  };
}

function took(answer: PastAnswer, { metrics, log }: ApiContext): Past {
  const result: LiveArchiveRead =
    answer.kind === 'unreadable' ? 'unreadable' : answer.problem === undefined ? 'whole' : 'partial';
  metrics.archiveReads.inc(result);
  if (answer.kind === 'made' && answer.problem !== undefined) {
    // The archive that is being written ends in the middle of a frame.
    log.debug('archive of a live connection', { error: answer.problem });
  }
  return answer;
}

/** @throws ProblemError */
function failed(error: unknown, { metrics, log }: ApiContext): Past {
  if (error instanceof ClientLeft) return { kind: 'unreadable', reason: 'the client has left' };
  if (!(error instanceof PastError)) throw error;
  if (error.code === 'ERR_BUSY') throw limitError(error.message);
  metrics.archiveReads.inc(error.code === 'ERR_DEADLINE' ? 'late' : 'failed');
  log.warn('timeline without archives', {
    error: error.message,
    ...(error.cause === undefined ? {} : { cause: String(error.cause) }),
    metric: 'tcpinfo_live_archive_reads_total',
  });
  return { kind: 'unreadable', reason: error.message };
}

/** Returns whether a connection stays on this machine or link: the collector archives no such connection. */
export function isLocalOnly({ identity: { localAddress, remoteAddress } }: StoreRow): boolean {
  return [localAddress, remoteAddress].some((text) => {
    const address = parseAddress(text ?? '');
    return address !== undefined && isLocal(address.bytes, address.family);
  });
}

/** Returns the time after the last record of a connection, milliseconds since 1970. */
export function endMs({ isOpen, endUs, closedUs }: StoreRow): number {
  return isOpen ? Date.now() : Math.max(endUs, closedUs ?? endUs) / 1000;
}
