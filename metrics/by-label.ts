import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Name and help text of a metric family. */
export interface FamilyOptions {
  readonly name: string;
  readonly help: string;
}

/** A counter without labels. */
export interface Tally {
  /**
   * Adds `by` (default 1).
   * @throws RangeError if `by` is negative or not finite.
   */
  inc(by?: number): void;
}

/** A gauge without labels. */
export interface Level {
  set(to: number): void;
}

/** A counter with one label whose values are known by type. */
export interface CounterBy<V extends string> {
  /** Adds `by` (default 1, never negative) to the child with this label value. */
  inc(value: V, by?: number): void;
}

/** A gauge with one label whose values are known by type. */
export interface GaugeBy<V extends string> {
  /** Sets the child with this label value. */
  set(value: V, to: number): void;
}

/** A histogram with one label whose values are known by type. */
export interface HistogramBy<V extends string> {
  /**
   * Adds one observation to the child with this label value.
   * @throws TypeError if the observation is not finite.
   */
  observe(value: V, observation: number): void;
}

/**
 * Creates a {@link Tally} whose increase costs one addition. prom-client checks and looks up at every call, so it gets
 * the sum only when the metrics are read. Use it for events as frequent as records.
 */
export function tally(registry: Registry, family: FamilyOptions): Tally {
  const sum = new Sum();
  new Counter({
    ...family,
    registers: [registry],
    collect() {
      this.inc(sum.take());
    },
  });
  return sum;
}

/**
 * Creates a {@link Level} whose update costs one assignment. prom-client gets the value only when the metrics are read.
 */
export function level(registry: Registry, family: FamilyOptions): Level {
  let value = 0;
  new Gauge({
    ...family,
    registers: [registry],
    collect() {
      this.set(value);
    },
  });
  return {
    set: (to) => {
      value = to;
    },
  };
}

/**
 * Creates a {@link CounterBy} that shows zero from the start for each of `values`; other values appear with their first
 * use.
 */
export function counterBy<V extends string>(
  registry: Registry,
  family: FamilyOptions,
  label: string,
  values: readonly V[],
): CounterBy<V> {
  const sums = new Map<V, Sum>(values.map((value) => [value, new Sum()]));
  new Counter({
    ...family,
    labelNames: [label],
    registers: [registry],
    collect() {
      for (const [value, sum] of sums) this.labels(value).inc(sum.take());
    },
  });
  return {
    inc: (value, by = 1) => {
      let sum = sums.get(value);
      if (sum === undefined) {
        sum = new Sum();
        sums.set(value, sum);
      }
      sum.inc(by);
    },
  };
}

/** Creates a {@link GaugeBy} that shows zero from the start for each of `values`. */
export function gaugeBy<V extends string>(
  registry: Registry,
  family: FamilyOptions,
  label: string,
  values: readonly V[],
): GaugeBy<V> {
  const gauge = new Gauge({ ...family, labelNames: [label], registers: [registry] });
  const child = remembered((value: V) => gauge.labels(value));
  for (const value of values) {
    child(value).set(0);
  }
  return { set: (value, to) => child(value).set(to) };
}

/** Creates a {@link HistogramBy} whose children appear with their first observation. */
export function histogramBy<V extends string>(
  registry: Registry,
  family: FamilyOptions,
  label: string,
  buckets: readonly number[],
): HistogramBy<V> {
  const histogram = new Histogram({ ...family, labelNames: [label], buckets: [...buckets], registers: [registry] });
  const child = remembered((value: V) => histogram.labels(value));
  return { observe: (value, observation) => child(value).observe(observation) };
}

/** Sum of the increases since the last read. */
class Sum implements Tally {
  #pending = 0;

  inc(by = 1): void {
    if (!(by >= 0 && by < Number.POSITIVE_INFINITY)) throw new RangeError(`a counter cannot be increased by ${by}`);
    this.#pending += by;
  }

  take(): number {
    const pending = this.#pending;
    this.#pending = 0;
    return pending;
  }
}

/**
 * Caches children by label value. prom-client builds a new child at every `labels()`, and scans ask for the same few
 * children a hundred times a second.
 */
function remembered<V extends string, C>(make: (value: V) => C): (value: V) => C {
  const children = new Map<V, C>();
  return (value) => {
    let child = children.get(value);
    if (child === undefined) {
      child = make(value);
      children.set(value, child);
    }
    return child;
  };
}
