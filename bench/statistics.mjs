// @ts-check
// Statistics of samples and of histograms. Pure.

/**
 * Returns a quantile, interpolated linearly between two values; NaN without values.
 * @param {readonly number[]} values
 * @param {number} part 0 to 1
 */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/**
 * Computes median and spread of samples.
 * @typedef {{ readonly median: number, readonly min: number, readonly max: number, readonly q1: number,
 *   readonly q3: number, readonly count: number }} Summary
 * @param {readonly number[]} values
 * @returns {Summary | undefined} undefined without values
 */
export function summarize(values) {
  if (values.length === 0) return undefined;
  return {
    median: quantile(values, 0.5),
    min: Math.min(...values),
    max: Math.max(...values),
    q1: quantile(values, 0.25),
    q3: quantile(values, 0.75),
    count: values.length,
  };
}

/**
 * Computes the ratios `values[i] / base[i]` of all pairs with both values.
 * @param {readonly (number | undefined)[]} values
 * @param {readonly (number | undefined)[]} base
 */
export function pairedRatios(values, base) {
  return values.flatMap((value, i) => {
    const under = base[i];
    return value === undefined || under === undefined || under === 0 ? [] : [value / under];
  });
}

/** Observations of a Prometheus histogram between two scrapes. */
export class HistogramWindow {
  /** Ascending upper bounds, with the number of values in each bucket (not cumulative). */
  #buckets;
  count;
  sum;

  /**
   * @param {string} name of a histogram without labels
   * @param {ReadonlyMap<string, number>} first sample name to value
   * @param {ReadonlyMap<string, number>} last
   */
  constructor(name, first, last) {
    const grown = (/** @type {string} */ sample) => (last.get(sample) ?? 0) - (first.get(sample) ?? 0);
    this.count = grown(`${name}_count`);
    this.sum = grown(`${name}_sum`);
    const start = `${name}_bucket{le="`;
    const cumulative = [...last.keys()]
      .filter((sample) => sample.startsWith(start))
      .map((sample) => ({ bound: boundOf(sample.slice(start.length, -2)), count: grown(sample) }))
      .sort((a, b) => a.bound - b.bound);
    this.#buckets = cumulative.map(({ bound, count }, i) => ({
      bound,
      count: count - (cumulative[i - 1]?.count ?? 0),
    }));
  }

  get mean() {
    return this.count === 0 ? undefined : this.sum / this.count;
  }

  /** Returns an upper bound of a quantile: that of its bucket. Undefined without values. */
  atMost(/** @type {number} */ part) {
    let seen = 0;
    return this.#buckets.find(({ count }) => {
      seen += count;
      return count > 0 && seen >= this.count * part;
    })?.bound;
  }
}

function boundOf(/** @type {string} */ le) {
  return le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
}
