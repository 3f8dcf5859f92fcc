/** Alerts: rules on connections, groups, the machine and its HTTP, told on channels. Import it only when there are rules. */
export type { ActionCause, AlertActions } from './actions.js';
export { MAX_INSTANCES } from './alert-book.js';
export { AlertEngine, type AlertEngineOptions } from './alert-engine.js';
export { AlertHistory } from './alert-history.js';
export type { AlertSource, HttpSource } from './alert-source.js';
export type { AlertNotice, Channel, MoreNotice, Notice } from './notice.js';
export type { Labels } from './subject.js';
