import { NoHttpError } from '../../answers/index.js';
import type { Reply } from '../../http/index.js';
import type { ConnectionHttpJson } from '../../wire/index.js';
import { type ApiContext, type ApiRequest, type ApiRoute, jsonAnswer } from '../context.js';
import { findRow } from '../find-row.js';
import { ProblemError } from '../problem.js';

/** Most hosts of an answer, and those without a limit. */
const MAX_HOSTS = 1000;
const DEFAULT_HOSTS = 100;
const NOT_FOUND = 404;

/** Routes for HTTP exchanges that are read from packets. */
export const HTTP_ROUTES: readonly ApiRoute[] = [
  {
    path: '/http',
    summary: 'Hosts of the HTTP exchanges of the last 10 whole seconds, those with most messages first',
    parameters: ['limit'],
    answers: [{ type: 'application/json', schema: 'HttpJson', description: 'Hosts' }],
    errors: [NOT_FOUND],
    handle: hosts,
  },
  {
    path: '/connections/{id}/http',
    summary: 'The last 100 HTTP exchanges of a connection',
    parameters: ['netns'],
    answers: [{ type: 'application/json', schema: 'ConnectionHttpJson', description: 'Exchanges' }],
    handle: exchanges,
  },
];

function hosts({ parameters }: ApiRequest, { exchanges: answers }: ApiContext): Reply {
  const limit = parameters.integer('limit', { min: 1, max: MAX_HOSTS }) ?? DEFAULT_HOSTS;
  return jsonAnswer(withProblem(() => answers.hosts(limit)));
}

async function exchanges(request: ApiRequest, context: ApiContext): Promise<Reply> {
  const { key, identity } = await findRow(request, context);
  const uuid = identity.uuid ?? null;
  const found = withProblem(() => context.exchanges.exchangesOf(uuid ?? ''));
  const answer: ConnectionHttpJson = { key, uuid, exchanges: found };
  return jsonAnswer(answer);
}

function withProblem<T>(answer: () => T): T {
  try {
    return answer();
  } catch (error) {
    throw error instanceof NoHttpError ? new ProblemError(NOT_FOUND, error.code, error.message) : error;
  }
}
