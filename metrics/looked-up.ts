import { Counter, Gauge, type Registry } from 'prom-client';
import type { FamilyOptions } from './by-label.js';

/** The value of one series. */
export type SeriesValue = readonly [labels: Readonly<Record<string, string>>, value: number];

/** A counter whose series, kept elsewhere, are asked for whenever somebody reads the metrics. */
export function lookedUpCounter(
  registry: Registry,
  family: FamilyOptions,
  labelNames: readonly string[],
  series: () => Iterable<SeriesValue>,
): void {
  new Counter({
    ...family,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      this.reset();
      for (const [labels, value] of series()) this.inc(labels, value);
    },
  });
}

/** A gauge likewise. Series that are not told of any more show no more. */
export function lookedUpGauge(
  registry: Registry,
  family: FamilyOptions,
  labelNames: readonly string[],
  series: () => Iterable<SeriesValue>,
): void {
  new Gauge({
    ...family,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      this.reset();
      for (const [labels, value] of series()) this.set(labels, value);
    },
  });
}

/** What somebody knows and is asked for whenever the metrics are read. */
export class LookedUp<T> {
  #look: (() => T | undefined) | undefined;

  /** Says who knows; undefined is told where there is nothing to show, and nothing is shown before. Must not throw. */
  by(look: () => T | undefined): void {
    this.#look = look;
  }

  /** What there is now. */
  get(): T | undefined {
    return this.#look?.();
  }
}

/** Gauges without labels that all show parts of one look; they are not there where it finds nothing. */
export function gaugesOfOneLook<T>(
  registry: Registry,
  lookedUp: LookedUp<T>,
  families: readonly (FamilyOptions & { readonly value: (found: T) => number })[],
): void {
  const gauges: { readonly gauge: Gauge; readonly value: (found: T) => number }[] = [];
  for (const { value, ...family } of families) {
    const isFirst = gauges.length === 0;
    const gauge = new Gauge({
      ...family,
      registers: [registry],
      ...(isFirst ? { collect: look } : {}),
    });
    gauges.push({ gauge, value });
  }
  /** The registry asks in the order of registration, so the first one sets all. */
  function look(): void {
    const found = lookedUp.get();
    for (const { gauge, value } of gauges) {
      if (found === undefined) gauge.remove();
      else gauge.set(value(found));
    }
  }
}
