import { CLOSED_CHOICES, type ViewRequest } from '../answers/index.js';
import type { ParameterName, Parameters } from './parameters.js';

/** Parameters of views. */
export const VIEW_PARAMETERS: readonly ParameterName[] = ['filter', 'sort', 'offset', 'limit', 'fields', 'closed'];

const MAX_OFFSET = 1e9;

/**
 * Returns the request for a view.
 * @param maxLimit most rows of the window
 * @throws ProblemError
 */
export function viewRequest(parameters: Parameters, maxLimit: number): ViewRequest {
  const [filter, sort, fields] = [parameters.text('filter'), parameters.text('sort'), parameters.text('fields')];
  const offset = parameters.integer('offset', { min: 0, max: MAX_OFFSET });
  const limit = parameters.integer('limit', { min: 1, max: maxLimit });
  const closed = parameters.word('closed', CLOSED_CHOICES);
  return {
    ...(filter === undefined ? {} : { filter }),
    ...(sort === undefined ? {} : { sort }),
    ...(fields === undefined ? {} : { fields }),
    ...(offset === undefined ? {} : { offset }),
    ...(limit === undefined ? {} : { limit }),
    ...(closed === undefined ? {} : { closed }),
  };
}
