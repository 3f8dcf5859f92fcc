import { Counter, Gauge, type Registry } from 'prom-client';
import type { FamilyOptions } from './by-label.js';

/** Value of one series. */
export type SeriesValue = readonly [labels: Readonly<Record<string, string>>, value: number];

/** Registers a counter whose series are kept elsewhere and read at each scrape. */
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
      // Reset sets a series without labels to zero, but an unknown value is absent.
      if (labelNames.length === 0) this.remove();
      for (const [labels, value] of series()) this.inc(labels, value);
    },
  });
}

/** Registers a gauge whose series are read at each scrape. Series absent from the latest read disappear. */
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
      // Reset sets a series without labels to zero, but an unknown value is absent.
      if (labelNames.length === 0) this.remove();
      for (const [labels, value] of series()) this.set(labels, value);
    },
  });
}

/** Value that a registered function provides at each read of the metrics. */
export class LookedUp<T> {
  #look: (() => T | undefined) | undefined;

  /**
   * Sets the function that provides the value. Nothing is shown before this call, or while it returns undefined. The
   * function must not throw.
   */
  by(look: () => T | undefined): void {
    this.#look = look;
  }

  /** Returns the current value. */
  get(): T | undefined {
    return this.#look?.();
  }
}

/** Registers gauges without labels that share one value. All disappear while the value is undefined. */
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
  /** Sets all gauges. The registry collects in the order of registration, so only the first gauge calls this. */
  function look(): void {
    const found = lookedUp.get();
    for (const { gauge, value } of gauges) {
      if (found === undefined) gauge.remove();
      else gauge.set(value(found));
    }
  }
}
