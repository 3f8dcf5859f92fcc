/** One connection: charts over time, and all its facts. */
import './detail.css';

export { ConnectionWatch } from './connection-watch.js';
export type { CourseCell } from './course.js';
export { type CourseSeries, courseSeries, type KnownTime, type Resolution } from './course-series.js';
export { DetailPanel, type DetailPanelProps } from './detail-panel.js';
export { DetailState } from './detail-state.js';
export { type KnownRange, knownRange, rangePlace, type SpanName, shownRange } from './range.js';
export { RangeBar } from './range-bar.js';
export { rowName } from './row-name.js';
export { useConnection } from './use-connection.js';
export { useLooks } from './use-looks.js';
export { Verdict } from './verdict.js';
