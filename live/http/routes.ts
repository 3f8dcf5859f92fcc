import { type Answer, textAnswer } from './answer.js';
import type { Exchange, Handler } from './exchange.js';

/** Resource of an HTTP server, for GET and HEAD. */
export interface Route {
  /** Path from the first slash, without a query. */
  readonly path: string;
  readonly handler: Handler;
}

/** Result of a health check. */
export type Health = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Creates a route for probes: 200 while `check` returns ok, else 503 with the reason. */
export function healthRoute(path: string, check: () => Health): Route {
  const handler = (): Answer => {
    const health = check();
    return health.ok ? textAnswer(200, 'ok\n') : textAnswer(503, `${health.reason}\n`);
  };
  return { path, handler };
}

/** Creates the handler that serves routes: 404 for any other path, 405 for any method but GET and HEAD. */
export function serveRoutes(routes: readonly Route[]): Handler {
  const handlers = new Map(routes.map(({ path, handler }) => [path, handler]));
  return (exchange: Exchange) => {
    const handler = handlers.get(exchange.target.split('?', 1)[0] ?? '');
    if (handler === undefined) return textAnswer(404, '404 page not found\n');
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD') {
      return textAnswer(405, 'method not allowed\n', { Allow: 'GET, HEAD' });
    }
    return handler(exchange);
  };
}
