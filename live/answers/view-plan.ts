import { type CompiledExpression, compileExpression } from '../../expression/index.js';
import { type ConnectionStore, rowVocabulary, type StoreRow } from '../store/index.js';
import { CLOSED_CHOICES, type ClosedChoice } from '../wire/index.js';
import { RequestError } from './request-error.js';
import { type ChosenFields, parseFields } from './row-json.js';
import { RowSorter } from './row-sorter.js';
import type { SlicedWork } from './slices.js';
import { parseSortBy, type SortKey } from './sort-keys.js';
import type { ViewRequest } from './view-request.js';

/** Most rows in a window. */
export const MAX_LIMIT = 10_000;
const DEFAULT_LIMIT = 100;

/** Rows that a request chooses. */
export interface RowChoice {
  readonly filter: CompiledExpression<StoreRow> | undefined;
  readonly closed: ClosedChoice;
}

/** Checked request for a view. */
export interface ViewPlan extends RowChoice {
  readonly sort: readonly SortKey[];
  readonly offset: number;
  readonly limit: number;
  readonly fields: ChosenFields;
}

/** Checks a request. @throws ExpressionError, RequestError */
export function planView(request: ViewRequest, mode: ConnectionStore['mode']): ViewPlan {
  return {
    ...planChoice(request, mode),
    sort: parseSortBy(request.sort ?? DEFAULT_SORT[mode], rowVocabulary(mode).vocabulary),
    offset: checkCount('offset', request.offset ?? 0, Number.MAX_SAFE_INTEGER),
    limit: checkCount('limit', request.limit ?? DEFAULT_LIMIT, MAX_LIMIT),
    fields: parseFields(request.fields ?? 'default', rowVocabulary(mode)),
  };
}

const DEFAULT_SORT: Readonly<Record<ConnectionStore['mode'], string>> = {
  live: '-now.throughputBytesPerSec',
  archive: '-connection.atWorkUs',
};

/** Checks which rows a request chooses. @throws ExpressionError, RequestError */
export function planChoice(
  { filter, closed = 'false' }: Pick<ViewRequest, 'filter' | 'closed'>,
  mode: ConnectionStore['mode'],
): RowChoice {
  if (!CLOSED_CHOICES.includes(closed)) {
    throw new RequestError('closed', `closed: ${JSON.stringify(closed)} is not one of ${CLOSED_CHOICES.join(', ')}`);
  }
  const isEmpty = filter === undefined || filter.trim() === '';
  return { filter: isEmpty ? undefined : compileExpression(filter, rowVocabulary(mode).vocabulary), closed };
}

/** Checks a count. @throws RequestError */
export function checkCount(parameter: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new RequestError(parameter, `${parameter}: ${value} is not a whole number from 0 to ${max}`);
}

/** Returns whether a row is chosen. */
export function isChosen(row: StoreRow, { filter, closed }: RowChoice): boolean {
  if (closed === 'false' ? !row.isOpen : closed === 'only' && row.isOpen) return false;
  return filter === undefined || filter.matches(row);
}

/** Window of sorted rows, and the number of all chosen ones. */
export interface RowWindow {
  readonly rows: readonly StoreRow[];
  readonly matched: number;
}

/** Rows that are filtered in one step. */
const CHUNK = 64;

/** Chooses and sorts rows, and returns the window, in steps. */
export function* windowOf(store: ConnectionStore, plan: ViewPlan): SlicedWork<RowWindow> {
  const { sort, offset, limit } = plan;
  const most = offset + limit;
  // A copy is faster to walk: the iterator of a map makes an object for each row.
  const rows = [...store.rows()];
  const sorter = new RowSorter(rows, sort, most);
  let matched = 0;
  for (let place = 0; place < rows.length; place++) {
    const row = rows[place];
    if (row !== undefined && isChosen(row, plan)) {
      matched++;
      if (sorter.add(place)) yield* sorter.tidy();
    }
    if (place % CHUNK === CHUNK - 1) yield;
  }
  const sorted = yield* sorter.first();
  return { rows: sorted.slice(offset, most), matched };
}
