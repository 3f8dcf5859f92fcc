import type { Reply } from '../../http/index.js';
import type { StoreRow } from '../../store/index.js';
import type { ApiContext, ApiRequest, ApiRoute, RecordReader } from '../context.js';
import { downloadAnswer, takeDownload } from '../download.js';
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
    return downloadAnswer(lines, {
      ...{ first: first.value, exchange: request.exchange, free, log },
      headers: { 'Content-Type': 'application/x-ndjson; charset=utf-8' },
    });
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

function noArchive(row: StoreRow): ProblemError {
  const detail = isLocalOnly(row) ? LOCAL_REASON : 'there is no readable archive of this connection yet';
  return new ProblemError(404, 'ERR_NO_ARCHIVE', detail);
}
