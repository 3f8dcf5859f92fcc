import type { Reply } from '../../http/index.js';
import type { ServicesJson } from '../../wire/index.js';
import { type ApiContext, type ApiRoute, jsonAnswer } from '../context.js';
import { ProblemError } from '../problem.js';

const ANSWERS = [{ type: 'application/json', schema: 'ServicesJson', description: 'Services' }];
const NOT_FOUND = 404;

/** Routes for watched services. */
export const SERVICE_ROUTES: readonly ApiRoute[] = [
  {
    path: '/services',
    summary: 'Watched services and their statistics since the start of the collector',
    parameters: [],
    answers: ANSWERS,
    errors: [NOT_FOUND],
    handle: (_, context) => answer(context),
  },
  {
    path: '/services/{id}',
    summary: 'One watched service, in each network namespace where it was used',
    id: 'Name of a service in the file of services.',
    parameters: [],
    answers: ANSWERS,
    handle: ({ id }, context) => answer(context, id),
  },
];

async function answer({ services: answering }: ApiContext, name?: string): Promise<Reply> {
  if (answering === undefined) {
    throw new ProblemError(NOT_FOUND, 'ERR_NO_SERVICES', 'no services are watched: start the collector with -services');
  }
  const services = await reports(answering, name);
  if (name !== undefined && services.length === 0) {
    throw new ProblemError(NOT_FOUND, 'ERR_NO_SERVICE', 'the file of services has no service of this name');
  }
  const json: ServicesJson = { time: new Date().toISOString(), enforce: answering.enforce, services };
  return jsonAnswer(json);
}

async function reports(
  answering: NonNullable<ApiContext['services']>,
  name: string | undefined,
): Promise<ServicesJson['services']> {
  try {
    return await answering.reports(name);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'SockDiagError') throw error;
    throw new ProblemError(503, 'ERR_KERNEL', error.message, {}, { 'Retry-After': '1' });
  }
}
