/** Alerts: rules on connections, groups, the machine and its HTTP, told on channels. Import it only when there are rules. */
export type { ActionCause, AlertActions } from './actions.js';
export {
  AlertEngine,
  type AlertEngineOptions,
  type AlertSource,
  type HttpSource,
  MAX_INSTANCES,
} from './alert-engine.js';
export { AlertHistory } from './alert-history.js';
export type { AlertNotice, Channel, MoreNotice, Notice } from './notice.js';
export type { Labels } from './subject.js';
