import type { Registry } from 'prom-client';
import { type CounterBy, counterBy, type Level, level } from './by-label.js';
import { DurationHistogram, Durations } from './duration-histogram.js';
import { LookedUp } from './looked-up.js';
import { createServiceFigures, type ServiceFigures } from './service-figures.js';

/** Figures of one watched service. */
export interface WatchedServiceFigures extends ServiceFigures {
  /** Smoothed round-trip times of connections at their end. */
  readonly rtt: Durations;
}

/**
 * Results of ending a connection by a rule. `destroyed`: the kernel ended it; `ended`: it had ended by itself; `failed`:
 * it goes on; `dry-run`: it would have been tried.
 */
export const SERVICE_DESTROY_RESULTS = ['destroyed', 'ended', 'failed', 'dry-run'] as const;
/** One of {@link SERVICE_DESTROY_RESULTS}. */
export type ServiceDestroyResult = (typeof SERVICE_DESTROY_RESULTS)[number];

/** Reasons why the kernel did not end a connection. */
export const SERVICE_ENFORCEMENT_ERRORS = ['denied', 'unsupported', 'error'] as const;
/** One of {@link SERVICE_ENFORCEMENT_ERRORS}. */
export type ServiceEnforcementError = (typeof SERVICE_ENFORCEMENT_ERRORS)[number];

/** Bounds of round-trip times, and of the time until a rejected connection is ended, microseconds. */
const RTT_US = [100, 200, 500, 1e3, 2e3, 5e3, 10e3, 20e3, 50e3, 100e3, 200e3, 500e3, 1e6];
const ENFORCEMENT_US = [1e3, 2e3, 5e3, 10e3, 20e3, 50e3, 100e3, 200e3, 500e3, 1e6, 5e6];

/** Creates the round-trip times of one service. */
export function serviceRtt(): Durations {
  return new Durations(RTT_US);
}

/** Metrics of watched services; registered only with `-services`. */
export interface ServiceMetrics {
  /** Figures of all services, read at each scrape. */
  readonly figures: LookedUp<readonly WatchedServiceFigures[]>;
  /** Connections that a rule was to end. */
  readonly destroys: CounterBy<ServiceDestroyResult>;
  readonly failures: CounterBy<ServiceEnforcementError>;
  /** Times from opening to ending of rejected connections, in whole microseconds. */
  readonly enforcement: Pick<Durations, 'observe'>;
  /** Connections that wait to be ended, because of the bound on how many are ended a second. */
  readonly waiting: Level;
}

/** Registers the metrics of watched services. */
export function createServiceMetrics(registry: Registry): ServiceMetrics {
  const lookedUp = new LookedUp<readonly WatchedServiceFigures[]>();
  const figures = createServiceFigures(registry, () => lookedUp.get() ?? []);
  const rtt = {
    name: 'tcpinfo_service_rtt_seconds',
    help: 'Smoothed round-trip times of connections of a watched service at their end.',
  };
  new DurationHistogram(registry, rtt, ['service'], () =>
    figures().map((one) => ({ labels: { service: one.service }, durations: one.rtt })),
  );
  const enforcement = new Durations(ENFORCEMENT_US);
  const enforced = {
    name: 'tcpinfo_service_enforcement_seconds',
    help: 'Time from the opening of a connection that a rule rejects until the kernel has ended it.',
  };
  new DurationHistogram(registry, enforced, [], () => [{ labels: {}, durations: enforcement }]);
  return {
    figures: lookedUp,
    enforcement,
    destroys: counterBy(
      registry,
      {
        name: 'tcpinfo_service_destroys_total',
        help: 'Number of connections that a rule was to end, by result; dry-run: it would have been tried.',
      },
      'result',
      SERVICE_DESTROY_RESULTS,
    ),
    failures: counterBy(
      registry,
      {
        name: 'tcpinfo_service_enforcement_failures_total',
        help: 'Number of connections that the kernel did not end: CAP_NET_ADMIN is missing, it cannot, or another error.',
      },
      'error',
      SERVICE_ENFORCEMENT_ERRORS,
    ),
    waiting: level(registry, {
      name: 'tcpinfo_service_destroys_waiting',
      help: 'Number of connections that a rule is to end and that wait, because at most 1,000 a second are ended.',
    }),
  };
}
