/** One connection as text, page and JSON. */

export { type ShownArchive, ShownConnection, type ShownRange } from './connection-view.js';
export { showHtml, showSvg } from './html.js';
export { type CellJson, cellJson, type ExtentJson, type ShownJson, showJson, shownJson } from './json.js';
export { packCells, unpackCells } from './packed-cells.js';
export type { Shown, ShownTimeline } from './shown.js';
export { showText } from './text.js';
export { Timeline } from './timeline.js';
export { Cell, COUNTERS, type Counter, GAUGES, type TimelineSample } from './timeline-cell.js';
export { timelineSample } from './timeline-sample.js';
export { widened } from './widen.js';
