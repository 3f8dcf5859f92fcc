import type { AlertInstanceJson, AlertRuleJson, AlertTransitionJson } from '../../live/wire/index.js';
import { formatCount, formatQuantity } from '../chart/index.js';

/** Returns a value of a rule with its unit; a dash for none. */
export function alertValue(value: number | null, unit: string): string {
  if (value === null) return '–';
  if (unit === 'us') return formatQuantity(value, 'duration');
  if (unit === 'B') return formatQuantity(value, 'bytes');
  if (unit === 'B/s') return `${formatQuantity(value, 'bytes')}/s`;
  return Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(4)));
}

/** Returns the connection, group or host that an alert is about. */
export function alertSubject(labels: AlertInstanceJson['labels']): string {
  const { local, remote, command, uuid: _, ...others } = labels;
  const rest = Object.entries(others).map(([name, text]) => `${name} ${text === '' ? '–' : text}`);
  if (local === undefined || remote === undefined) return rest.length === 0 ? 'this machine' : rest.join(' · ');
  return [...(command === undefined ? [] : [command]), `${local} → ${remote}`, ...rest].join(' · ');
}

/** Returns the numbers of a rule's alerts: `2 firing, 1 pending`. */
export function alertCounts(counts: Pick<AlertRuleJson, 'firing' | 'recovering' | 'pending'>): string {
  const known = (['firing', 'recovering', 'pending'] as const).filter((state) => counts[state] > 0);
  return known.length === 0 ? 'quiet' : known.map((state) => `${formatCount(counts[state])} ${state}`).join(', ');
}

/** Returns the end of an alert with its reason, or that it began. */
export function alertChange({ state, reason, durationUs, howEnded, told }: AlertTransitionJson): string {
  const silence = told ? '' : ', not told';
  if (state === 'firing') return `fires${silence}`;
  const after = durationUs === null ? '' : ` after ${formatQuantity(durationUs, 'duration')}`;
  return `${state}${after}: ${reason}${howEnded === null ? '' : `, ${howEnded}`}${silence}`;
}

/** Returns the unit of a rule by its name; empty for a rule that is gone. */
export function unitOfRule(rules: readonly AlertRuleJson[], name: string): string {
  return rules.find((rule) => rule.name === name)?.unit ?? '';
}
