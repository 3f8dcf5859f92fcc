/** One connection: charts over time, and all its facts. */
import './detail.css';

export { ConnectionWatch } from './connection-watch.js';
export { DetailPanel, type DetailPanelProps } from './detail-panel.js';
