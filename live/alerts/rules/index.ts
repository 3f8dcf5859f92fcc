/** Rules of alerts: the file of rules, in JSON, checked against the names that expressions may use. */
export { HTTP_VOCABULARY, httpFields } from './http-subject.js';
export { MAX_RULES, MAX_RULES_BYTES, parseRules } from './parse-rules.js';
export { AlertRulesError, type RulesProblem } from './problem.js';
export { AlertRequirementsError, type Equipment, requireEquipment } from './requirements.js';
export {
  type AlertRule,
  CHANNELS,
  type ChannelName,
  type ConnectionRule,
  type GroupRule,
  type GroupSubject,
  type HttpRule,
  type RecordSpan,
  SEVERITIES,
  type Severity,
} from './rule.js';
