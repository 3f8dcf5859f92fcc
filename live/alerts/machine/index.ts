/** State machine of alerts: readings and times → firing and resolved. */
export {
  ALERT_STATES,
  AlertInstance,
  type AlertState,
  type Change,
  type EndReason,
  FLAP_WINDOW_US,
  type MachineRule,
  type Reading,
  UNKNOWN_US,
} from './instance.js';
