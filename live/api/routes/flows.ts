import { FlowsError, type FlowsRequest } from '../../answers/index.js';
import type { Reply } from '../../http/index.js';
import { type ApiContext, type ApiRequest, type ApiRoute, JSON_HEADERS, largeAnswer } from '../context.js';
import type { Parameters } from '../parameters.js';
import { limitError, ProblemError } from '../problem.js';
import { LARGE_ROWS } from '../slots.js';

/** Most flows of a list. */
const MAX_FLOWS = 10_000;
const NOT_FOUND = 404;

/** Route for the flows of connection tracking. */
export const FLOWS_ROUTE: ApiRoute = {
  path: '/conntrack',
  summary: "Flows in the connection tracking of a network namespace, the collector's own by default, as they are now",
  parameters: ['filter', 'nat', 'state', 'sort', 'limit', 'netns'],
  answers: [{ type: 'application/json', schema: 'FlowsJson', description: 'Flows' }],
  errors: [NOT_FOUND],
  handle: list,
};

async function list({ parameters, exchange }: ApiRequest, { flows, bounds, stopping }: ApiContext): Promise<Reply> {
  const request = flowsRequest(parameters);
  const ended = new AbortController();
  const stop = (): void => ended.abort(new ProblemError(503, 'ERR_STOPPING', 'the collector is stopping'));
  stopping.addEventListener('abort', stop);
  // No one reads the answer then.
  exchange.onDone(() => ended.abort(new ProblemError(503, 'ERR_KERNEL', 'the client has left')));
  try {
    const make = (): Promise<readonly Uint8Array[]> => flows.list(request, ended.signal);
    if ((request.limit ?? 0) > LARGE_ROWS) return await largeAnswer(bounds, exchange, make);
    return { status: 200, headers: JSON_HEADERS, body: await make() };
  } catch (error) {
    throw error instanceof FlowsError ? flowsProblem(error) : error;
  } finally {
    stopping.removeEventListener('abort', stop);
  }
}

/** @throws ProblemError */
function flowsRequest(parameters: Parameters): FlowsRequest {
  const [filter, state, sort] = [parameters.text('filter'), parameters.text('state'), parameters.text('sort')];
  const netns = parameters.text('netns');
  const nat = parameters.word('nat', ['false', 'true']);
  const limit = parameters.integer('limit', { min: 1, max: MAX_FLOWS });
  return {
    ...(filter === undefined ? {} : { filter }),
    ...(nat === undefined ? {} : { nat: nat === 'true' }),
    ...(state === undefined ? {} : { state }),
    ...(sort === undefined ? {} : { sort }),
    ...(netns === undefined ? {} : { netns }),
    ...(limit === undefined ? {} : { limit }),
  };
}

function flowsProblem({ code, message }: FlowsError): ProblemError {
  switch (code) {
    case 'ERR_NO_CONNTRACK':
      return new ProblemError(404, code, message);
    case 'ERR_BUSY':
      return limitError(message);
    case 'ERR_CHANGED':
      return new ProblemError(503, 'ERR_KERNEL', message, {}, { 'Retry-After': '1' });
    case 'ERR_KERNEL':
      return new ProblemError(503, code, message);
  }
}
