/** Charts and tables from plain numbers: SVG, HTML and text as strings. Pure functions without I/O. */
export { printable } from '../../words/index.js';
export { type Extent, ExtentBuilder, joinExtents } from './extent.js';
export { clipText, clipTextFront, letterWidth, textWidth } from './letter-width.js';
export { type Attributes, type Child, element, escapeText, fragment, Markup, styleSheet } from './markup.js';
export { COLOURS, type Colour, darkRules, INK, paint } from './palette.js';
export type { Dash, Lane, Line, Panel, Span } from './panels.js';
export type { LinePoint } from './paths.js';
export { linearScale, niceTicks, type Scale, timeTicks } from './scale.js';
export {
  ownLetters,
  sparkline,
  type TextColumn,
  type TextPaint,
  type TextStyle,
  textBar,
  textTable,
} from './text-table.js';
export { type Bucket, TimeBuckets, type TimeBucketsOptions, type TimeGrid } from './time-buckets.js';
export { drawTimeChart, type TimeChart, type TimeChartOptions } from './time-chart.js';
export { formatCount, formatQuantity, formatShare, formatThings, type Quantity, type Unit, unitFor } from './units.js';
