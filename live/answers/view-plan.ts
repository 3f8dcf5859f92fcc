import { type CompiledExpression, compileExpression } from '../../expression/index.js';
import { type ConnectionStore, ROW_VOCABULARY, type StoreRow } from '../store/index.js';
import { RequestError } from './request-error.js';
import { type ChosenFields, parseFields } from './row-json.js';
import type { SlicedWork } from './slices.js';
import { compareRows, parseSort, type SortedRow, type SortKey } from './sort-keys.js';
import { CLOSED_CHOICES, type ClosedChoice, type ViewRequest } from './view-request.js';

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
    ...planChoice(request),
    sort: parseSort(request.sort ?? DEFAULT_SORT[mode]),
    offset: checkCount('offset', request.offset ?? 0, Number.MAX_SAFE_INTEGER),
    limit: checkCount('limit', request.limit ?? DEFAULT_LIMIT, MAX_LIMIT),
    fields: parseFields(request.fields ?? 'default'),
  };
}

const DEFAULT_SORT: Readonly<Record<ConnectionStore['mode'], string>> = {
  live: '-now.throughputBytesPerSec',
  archive: '-connection.bytesSent',
};

/** Checks which rows a request chooses. @throws ExpressionError, RequestError */
export function planChoice({ filter, closed = 'false' }: Pick<ViewRequest, 'filter' | 'closed'>): RowChoice {
  if (!CLOSED_CHOICES.includes(closed)) {
    throw new RequestError('closed', `closed: ${JSON.stringify(closed)} is none of ${CLOSED_CHOICES.join(', ')}`);
  }
  const isEmpty = filter === undefined || filter.trim() === '';
  return { filter: isEmpty ? undefined : compileExpression(filter, ROW_VOCABULARY), closed };
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

/** Rows that are filtered in one step, and sorted at once. */
const CHUNK = 64;
const SORTED_AT_ONCE = 256;

/** Chooses and sorts rows, and returns the window, in steps. */
export function* windowOf(store: ConnectionStore, plan: ViewPlan): SlicedWork<RowWindow> {
  const { sort, offset, limit } = plan;
  const most = offset + limit;
  const compare = (a: SortedRow, b: SortedRow) => compareRows(sort, a, b);
  const runs: SortedRow[][] = [];
  let chunk: SortedRow[] = [];
  let matched = 0;
  let seen = 0;
  for (const row of store.rows()) {
    if (isChosen(row, plan)) {
      matched++;
      chunk.push({ row, values: sort.map((key) => key.read(row)) });
      if (chunk.length === SORTED_AT_ONCE) {
        yield;
        runs.push(chunk.sort(compare));
        chunk = [];
        yield* mergeEqualRuns(runs, most, compare);
      }
    }
    if (++seen % CHUNK === 0) yield;
  }
  let sorted = chunk.sort(compare).slice(0, most);
  for (let run = runs.pop(); run !== undefined; run = runs.pop()) sorted = yield* merged(run, sorted, most, compare);
  return { rows: sorted.slice(offset, most).map(({ row }) => row), matched };
}

/** Merges the last two runs while they are about as long, so that no element is merged more often than needed. */
function* mergeEqualRuns<T>(runs: T[][], most: number, compare: (a: T, b: T) => number): SlicedWork<void> {
  for (;;) {
    const [before, last] = [runs.at(-2), runs.at(-1)];
    if (before === undefined || last === undefined || before.length > last.length) return;
    runs.splice(-2, 2, yield* merged(before, last, most, compare));
  }
}

/** Elements that are merged in one step. */
const MERGED_AT_ONCE = 512;

/** Merges two sorted lists, up to `most` elements. */
function* merged<T>(a: T[], b: T[], most: number, compare: (a: T, b: T) => number): SlicedWork<T[]> {
  if (a.length === 0) return b.slice(0, most);
  const result: T[] = [];
  let [i, j] = [0, 0];
  while (result.length < most && (i < a.length || j < b.length)) {
    const [left, right] = [a[i], b[j]];
    if (right === undefined || (left !== undefined && compare(left, right) <= 0)) {
      if (left !== undefined) result.push(left);
      i++;
    } else {
      result.push(right);
      j++;
    }
    if (result.length % MERGED_AT_ONCE === 0) yield;
  }
  return result;
}
