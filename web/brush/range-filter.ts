import type { StatusJson } from '../../live/wire/index.js';
import type { Place } from '../state/index.js';
import { rangeOfPlace } from './time-range.js';

/** Kind of the store: a live one, or one of archives. */
export type StoreMode = StatusJson['mode'];

/**
 * Returns the condition for connections that were there in the range of a place: they began before its end and ended
 * after its begin. Empty without a range. In archives a connection without an end was seen until its last record.
 */
export function rangeFilter(place: Pick<Place, 'from' | 'until'>, mode: StoreMode): string {
  const { fromMs, untilMs } = rangeOfPlace(place) ?? {};
  const time = (ms: number): string => `"${new Date(ms).toISOString()}"`;
  const ended = mode === 'archive' ? 'connection.endTime >=' : 'open = true or closedTime >=';
  const parts = [
    ...(untilMs === undefined ? [] : [`connection.startTime < ${time(untilMs)}`]),
    ...(fromMs === undefined ? [] : [`(${ended} ${time(fromMs)})`]),
  ];
  return parts.join(' and ');
}

/** Returns the filter of a place together with that of its range: what the lists of the page ask for. */
export function chosenFilter(place: Pick<Place, 'filter' | 'from' | 'until'>, mode: StoreMode = 'live'): string {
  const range = rangeFilter(place, mode);
  const filter = place.filter.trim();
  if (range === '') return filter;
  return filter === '' ? range : `(${filter}) and ${range}`;
}

/** Returns the position in the filter of a place of one in its {@link chosenFilter}. */
export function ownPosition(place: Pick<Place, 'filter' | 'from' | 'until'>, at: number): number {
  // The filter stands in parentheses.
  return rangeOfPlace(place) === undefined ? at : Math.max(0, Math.min(place.filter.trim().length, at - 1));
}

/** Returns a filter with a further condition; the same filter if it has that condition already. */
export function withCondition(filter: string, condition: string): string {
  const known = filter.trim();
  if (known === '') return condition;
  return known === condition || known.endsWith(`) and ${condition}`) ? known : `(${known}) and ${condition}`;
}
