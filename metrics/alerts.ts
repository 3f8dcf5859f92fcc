import type { Registry } from 'prom-client';
import { type Tally, tally } from './by-label.js';
import { LookedUp, lookedUpCounter, lookedUpGauge, type SeriesValue } from './looked-up.js';

/** Channels on which alerts are told. */
export const ALERT_CHANNELS = ['log', 'events', 'webhook'] as const;
/** One of {@link ALERT_CHANNELS}. */
export type AlertChannel = (typeof ALERT_CHANNELS)[number];

/**
 * Results of telling an alert. `sent`: it was taken; `failed`: it was given up, or refused; `lost`: too much waited
 * before it.
 */
export const ALERT_RESULTS = ['sent', 'failed', 'lost'] as const;
/** One of {@link ALERT_RESULTS}. */
export type AlertResult = (typeof ALERT_RESULTS)[number];

/** Number of alerts of a rule in each state. */
export interface AlertCounts {
  readonly rule: string;
  readonly counts: Readonly<Record<'pending' | 'firing' | 'recovering', number>>;
}

/** Metrics of alerts; registered only with `-alerts`. */
export interface AlertMetrics {
  /** Alerts of each rule by state, read at each scrape. */
  readonly counts: LookedUp<readonly AlertCounts[]>;
  /** Counts alerts told on a channel. */
  told(channel: AlertChannel, result: AlertResult, count?: number): void;
  /** Connections and groups that no alert follows, because there are too many. */
  readonly refused: Tally;
}

/** Registers the metrics of alerts. */
export function createAlertMetrics(registry: Registry): AlertMetrics {
  const counts = new LookedUp<readonly AlertCounts[]>();
  lookedUpGauge(
    registry,
    { name: 'tcpinfo_alerts', help: 'Number of alerts of a rule by state.' },
    ['rule', 'state'],
    () =>
      (counts.get() ?? []).flatMap(({ rule, counts: byState }) =>
        Object.entries(byState).map(([state, count]): SeriesValue => [{ rule, state }, count]),
      ),
  );
  const sums = new Map<string, number>();
  lookedUpCounter(
    registry,
    {
      name: 'tcpinfo_alert_notifications_total',
      help: 'Number of beginnings and ends of alerts told on a channel, by result. failed: refused, or given up after retries; lost: too many waited before it.',
    },
    ['channel', 'result'],
    () =>
      ALERT_CHANNELS.flatMap((channel) =>
        ALERT_RESULTS.map((result): SeriesValue => [{ channel, result }, sums.get(`${channel} ${result}`) ?? 0]),
      ),
  );
  return {
    counts,
    told: (channel, result, count = 1) => {
      const key = `${channel} ${result}`;
      sums.set(key, (sums.get(key) ?? 0) + count);
    },
    refused: tally(registry, {
      name: 'tcpinfo_alerts_refused_total',
      help: 'Number of connections and groups that no alert followed, because there were too many.',
    }),
  };
}
