import type { Reply } from '../../http/index.js';
import type { ServiceAction, ServiceCommandJson } from '../../wire/index.js';
import { bodyText } from '../body.js';
import {
  type ApiContext,
  type ApiRequest,
  type ApiRoute,
  jsonAnswer,
  type RouteBody,
  type ServicesAnswering,
} from '../context.js';
import { ProblemError } from '../problem.js';

/** Letters of a body in the log: a command has fewer, but for blanks. */
const MAX_LOGGED = 200;

const EMPTY: RouteBody = { schema: 'ServiceEmptyJson', description: 'Nothing, or an empty object' };

/** Routes for commands on watched services. */
export const SERVICE_COMMAND_ROUTES: readonly ApiRoute[] = [
  commandRoute('reject', 'Refuses an address or prefix, and ends its open connections', {
    schema: 'ServiceRejectJson',
    description: 'Address or prefix, and for how long',
  }),
  commandRoute('release', 'Releases an address or prefix that was refused by a command', {
    schema: 'ServiceReleaseJson',
    description: 'Address or prefix, as it was rejected',
  }),
  commandRoute('close', 'Ends open connections: of an address or prefix, of a UUID, or idle ones', {
    schema: 'ServiceCloseJson',
    description: 'One of address or prefix, UUID, and idle time',
  }),
  commandRoute('drain', 'Ends new connections, and open ones: idle ones now, the rest after wait_timeout', EMPTY),
  commandRoute('undrain', 'Lets connections be again', EMPTY),
];

/** Returns the answers about services. @throws ProblemError without */
export function servicesOf({ services }: ApiContext): ServicesAnswering {
  if (services !== undefined) return services;
  throw new ProblemError(404, 'ERR_NO_SERVICES', 'no services are watched: start the collector with -services');
}

/** Creates the error for a service that there is not. */
export function unknownService(): ProblemError {
  return new ProblemError(404, 'ERR_NO_SERVICE', 'the file of services has no service of this name');
}

function commandRoute(action: ServiceAction, summary: string, body: RouteBody): ApiRoute {
  return {
    path: `/services/{id}/${action}`,
    summary,
    id: 'Name of a service in the file of services.',
    parameters: [],
    body,
    // So was `curl -d` before there were routes that insist.
    anyContentType: true,
    answers: [{ type: 'application/json', schema: 'ServiceCommandJson', description: 'Result' }],
    handle: (request, context) => command(action, request, context),
  };
}

async function command(action: ServiceAction, { id, exchange }: ApiRequest, context: ApiContext): Promise<Reply> {
  const services = servicesOf(context);
  if (services.enforce === 'off') {
    throw new ProblemError(
      403,
      'ERR_NOT_ENFORCED',
      'the collector only counts connections: start it with -services.enforce, or -services.enforce=dry-run',
    );
  }
  const body = await bodyText(exchange);
  const result = carryOut(services, id, action, body);
  if (result === undefined) throw unknownService();
  const { closed, released, draining } = result;
  context.log.info('command for a service', {
    ...{
      service: id,
      action,
      body: body.trim().slice(0, MAX_LOGGED),
      enforce: services.enforce,
      side: exchange.side,
      closed,
    },
    ...{ released: released ?? undefined, draining },
  });
  const json: ServiceCommandJson = { time: new Date().toISOString(), ...result };
  return jsonAnswer(json);
}

function carryOut(
  services: ServicesAnswering,
  name: string,
  action: ServiceAction,
  body: string,
): ReturnType<ServicesAnswering['command']> {
  try {
    return services.command(name, action, body);
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message: string };
    if (code === 'ERR_CONTROL_COMMAND') throw new ProblemError(400, 'ERR_BODY', message);
    if (code === 'ERR_TOO_MANY_BANS') throw new ProblemError(409, 'ERR_TOO_MANY_BANS', message);
    throw error;
  }
}
