import type { AlertInstanceJson, AlertRuleJson, AlertTransitionJson } from '../../live/wire/index.js';
import { formatCount, formatQuantity } from '../../view/chart/index.js';

/** Returns a value of a rule with its unit; a dash for none. */
export function valueText(value: number | null, unit: string): string {
  if (value === null) return '–';
  if (unit === 'us') return formatQuantity(value, 'duration');
  if (unit === 'B') return formatQuantity(value, 'bytes');
  if (unit === 'B/s') return `${formatQuantity(value, 'bytes')}/s`;
  return Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(4)));
}

/** Returns the connection, group or host that an alert is about. */
export function subjectText(labels: AlertInstanceJson['labels']): string {
  const { local, remote, command, uuid: _, ...others } = labels;
  const rest = Object.entries(others).map(([name, text]) => `${name} ${text === '' ? '–' : text}`);
  if (local === undefined || remote === undefined) return rest.length === 0 ? 'this machine' : rest.join(' · ');
  return [...(command === undefined ? [] : [command]), `${local} → ${remote}`, ...rest].join(' · ');
}

/** Returns the numbers of a rule's alerts: `2 firing, 1 pending`. */
export function countsText({
  firing,
  recovering,
  pending,
}: Pick<AlertRuleJson, 'firing' | 'recovering' | 'pending'>): string {
  const counts = [
    [firing, 'firing'],
    [recovering, 'recovering'],
    [pending, 'pending'],
  ] as const;
  const known = counts.filter(([count]) => count > 0).map(([count, state]) => `${formatCount(count)} ${state}`);
  return known.length === 0 ? 'quiet' : known.join(', ');
}

/** Returns how an alert ended, or that it began. */
export function changeText({ state, reason, durationUs, howEnded, told }: AlertTransitionJson): string {
  const silence = told ? '' : ', not told';
  if (state === 'firing') return `fires${silence}`;
  const after = durationUs === null ? '' : ` after ${formatQuantity(durationUs, 'duration')}`;
  return `${state}${after}: ${reason}${howEnded === null ? '' : `, ${howEnded}`}${silence}`;
}

/** Returns the unit of a rule by its name; empty for a rule that is gone. */
export function unitOf(rules: readonly AlertRuleJson[], name: string): string {
  return rules.find((rule) => rule.name === name)?.unit ?? '';
}
