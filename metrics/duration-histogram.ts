import { Histogram, type Registry } from 'prom-client';
import type { FamilyOptions } from './by-label.js';

const US_PER_SECOND = 1e6;

/** Observations of one histogram series. An observation costs a few comparisons. */
export class Durations {
  readonly #boundsUs: readonly number[];
  /** Observations per bucket: above the previous bound and up to this one. The last bucket is above all bounds. */
  readonly #counts: number[];
  #count = 0;
  #sumUs = 0;

  constructor(boundsUs: readonly number[]) {
    this.#boundsUs = boundsUs;
    this.#counts = new Array<number>(boundsUs.length + 1).fill(0);
  }

  /** Number of observations. */
  get count(): number {
    return this.#count;
  }

  /** Sum of the observations in seconds. */
  get sumSeconds(): number {
    return this.#sumUs / US_PER_SECOND;
  }

  /** Adds one observation in whole microseconds, never negative. */
  observe(us: number): void {
    const bounds = this.#boundsUs;
    let at = 0;
    while (at < bounds.length && us > (bounds[at] ?? 0)) at++;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#count++;
    this.#sumUs += us;
  }

  /**
   * Adds observations that were counted elsewhere, in the same buckets.
   * @param counts per bucket, not cumulative; the last is above all bounds
   * @param sumUs their sum in microseconds
   */
  add(counts: Iterable<number>, sumUs: number): void {
    let at = 0;
    for (const count of counts) {
      this.#counts[at] = (this.#counts[at] ?? 0) + count;
      this.#count += count;
      at++;
    }
    this.#sumUs += sumUs;
  }

  /** Yields each bound in seconds with the number of observations at or below it. */
  *upTo(): Generator<readonly [boundSeconds: number, count: number]> {
    let total = 0;
    for (const [at, bound] of this.#boundsUs.entries()) {
      total += this.#counts[at] ?? 0;
      yield [bound / US_PER_SECOND, total];
    }
  }
}

/** One series of a {@link DurationHistogram}. */
export interface DurationSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly durations: Durations;
}

/**
 * Histogram in seconds whose series are kept elsewhere, as {@link Durations}. prom-client builds and looks up texts for
 * each observation, which is too much for tens of thousands a second. A series appears with its first observation.
 */
export class DurationHistogram extends Histogram {
  readonly #family: string;
  readonly #series: () => Iterable<DurationSeries>;

  /** @param series called at each read of the metrics */
  constructor(
    registry: Registry,
    family: FamilyOptions,
    labelNames: readonly string[],
    series: () => Iterable<DurationSeries>,
  ) {
    super({ ...family, labelNames: [...labelNames], registers: [registry] });
    this.#family = family.name;
    this.#series = series;
  }

  override async get(): ReturnType<Histogram['get']> {
    const values: Awaited<ReturnType<Histogram['get']>>['values'] = [];
    for (const { labels, durations } of this.#series()) {
      if (durations.count === 0) continue;
      const add = (suffix: string, value: number, le?: number | string): void => {
        values.push({
          metricName: `${this.#family}_${suffix}`,
          labels: le === undefined ? { ...labels } : { ...labels, le },
          value,
        });
      };
      for (const [bound, count] of durations.upTo()) add('bucket', count, bound);
      add('bucket', durations.count, '+Inf');
      add('sum', durations.sumSeconds);
      add('count', durations.count);
    }
    return { ...(await super.get()), values };
  }
}
