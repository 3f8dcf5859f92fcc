import type { ViewJson } from '../../live/wire/index.js';
import type { FrozenView } from '../../view/rows/expressions/index.js';
import { RowFields } from '../../view/rows/index.js';
import type { Page } from '../state/index.js';

/**
 * Copies the rows of the view with all their values, also closed ones, so that filter, order and choice can be changed.
 * @throws ProblemError
 */
export async function copyRows({ api, fields, place: { filter, sort } }: Page): Promise<FrozenView> {
  // Loaded when it is needed first: it has the whole language of the filter.
  const { FrozenView: Copy, jsonVocabulary, MAX_FROZEN_ROWS } = await import('../../view/rows/expressions/index.js');
  const view = await api.get<ViewJson>('/connections', {
    filter: filter || undefined,
    sort: sort || undefined,
    closed: 'true',
    limit: MAX_FROZEN_ROWS,
    fields: 'all',
  });
  return new Copy(view, performance.now(), jsonVocabulary(new RowFields(fields.all), fields.flags));
}
