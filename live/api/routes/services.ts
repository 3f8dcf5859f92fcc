import type { Reply } from '../../http/index.js';
import type { ServicesJson } from '../../wire/index.js';
import { type ApiContext, type ApiRoute, jsonAnswer } from '../context.js';
import { ProblemError } from '../problem.js';
import { SERVICE_COMMAND_ROUTES, servicesOf, unknownService } from './service-commands.js';

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
  ...SERVICE_COMMAND_ROUTES,
];

async function answer(context: ApiContext, name?: string): Promise<Reply> {
  const answering = servicesOf(context);
  const services = await reports(answering, name);
  if (name !== undefined && services.length === 0) throw unknownService();
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
