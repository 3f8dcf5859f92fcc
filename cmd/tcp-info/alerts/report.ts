import { timeText } from '../../../live/store/index.js';
import type { AlertTransitionJson } from '../../../live/wire/index.js';
import { clock, type Zone } from '../../../view/time/index.js';
import { formatDuration, oneLine } from '../../../words/index.js';
import type { DryRunResult } from './dry-run.js';

/** Alert that fired, from its beginning to its end. */
export interface FiredAlert {
  readonly time: string;
  readonly name: string;
  readonly severity: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly uuid: string | null;
  /** Value that made it fire; null without one. */
  readonly value: number | null;
  /** Worst value until its end; the first one while it fires at the end of the archives. */
  readonly worst: number | null;
  readonly unit: string;
  /** Time of its end; null if it fires at the end of the archives. */
  readonly until: string | null;
  readonly durationUs: number | null;
  readonly reason: string | null;
  readonly howEnded: string | null;
}

/** Returns the alerts of transitions, in the order in which they fired. */
export function firedAlerts(transitions: readonly AlertTransitionJson[]): readonly FiredAlert[] {
  const alerts: FiredAlert[] = [];
  const firing = new Map<string, number>();
  for (const transition of transitions) {
    const { state, time, name, severity, labels, uuid, value, worst, unit, reason, durationUs, howEnded } = transition;
    const id = JSON.stringify([name, uuid ?? labels]);
    const index = firing.get(id);
    const known = index === undefined ? undefined : alerts[index];
    if (state === 'firing') {
      const open = { until: null, durationUs: null, reason: null, howEnded: null };
      firing.set(id, alerts.push({ ...{ time, name, severity, labels, uuid, value, worst, unit }, ...open }) - 1);
    } else if (known !== undefined && index !== undefined) {
      firing.delete(id);
      alerts[index] = { ...known, worst, until: time, durationUs, reason, howEnded };
    }
  }
  return alerts;
}

/** Formats the result as one object of JSON. */
export function dryRunJson({ connections, fromUs, untilUs }: DryRunResult, alerts: readonly FiredAlert[]): string {
  const from = fromUs === undefined ? null : timeText(fromUs);
  const until = untilUs === undefined ? null : timeText(untilUs);
  return `${JSON.stringify({ from, until, connections, alerts })}\n`;
}

/** Formats the result as text: a line for each alert, and one for all. */
export function dryRunText(
  { connections, fromUs, untilUs }: DryRunResult,
  alerts: readonly FiredAlert[],
  { rules, zone }: { readonly rules: number; readonly zone: Zone },
): string {
  const lines = alerts.map((alert) => alertLine(alert, zone));
  const span =
    fromUs === undefined || untilUs === undefined
      ? 'no record'
      : `${clock(timeText(fromUs), zone)} to ${clock(timeText(untilUs), zone)}`;
  const fired = `${counted(alerts.length, 'alert')} of ${counted(rules, 'rule')}`;
  return `${[...lines, `${fired}, ${counted(connections, 'connection')}, ${span}`].join('\n')}\n`;
}

function alertLine(alert: FiredAlert, zone: Zone): string {
  const { time, name, severity, labels, value, unit, worst, until, durationUs, reason, howEnded } = alert;
  const subject = Object.entries(labels).map(([key, text]) => `${key}=${text}`);
  const values = [
    ...(value === null ? [] : [`value ${valueText(value, unit)}`]),
    ...(worst === null || worst === value ? [] : [`worst ${valueText(worst, unit)}`]),
  ];
  const ending =
    until === null
      ? 'fires at the end'
      : `until ${clock(until, zone)} (${formatDuration((durationUs ?? 0) * 1000)}, ${reason}${howEnded === null ? '' : `: ${howEnded}`})`;
  return oneLine([clock(time, zone), name, severity, ...subject, ...values, ending].join('  '));
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

function valueText(value: number, unit: string): string {
  const rounded = Number(value.toPrecision(6));
  return unit === '' ? `${rounded}` : `${rounded} ${unit}`;
}
