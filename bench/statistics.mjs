// @ts-check
// Figures of several samples, and of histograms. Pure.

/**
 * The value below which a part of the values lies, between two of them by their distance; NaN of none.
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
 * Median and spread of several samples.
 * @typedef {{ readonly median: number, readonly min: number, readonly max: number, readonly q1: number,
 *   readonly q3: number, readonly count: number }} Summary
 * @param {readonly number[]} values
 * @returns {Summary | undefined} undefined of none
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
 * Ratios of those pairs of which both values are there: `values[i] / base[i]`.
 * @param {readonly (number | undefined)[]} values
 * @param {readonly (number | undefined)[]} base
 */
export function pairedRatios(values, base) {
  return values.flatMap((value, i) => {
    const under = base[i];
    return value === undefined || under === undefined || under === 0 ? [] : [value / under];
  });
}

/** What a Prometheus histogram took in between two scrapes. */
export class HistogramWindow {
  /** Upper bounds, ascending, and how many values were above the bound before and not above this one. */
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

  /** A bound that this part of the values does not exceed: the upper one of its bucket. Undefined of no values. */
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
