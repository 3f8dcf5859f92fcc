/** Rows of connections for the eye: values, columns, texts and windows that `top` and the page share. */
export { alertChange, alertCounts, alertSubject, alertValue, unitOfRule } from './alert-texts.js';
export { CLOSED_WORDS, nextClosed } from './closed-words.js';
export type { ColumnShape } from './column-shape.js';
export { ARCHIVE_COLUMNS, ARCHIVE_ORDER, type Column, Columns, DEFAULT_COLUMNS, NEEDED_FIELDS } from './columns.js';
export { endpointCell } from './endpoint-cell.js';
export { FILTER_EXAMPLES } from './filter-examples.js';
export { GROUPINGS, type GroupValue, groupFilter } from './groupings.js';
export { LiveWindow, mergeRow } from './live-window.js';
export { endingText, type RowFact, type RowFactPart, rowFacts, rttText } from './row-facts.js';
export { rowValue } from './row-field.js';
export { type DescribedField, type FoundField, fieldName, RowFields } from './row-fields.js';
export { RowList } from './row-list.js';
export { endText, limitedText, processText, stateText } from './row-texts.js';
export { cutText, cutWords, wrapText } from './text-cut.js';
export { ageText, type Cell, type FieldType, type Look, rateText, valueText } from './values.js';
