import { type ApiRoute, methodOf, type RouteBody } from '../context.js';
import { PARAMETERS, type ParameterName } from '../parameters.js';
import { WIRE_SCHEMAS } from './wire-schemas.js';

/** Status codes of errors that any route may answer. */
const ERRORS = [400, 401, 403, 405, 413, 414, 421, 429, 500, 503] as const;
/** Further ones of routes with an id. */
const ID_ERRORS = [404, 409] as const;
/** Further ones of routes with a body. */
const BODY_ERRORS = [411] as const;
/** Further ones of routes that change something. */
const TYPE_ERRORS = [415] as const;

const CONNECTION_ID =
  'UUID of a connection, 1 to 16 hexadecimal digits that end one, cookie:54725 (SO_COOKIE), or ' +
  '10.0.0.1:443-10.0.0.2:5001.';

/** Returns the description of the API in OpenAPI 3.1. */
export function openApiDocument(routes: readonly ApiRoute[], base: string, version: string): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'tcp-info live API',
      version,
      description: 'TCP connections of a machine as they are now, and as they were in the last minutes.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: base }],
    security: [{ token: [] }],
    paths: pathsOf(routes),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'Not needed on a unix socket.' } },
      schemas: WIRE_SCHEMAS,
    },
  };
}

function pathsOf(routes: readonly ApiRoute[]): Record<string, Record<string, object>> {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [methodOf(route).toLowerCase()]: operation(route) };
  }
  return paths;
}

function operation(route: ApiRoute): object {
  const { path, summary, id, parameters, body, answers, errors: own = [] } = route;
  const hasId = path.includes('{id}');
  const method = methodOf(route);
  const isStrict = method !== 'GET' && route.anyContentType !== true;
  const errors = [
    ...ERRORS,
    ...(hasId ? ID_ERRORS : []),
    ...(body === undefined ? [] : BODY_ERRORS),
    ...(isStrict ? TYPE_ERRORS : []),
    ...own,
  ];
  return {
    summary,
    operationId: operationId(method.toLowerCase(), path),
    parameters: [...(hasId ? [idParameter(id ?? CONNECTION_ID)] : []), ...parameters.map(parameter)],
    ...(body === undefined ? {} : { requestBody: requestBody(body) }),
    responses: {
      [String(route.success ?? 200)]: {
        description: [...new Set(answers.map(({ description }) => description))].join(', '),
        content: Object.fromEntries(
          answers.map(({ type, schema }) => [type, schema === undefined ? {} : { schema: reference(schema) }]),
        ),
      },
      ...Object.fromEntries(errors.toSorted((a, b) => a - b).map((status) => [String(status), PROBLEM])),
    },
  };
}

function requestBody({ schema, description }: RouteBody): object {
  return { description, content: { 'application/json': { schema: reference(schema) } } };
}

function idParameter(description: string): object {
  return { name: 'id', in: 'path', required: true, description, schema: { type: 'string' } };
}

function parameter(name: ParameterName): object {
  const { description, schema } = PARAMETERS[name];
  return { name, in: 'query', description, schema };
}

/** Returns a name for generated clients: `/connections/{id}/stream` → `getConnectionStream`. */
function operationId(method: string, path: string): string {
  const words = path
    .replace('/connections/{id}', '/connection')
    .replace('/services/{id}', '/service')
    .replace('/watches/{id}', '/watch')
    .split(/[/.]/)
    .filter((word) => word !== '');
  return `${method}${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}`;
}

function reference(schema: string): object {
  return { $ref: `#/components/schemas/${schema}` };
}

const PROBLEM = {
  description: 'Error',
  content: { 'application/problem+json': { schema: reference('ProblemJson') } },
};
