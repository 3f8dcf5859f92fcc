/** Two connections on one axis of time. */
export { ComparePanel } from './compare-panel.js';
