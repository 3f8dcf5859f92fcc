import type { StoreRow } from '../store/index.js';
import type { ApiContext, ApiRequest } from './context.js';
import { ProblemError } from './problem.js';

/** Most connections named in an answer. */
const MAX_MATCHES = 20;

/**
 * Returns the connection that a request's id names.
 * @throws ProblemError 404 without one, 409 for several; RequestError for a text that is no id
 */
export async function findRow({ id, parameters }: ApiRequest, { answering }: ApiContext): Promise<StoreRow> {
  const rows = await answering.find(id, parameters.text('netns'));
  const [row] = rows;
  if (row === undefined) {
    throw new ProblemError(404, 'ERR_NO_CONNECTION', 'no open or recently closed connection has this id');
  }
  if (rows.length > 1) {
    const matches = rows.slice(0, MAX_MATCHES).map(({ key }) => key);
    throw new ProblemError(409, 'ERR_SEVERAL', `${rows.length} connections have this id`, { matches });
  }
  return row;
}
