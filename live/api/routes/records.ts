import type { Logger } from '../../../log/index.js';
import type { AnswerStream, Exchange, Reply } from '../../http/index.js';
import type { StoreRow } from '../../store/index.js';
import type { ApiBounds, ApiContext, ApiRequest, ApiRoute, RecordReader } from '../context.js';
import { findRow } from '../find-row.js';
import { endMs, isLocalOnly, LOCAL_REASON } from '../past.js';
import { ProblemError } from '../problem.js';

/** Route for the archived records of one connection. */
export const RECORDS_ROUTE: ApiRoute = {
  path: '/connections/{id}/records',
  summary: 'Archived records of a connection, metadata first: lines for tcp-info show -',
  parameters: ['netns'],
  answers: [{ type: 'application/x-ndjson', description: 'Lines of archives' }],
  handle: records,
};

async function records(request: ApiRequest, context: ApiContext): Promise<Reply> {
  const row = await findRow(request, context);
  const { bounds, log } = context;
  const read = context.records ?? folderReader(context, row);
  if (read === undefined) throw noArchive(row);
  const free = takeDownload(bounds, request.exchange);
  request.exchange.onDone(free);
  try {
    const lines = read(row, (error) => log.debug('archive of a live connection', { error: error.message }));
    const first = await lines.next();
    if (first.done === true) throw noArchive(row);
    return download(lines, first.value, request.exchange, free, log);
  } catch (error) {
    free();
    throw error;
  }
}

/** Returns the reader of a connection's records in the output folder; undefined without any. */
function folderReader({ archives }: ApiContext, row: StoreRow): RecordReader | undefined {
  if (archives === undefined || isLocalOnly(row)) return undefined;
  const { folder } = archives;
  return async function* ({ identity, startUs, startTime }, onProblem) {
    const paths = await folder.find(identity.uuid ?? '', startUs / 1000, endMs(row));
    yield* folder.lines(paths, startTime, onProblem);
  };
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
  const detail = isLocalOnly(row) ? LOCAL_REASON : 'there is no readable archive of this connection yet';
  return new ProblemError(404, 'ERR_NO_ARCHIVE', detail);
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
