import { timeText } from '../store/index.js';
import type { AlertInstanceJson, AlertRuleJson, AlertTransitionJson } from '../wire/index.js';
import type { AlertNotice } from './notice.js';
import type { RuleState, Tracked } from './rule-state.js';
import { labelsOf } from './subject.js';

/** Returns a transition as JSON. */
export function transitionJson(notice: AlertNotice, isTold: boolean): AlertTransitionJson {
  const { rule, kind, seq, generation, timeUs, labels, uuid, howEnded, value, worst, sinceUs, reason } = notice;
  return {
    ...{ seq, generation, time: timeText(timeUs), name: rule.name, severity: rule.severity, state: kind },
    reason: reason ?? null,
    ...{ labels, uuid, value, worst, unit: rule.unit },
    since: timeText(sinceUs),
    durationUs: kind === 'firing' ? null : Math.max(0, timeUs - sinceUs),
    howEnded,
    told: isTold,
  };
}

/** Returns a rule with the numbers of its alerts as JSON. */
export function ruleJson(state: RuleState, nowUs: number): AlertRuleJson {
  const { name, severity, description, whenText, valueText, unit, forUs, clearForUs } = state.rule;
  return {
    ...{ name, severity, description, when: whenText, value: valueText, unit, forUs, clearForUs },
    ...state.counts(),
    silencedUntil: silencedUntil(state, nowUs),
  };
}

/** Returns the time until which a rule is silenced, RFC 3339; null if it is not. */
export function silencedUntil(state: RuleState, nowUs: number): string | null {
  return state.isSilenced(nowUs) ? timeText(state.silencedUntilUs) : null;
}

/** Returns an alert as JSON; undefined for an idle one. */
export function instanceJson({
  state: { rule },
  machine,
  subject,
  row,
  isTold,
}: Tracked): AlertInstanceJson | undefined {
  const { state, sinceUs, value } = machine;
  if (state === 'idle') return undefined;
  const since = timeText(sinceUs);
  return { name: rule.name, state, since, labels: labelsOf(subject), key: row?.key ?? null, value, told: isTold };
}
