import { NoNetworkError } from '../../answers/index.js';
import { type ApiRoute, jsonAnswer } from '../context.js';
import { ProblemError } from '../problem.js';

const NOT_FOUND = 404;

/** Route for the machine's network beyond connections. */
export const NETWORK_ROUTE: ApiRoute = {
  path: '/network',
  summary: "The machine's network beyond connections: queues of listeners, local ports, memory, counters of the kernel",
  parameters: [],
  answers: [{ type: 'application/json', schema: 'NetworkJson', description: 'Figures' }],
  errors: [NOT_FOUND],
  handle: async (_, { network }) => {
    try {
      return jsonAnswer(await network.network());
    } catch (error) {
      throw error instanceof NoNetworkError ? new ProblemError(NOT_FOUND, error.code, error.message) : error;
    }
  },
};
