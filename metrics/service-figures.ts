import type { Registry } from 'prom-client';
import { lookedUpCounter, lookedUpGauge, type SeriesValue } from './looked-up.js';

/** Figures of one service by now, watched or forwarded. */
export interface ServiceFigures {
  /** Name in the configuration. */
  readonly service: string;
  readonly connections: number;
  readonly clients: number;
  readonly accepted: number;
  /** Number of connections by the reason why they were not admitted; every reason is there. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Number of ended connections by reason; every reason is there. */
  readonly closed: Readonly<Record<string, number>>;
  /** Payload from clients. Never decreases. */
  readonly receivedBytes: number;
  /** Payload to clients; of watched services what they acknowledged. Never decreases. */
  readonly sentBytes: number;
}

/**
 * Registers the metrics that all services have. Their labels are bounded by the configuration.
 * @param look returns the figures of all services; called once for each page
 * @returns function that returns the figures of the page that is being made
 */
export function createServiceFigures<Figures extends ServiceFigures>(
  registry: Registry,
  look: () => readonly Figures[],
): () => readonly Figures[] {
  let figures: readonly Figures[] = [];
  const each = (value: (figures: Figures) => number) => (): SeriesValue[] =>
    figures.map((one) => [{ service: one.service }, value(one)]);
  const eachReason = (values: (figures: Figures) => Readonly<Record<string, number>>) => (): SeriesValue[] =>
    figures.flatMap((one) =>
      Object.entries(values(one)).map(([reason, value]): SeriesValue => [{ service: one.service, reason }, value]),
    );
  const gauge = (name: string, help: string, series: () => SeriesValue[]): void =>
    lookedUpGauge(registry, { name: `tcpinfo_service_${name}`, help }, ['service'], series);
  const counter = (name: string, help: string, series: () => SeriesValue[], ...labels: string[]): void =>
    lookedUpCounter(registry, { name: `tcpinfo_service_${name}_total`, help }, ['service', ...labels], series);

  gauge('connections', 'Number of open connections of a service.', () => {
    // The registry collects in the order of registration: all others show what this one has read.
    figures = look();
    return each(({ connections }) => connections)();
  });
  gauge(
    'clients',
    'Number of clients with an open connection of a service.',
    each(({ clients }) => clients),
  );
  counter(
    'accepted',
    'Number of connections that a service accepted and no rule rejected.',
    each(({ accepted }) => accepted),
  );
  counter(
    'rejected',
    'Number of connections that a rule of a service rejected, by rule.',
    eachReason(({ rejected }) => rejected),
    'reason',
  );
  counter(
    'closed',
    'Number of accepted connections of a service that have ended: by the side that closed first, by a reset, or by a rule.',
    eachReason(({ closed }) => closed),
    'reason',
  );
  counter(
    'received_bytes',
    'Number of bytes of payload from clients of a service, of open connections too.',
    each(({ receivedBytes }) => receivedBytes),
  );
  counter(
    'sent_bytes',
    'Number of bytes of payload to clients of a service, of open connections too; of watched services those acknowledged.',
    each(({ sentBytes }) => sentBytes),
  );
  return () => figures;
}
