/** Charts over time: lines and bars by uPlot, which is loaded with the first of them; lanes and sparklines of our own. */
import './charts.css';

export { ChartCursor } from './chart-cursor.js';
export type { ChartFrame, ChartRange } from './chart-frame.js';
export { CHART_KEYS, type ChartAction, chartAction } from './chart-keys.js';
export { type ChartSeries, type ChartValues, indexAt, largestIn, lastValue, MAX_POINTS } from './chart-series.js';
export { type ChartLane, LaneChart, type LaneChartProps } from './lane-chart.js';
export { Sparkline, type SparklineProps } from './sparkline.js';
export { Swatch, type SwatchProps } from './swatch.js';
export { axisTicks, momentText, rangeText } from './time-axis.js';
export { TimeCursor } from './time-cursor.js';
export { TimeSeries, type TimeSeriesProps } from './time-series.js';
export { useCursor } from './use-cursor.js';
export { useWidth } from './use-width.js';
export { quantityText } from './value-axis.js';
