import { formatTimestamp } from '../../../parse/index.js';
import type { AlertNotice, Labels, MoreNotice, Notice } from '../index.js';
import { fingerprint } from './fingerprint.js';

/** Time that no end is known of, in the shape of webhooks: Go's zero time. */
const NO_TIME = '0001-01-01T00:00:00Z';

/** Alert in both shapes. */
interface AlertBody {
  readonly labels: Labels;
  readonly annotations: Labels;
  /** RFC 3339. */
  readonly startsAt: string;
  readonly endsAt?: string;
}

/**
 * Returns messages of one rule as the body of a webhook of Alertmanager, version 4, so that its receivers understand it.
 * A message that more alerts fire has no alerts, and their number in `truncatedAlerts`.
 */
export function webhookBody(notices: readonly Notice[], host: string): string {
  const alerts = notices
    .filter((notice): notice is AlertNotice => notice.kind !== 'more')
    .map((each) => webhookAlert(each, host));
  const more = notices.find((notice): notice is MoreNotice => notice.kind === 'more');
  const rule = notices[0]?.rule;
  const groupLabels = { alertname: rule?.name ?? '' };
  return JSON.stringify({
    version: '4',
    groupKey: `{}:{alertname=${JSON.stringify(groupLabels.alertname)}}`,
    truncatedAlerts: more?.count ?? 0,
    status: more !== undefined || alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    receiver: 'tcp-info',
    groupLabels,
    commonLabels: { ...groupLabels, severity: rule?.severity ?? '', instance: host },
    commonAnnotations:
      more === undefined ? {} : { summary: `${groupLabels.alertname}: ${more.count} more alerts fire` },
    externalURL: '',
    alerts,
  });
}

function webhookAlert(notice: AlertNotice, host: string) {
  const { labels, annotations, startsAt, endsAt = NO_TIME } = alertBody(notice, host);
  const status = notice.kind === 'firing' ? 'firing' : 'resolved';
  return { status, labels, annotations, startsAt, endsAt, generatorURL: '', fingerprint: fingerprint(labels) };
}

/**
 * Returns an alert in the shape of Alertmanager's own API, `POST /api/v2/alerts`.
 * @param firesUntilUs time until which an alert that fires is taken to fire, unless it comes again; microseconds since 1970
 */
export function postedAlert(notice: AlertNotice, host: string, firesUntilUs: number): AlertBody {
  const body = alertBody(notice, host);
  return body.endsAt === undefined ? { ...body, endsAt: timeText(firesUntilUs) } : body;
}

function alertBody(notice: AlertNotice, host: string): AlertBody {
  const { rule, kind, timeUs, sinceUs, labels } = notice;
  return {
    labels: { alertname: rule.name, severity: rule.severity, instance: host, ...labels },
    annotations: annotationsOf(notice),
    // An alert that ends began when it fired; one that fires, now.
    startsAt: timeText(kind === 'firing' ? timeUs : sinceUs),
    ...(kind === 'firing' ? {} : { endsAt: timeText(timeUs) }),
  };
}

function annotationsOf({ rule, value, worst, reason, howEnded, kind }: AlertNotice): Labels {
  const { whenText, valueText, unit, description } = rule;
  const number = (each: number | null): string =>
    each === null ? 'unknown' : `${each}${unit === '' ? '' : ` ${unit}`}`;
  const values = valueText === null ? '' : `: ${valueText} = ${number(value)}`;
  return {
    summary: `${rule.name}${values}`,
    ...(description === null ? {} : { description }),
    expression: whenText,
    ...(value === null ? {} : { value: number(value) }),
    ...(kind === 'firing' || worst === null ? {} : { worst: number(worst) }),
    ...(reason === undefined ? {} : { reason }),
    ...(howEnded === null ? {} : { how_ended: howEnded }),
  };
}

function timeText(us: number): string {
  return formatTimestamp(BigInt(Math.round(us)) * 1000n);
}
