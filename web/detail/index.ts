/** One connection: charts over time, and all its facts. */
export { DetailPanel } from './detail-panel.js';
