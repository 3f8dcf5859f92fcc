import type { Vocabulary } from '../../expression/index.js';
import { ROW_FLAGS, rowVocabulary } from '../../live/store/index.js';
import type { RowJson, ViewJson } from '../../live/wire/index.js';
import {
  FrozenView,
  jsonVocabulary,
  type LackedValue,
  lastSecondValue,
  testsProcess,
} from '../rows/expressions/index.js';
import { COLUMNS } from './columns.js';

/** Names that expressions on rows in JSON may use: those of the store's rows. */
export const JSON_VOCABULARY: Vocabulary<RowJson> = jsonVocabulary(COLUMNS.fields, ROW_FLAGS);

/** Copies the rows of a view. */
export function freezeView(view: ViewJson, sinceMs: number): FrozenView {
  return new FrozenView(view, sinceMs, JSON_VOCABULARY);
}

/** Returns whether a filter depends on the process of a connection; the filter has no error. */
export function filterTestsProcess(filter: string): boolean {
  return testsProcess(filter, COLUMNS.fields);
}

/** Returns the first value of the last second that a filter tests; the filter has no error. */
export function lackedValue(filter: string): LackedValue | undefined {
  return lastSecondValue(filter, rowVocabulary('archive').vocabulary);
}
