import type { LiveCode, LiveMetrics } from '../../metrics/index.js';
import type { Exchange, Handler, Reply } from '../http/index.js';
import { requireJson } from './body.js';
import { type ApiContext, type ApiRoute, methodOf } from './context.js';
import type { Gate } from './gate/gate.js';
import { SECURITY_HEADERS } from './headers.js';
import { isPagePath, type PageFiles } from './page/page-files.js';
import { Parameters } from './parameters.js';
import { methodError, ProblemError, parameterError, problemAnswer, toProblem } from './problem.js';

/** Path below which all routes are. */
export const BASE = '/api/v1';

/**
 * Creates the handler of the API and the page: gate, then route. Every error is answered as a problem, and counted.
 * @param page files of the page; undefined: none is served
 */
export function createApiHandler(
  gate: Gate,
  routes: readonly ApiRoute[],
  page: PageFiles | undefined,
  context: ApiContext,
): Handler {
  const { metrics } = context;
  return async (exchange) => {
    let reply: Reply;
    try {
      if (page !== undefined && isPagePath(pathOf(exchange))) {
        gate.checkPage(exchange);
        refuseWhenStopping(context);
        reply = await page.answer(exchange, pathOf(exchange));
      } else {
        gate.check(exchange);
        reply = await answer(exchange, routes, context);
      }
    } catch (error) {
      const problem = toProblem(error) ?? defect(error, exchange, context);
      if (problem.code === 'ERR_LIMIT') context.onLimit();
      reply = problemAnswer(problem);
    }
    count(metrics, reply.status);
    return { ...reply, headers: { ...SECURITY_HEADERS, ...reply.headers } };
  };
}

function count({ requests }: LiveMetrics, status: number): void {
  requests.inc(String(status) as LiveCode);
}

async function answer(exchange: Exchange, routes: readonly ApiRoute[], context: ApiContext): Promise<Reply> {
  refuseWhenStopping(context);
  const [path = '', query = ''] = splitOnce(exchange.target, '?');
  const segments = path.startsWith(`${BASE}/`) ? path.slice(BASE.length).split('/') : [];
  const others: ApiRoute[] = [];
  for (const route of routes) {
    const id = match(route.path.split('/'), segments);
    if (id === undefined) continue;
    if (!hasMethod(route, exchange)) {
      others.push(route);
      continue;
    }
    const parameters = new Parameters(query, route.parameters);
    if (methodOf(route) !== 'GET' && route.anyContentType !== true) requireJson(exchange);
    return await route.handle({ exchange, parameters, id }, context);
  }
  if (others.length > 0) throw methodError(exchange.method, others.map(allowed).join(', '));
  throw new ProblemError(404, 'ERR_NO_ROUTE', `there is no such resource; ${BASE}/openapi.json lists all`);
}

/** @throws ProblemError */
function refuseWhenStopping({ stopping }: ApiContext): void {
  if (stopping.aborted) throw new ProblemError(503, 'ERR_STOPPING', 'the collector is stopping');
}

function pathOf({ target }: Exchange): string {
  return splitOnce(target, '?')[0];
}

function hasMethod(route: ApiRoute, { method }: Exchange): boolean {
  return methodOf(route) === (method === 'HEAD' ? 'GET' : method);
}

function allowed(route: ApiRoute): string {
  const method = methodOf(route);
  return method === 'GET' ? 'GET, HEAD' : method;
}

/** Returns the decoded id of a path that matches, an empty text for a route without one, undefined for another path. */
function match(pattern: readonly string[], segments: readonly string[]): string | undefined {
  if (pattern.length !== segments.length) return undefined;
  let id = '';
  for (const [i, part] of pattern.entries()) {
    const segment = segments[i] ?? '';
    if (part === '{id}') id = segment;
    else if (part !== segment) return undefined;
  }
  try {
    return decodeURIComponent(id);
  } catch {
    throw parameterError('id', 'its percent encoding is not valid');
  }
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** Logs a defect, and returns the error for the client, which says nothing about it. */
function defect(error: unknown, { target }: Exchange, { log }: ApiContext): ProblemError {
  log.error('request to the live API failed', {
    path: splitOnce(target, '?')[0],
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    metric: 'tcpinfo_live_requests_total{code="500"}',
  });
  return new ProblemError(500, 'ERR_INTERNAL', 'the request failed; the log of the collector says why');
}
