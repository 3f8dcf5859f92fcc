import type { ConnectionRow } from '../../../analysis/index.js';
import type { Logger } from '../../../log/index.js';
import { isLocal, parseAddress } from '../../../netlink/index.js';
import { showHtml, shownJson, showSvg } from '../../../view/connection/index.js';
import type { AnswerStream, Exchange, Reply } from '../../http/index.js';
import type { ConnectionTimeline, StoreRow } from '../../store/index.js';
import type { TimelineJson } from '../../wire/index.js';
import { type ApiBounds, type ApiContext, type ApiRequest, type ApiRoute, jsonAnswer } from '../context.js';
import { findRow } from '../find-row.js';
import { PAGE_POLICY } from '../headers.js';
import type { ParameterName } from '../parameters.js';
import { ProblemError, parameterError } from '../problem.js';

const RANGE: readonly ParameterName[] = ['netns', 'from', 'until', 'width'];
const MAX_WIDTH_US = 24 * 3600e6;

/** Routes for the course of one connection. */
export const TIMELINE_ROUTES: readonly ApiRoute[] = [
  {
    path: '/connections/{id}/timeline',
    summary: 'Course of a connection: the object of show --format=json',
    parameters: RANGE,
    answers: [{ type: 'application/json', schema: 'TimelineJson', description: 'Answer, row and timeline' }],
    handle: async (request, context) => {
      const { row, timeline } = await shown(request, context);
      const object: TimelineJson = {
        ...shownJson({ timeline, parts: timeline.parts }, row),
        source: timeline.source,
      };
      return jsonAnswer(object);
    },
  },
  {
    path: '/connections/{id}/picture.svg',
    summary: 'Course of a connection as a picture',
    parameters: RANGE,
    answers: [{ type: 'image/svg+xml', description: 'Picture' }],
    handle: async (request, context) => {
      const { row, timeline } = await shown(request, context);
      return page('image/svg+xml', showSvg({ timeline, parts: timeline.parts }, row));
    },
  },
  {
    path: '/connections/{id}/picture.html',
    summary: 'Course of a connection as a page',
    parameters: RANGE,
    answers: [{ type: 'text/html', description: 'Page' }],
    handle: async (request, context) => {
      const { row, timeline } = await shown(request, context);
      const { version } = context.facts;
      return page('text/html', showHtml({ timeline, parts: timeline.parts }, row, { version }));
    },
  },
  {
    path: '/connections/{id}/records',
    summary: 'Archived records of a connection, metadata first: lines for tcp-info show -',
    parameters: ['netns'],
    answers: [{ type: 'application/x-ndjson', description: 'Lines of archives' }],
    handle: records,
  },
];

async function shown(
  request: ApiRequest,
  context: ApiContext,
): Promise<{ readonly row: ConnectionRow; readonly timeline: ConnectionTimeline }> {
  const { parameters } = request;
  const fromUs = parameters.timeUs('from');
  const untilUs = parameters.timeUs('until');
  const widthUs = parameters.durationUs('width', { min: 1000, max: MAX_WIDTH_US });
  if (fromUs !== undefined && untilUs !== undefined && fromUs >= untilUs)
    throw parameterError('until', 'not after from');
  const row = findRow(request, context);
  const timeline = await context.store.timeline(row, {
    ...(fromUs === undefined ? {} : { fromUs }),
    ...(untilUs === undefined ? {} : { untilUs }),
    ...(widthUs === undefined ? {} : { widthUs }),
  });
  return { row: { ...row.connection }, timeline };
}

function page(type: string, body: string): Reply {
  return { status: 200, headers: { 'Content-Type': `${type}; charset=utf-8`, ...PAGE_POLICY }, body };
}

async function records(request: ApiRequest, context: ApiContext): Promise<Reply> {
  const row = findRow(request, context);
  const { archives, bounds, log } = context;
  if (archives === undefined || isLocalOnly(row)) throw noArchive(row);
  const free = takeDownload(bounds, request.exchange);
  request.exchange.onDone(free);
  try {
    const paths = await archives.find(row.identity.uuid ?? '', row.startUs / 1000, endMs(row));
    const lines = archives.lines(paths, row.startTime, (error) =>
      log.debug('archive of a live connection', { error: error.message }),
    );
    const first = await lines.next();
    if (first.done === true) throw noArchive(row);
    return download(lines, first.value, request.exchange, free, log);
  } catch (error) {
    free();
    throw error;
  }
}

/**
 * Takes a turn for a download, and returns the function that gives it back. A download that takes too long is ended:
 * the client has no last chunk then, and knows that lines are missing.
 * @throws ProblemError 429 when all turns are taken
 */
function takeDownload({ downloads, downloadMs }: ApiBounds, exchange: Exchange): () => void {
  const free = downloads.take();
  const timer = setTimeout(() => exchange.abandon('unread'), downloadMs);
  return () => {
    clearTimeout(timer);
    free();
  };
}

function noArchive(row: StoreRow): ProblemError {
  const detail = isLocalOnly(row)
    ? 'connections over loopback have no archives'
    : 'there is no readable archive of this connection yet';
  return new ProblemError(404, 'ERR_NO_ARCHIVE', detail);
}

/** Returns whether a connection stays on this machine or link: the collector archives no such connection. */
function isLocalOnly({ identity: { localAddress, remoteAddress } }: StoreRow): boolean {
  return [localAddress, remoteAddress].some((text) => {
    const address = parseAddress(text ?? '');
    return address !== undefined && isLocal(address.bytes, address.family);
  });
}

/** Returns the answer that sends pieces of lines, each as soon as the client has read the one before. */
function download(
  lines: AsyncGenerator<string, void, undefined>,
  first: string,
  exchange: Exchange,
  free: () => void,
  log: Logger,
): Reply {
  const failed = (error: unknown): void => {
    log.warn('sending an archive failed', { error: String(error) });
    exchange.abandon('error');
  };
  const close = (): void => {
    free();
    lines.return().catch(failed);
  };
  exchange.onDone(close);
  const send = async (stream: AnswerStream): Promise<void> => {
    stream.write(first);
    await stream.drained();
    for await (const piece of lines) {
      stream.write(piece);
      await stream.drained();
      if (!stream.isOpen) return;
    }
    stream.end();
  };
  return {
    status: 200,
    headers: { 'Content-Type': 'application/x-ndjson; charset=utf-8' },
    start: (stream) => void send(stream).catch(failed),
  };
}

/** Returns the time after the last record of a connection, milliseconds since 1970. */
function endMs({ isOpen, endUs, closedUs }: StoreRow): number {
  return isOpen ? Date.now() : Math.max(endUs, closedUs ?? endUs) / 1000;
}
