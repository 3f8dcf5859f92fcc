/** Alerts: rules, alerts that fire, what began and ended, and silences. */
export { AlertsTab } from './alerts-tab.js';
