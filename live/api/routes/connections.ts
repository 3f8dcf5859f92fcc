import type { Exchange, Reply } from '../../http/index.js';
import type { StoreRow } from '../../store/index.js';
import { type ApiContext, type ApiRequest, type ApiRoute, jsonAnswer, largeAnswer } from '../context.js';
import { findRow } from '../find-row.js';
import { ProblemError, parameterError } from '../problem.js';
import { LARGE_ROWS } from '../slots.js';
import { VIEW_PARAMETERS, viewRequest } from '../view-parameters.js';

/** Most rows of a list. */
const MAX_ROWS = 10_000;
const DEFAULT_WINDOW_US = 60e6;
const MAX_WINDOW_US = 24 * 3600e6;
const DEFAULT_TIMEOUT_US = 30e6;
const MAX_TIMEOUT_US = 60e6;

/** Routes for lists of connections, and for one connection. */
export const CONNECTION_ROUTES: readonly ApiRoute[] = [
  {
    path: '/connections',
    summary: 'Window of a filtered and sorted list of connections',
    parameters: VIEW_PARAMETERS,
    answers: [{ type: 'application/json', schema: 'ViewJson', description: 'Window' }],
    handle: list,
  },
  {
    path: '/connections/{id}',
    summary: 'One connection; with wait=closed as soon as it has ended',
    parameters: ['netns', 'window', 'wait', 'timeout'],
    answers: [{ type: 'application/json', schema: 'ConnectionAnswerJson', description: 'Connection' }],
    handle: connection,
  },
];

async function list({ parameters, exchange }: ApiRequest, { answering, bounds }: ApiContext): Promise<Reply> {
  const request = viewRequest(parameters, MAX_ROWS);
  if ((request.limit ?? 0) <= LARGE_ROWS) return jsonAnswer(await answering.view(request));
  return await largeAnswer(bounds, exchange, () => answering.viewBytes(request));
}

async function connection(request: ApiRequest, context: ApiContext): Promise<Reply> {
  const { parameters, exchange } = request;
  const windowUs = parameters.durationUs('window', { min: 1e6, max: MAX_WINDOW_US }) ?? DEFAULT_WINDOW_US;
  const waits = parameters.word('wait', ['closed']) !== undefined;
  const timeoutUs = parameters.durationUs('timeout', { min: 0, max: MAX_TIMEOUT_US });
  if (timeoutUs !== undefined && !waits) throw parameterError('timeout', 'it needs wait=closed');
  const row = await findRow(request, context);
  await context.store.prepare?.(row);
  if (!waits) return jsonAnswer(context.answering.connection(row, windowUs));
  const timedOut = await waitForEnd(row, timeoutUs ?? DEFAULT_TIMEOUT_US, exchange, context);
  return jsonAnswer({ ...context.answering.connection(row, windowUs), timedOut });
}

/**
 * Waits until a connection has ended. Resolves to true if the time was over before.
 * @throws ProblemError 429 when too many wait, 503 when the server stops
 */
async function waitForEnd(
  row: StoreRow,
  timeoutUs: number,
  exchange: Exchange,
  { store, bounds, stopping }: ApiContext,
): Promise<boolean> {
  if (!row.isOpen) return false;
  const free = bounds.waits.take();
  let cleanUp = (): void => undefined;
  try {
    return await new Promise<boolean>((resolve, reject) => {
      const timer = setTimeout(() => resolve(true), timeoutUs / 1000);
      const forget = store.onClosed(row, () => resolve(false));
      const stop = (): void => reject(new ProblemError(503, 'ERR_STOPPING', 'the collector is stopping'));
      if (stopping.aborted) stop();
      stopping.addEventListener('abort', stop);
      cleanUp = () => {
        clearTimeout(timer);
        forget();
        stopping.removeEventListener('abort', stop);
      };
      exchange.onDone(() => resolve(true)); // the client has left
      exchange.watch();
    });
  } finally {
    cleanUp();
    free();
  }
}
