import { type ApiRoute, jsonAnswer } from '../context.js';

/**
 * Creates the route that describes all routes. The document is loaded with the first request for it.
 * @param routes all routes but this one
 */
export function openApiRoute(routes: readonly ApiRoute[], base: string): ApiRoute {
  const route: ApiRoute = {
    path: '/openapi.json',
    summary: 'This description',
    parameters: [],
    answers: [{ type: 'application/json', description: 'OpenAPI 3.1' }],
    handle: async (_, { facts }) => {
      const { openApiDocument } = await import('../openapi/document.js');
      return jsonAnswer(openApiDocument([...routes, route], base, facts.version));
    },
  };
  return route;
}
