/** Two connections on one axis of time. */
import './compare.css';

export { ComparePanel, type ComparePanelProps } from './compare-panel.js';
