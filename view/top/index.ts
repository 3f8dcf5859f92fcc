/** Live screen of connections: model, keys and layout. Pure: input and output are in `cmd/tcp-info/top/`. */

export { type FrozenView, MAX_FROZEN_ROWS } from '../rows/expressions/index.js';
export { ARCHIVE_COLUMNS, type Column, DEFAULT_COLUMNS, NEEDED_FIELDS } from '../rows/index.js';
export { findColumn } from './columns.js';
export { filterError } from './filter-editor.js';
export { filterOfGroup, MAX_UNFOLDED_ROWS } from './group-list.js';
export { type Key, KeyDecoder, type KeyName } from './keys.js';
export { type Effect, type ModelOptions, type OtherEnd, type Sorting, TopModel } from './model.js';
export { press } from './press.js';
export { printedLines } from './printed.js';
export { filterTestsProcess, freezeView } from './rows-as-json.js';
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
export { fitModel, topFrame } from './top-screen.js';
