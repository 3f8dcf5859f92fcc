/** Live screen of connections: model, keys and layout. Pure: input and output are in `cmd/tcp-info/top/`. */
export { ARCHIVE_COLUMNS, type Column, DEFAULT_COLUMNS, findColumn, NEEDED_FIELDS } from './columns.js';
export { filterError } from './filter-editor.js';
export { FrozenView, MAX_FROZEN_ROWS } from './frozen.js';
export { groupFilter, MAX_UNFOLDED_ROWS } from './group-list.js';
export { type Key, KeyDecoder, type KeyName } from './keys.js';
export { type Effect, type ModelOptions, type Sorting, TopModel } from './model.js';
export { press } from './press.js';
export { printedLines } from './printed.js';
export { type Frame, type Place, Screen } from './screen.js';
export { COLOUR_STYLES, moveTo, PLAIN_STYLES, type StyleCodes, screenDiff } from './screen-diff.js';
export { LEAST_COLUMNS, LEAST_ROWS, smallFrame } from './small-screen.js';
export {
  type ExtentJson,
  SourceError,
  type SourceEvent,
  type SourceMode,
  type TimelineCellJson,
  type TimelineJson,
  type TimelineRequest,
  type TopSource,
} from './source.js';
export { testsProcess } from './tests-process.js';
export { fitModel, topFrame } from './top-screen.js';
