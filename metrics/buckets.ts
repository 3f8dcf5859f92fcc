/**
 * Histogram buckets of the reference. Their text form is part of the series' identity (`le`), so a bound is written
 * here with the arithmetic that produces the same double.
 */

/** `tcpinfo_syscall_time_histogram`, seconds: about ten steps a decade, 1 ms to 200 ms. */
export const SYSCALL_TIME_BUCKETS: readonly number[] = [
  0.001, 0.00125, 0.0016, 0.002, 0.0025, 0.0032, 0.004, 0.005, 0.0063, 0.0079, 0.01, 0.0125, 0.016, 0.02, 0.025, 0.032,
  0.04, 0.05, 0.063, 0.079, 0.1, 0.125, 0.16, 0.2,
];

/** `tcpinfo_polling_interval_histogram`, seconds: 0 to 29 ms by repeated addition, rounding errors included. */
export const POLLING_INTERVAL_BUCKETS: readonly number[] = linearBuckets(0, 0.001, 30);

/** `tcpinfo_connection_count_histogram` and `tcpinfo_cache_count_histogram`, connections. */
export const COUNT_BUCKETS: readonly number[] = [
  1, 2, 3, 4, 5, 6, 8, 10, 12.5, 16, 20, 25, 32, 40, 50, 63, 79, 100, 125, 160, 200, 250, 320, 400, 500, 630, 790, 1000,
  1250, 1600, 2000, 2500, 3200, 4000, 5000, 6300, 7900, 10000, 12500, 16000, 20000, 25000, 32000, 40000, 50000, 63000,
  79000, 1e7,
];

/** `tcpinfo_send_rate_histogram` and `tcpinfo_receive_rate_histogram`, bits per second. */
export const RATE_BUCKETS: readonly number[] = [
  0, 1, 10, 100, 1000, 1580, 2510, 3980, 6310, 1e4, 15800, 25100, 39800, 63100, 1e5, 158000, 251000, 398000, 631000,
  1e6, 1.58e6, 2.51e6, 3.98e6, 6.31e6, 1e7, 1.58e7, 2.51e7, 3.98e7, 6.31e7, 1e8, 1.58e8, 2.51e8, 3.98e8, 6.31e8, 1e9,
  1.26e9, 1.58e9, 2e9, 2.51e9, 3.16e9, 3.98e9, 5.01e9, 6.31e9, 7.94e9, 1e10,
];

/** Returns `count` bounds from `start`; each bound is the sum of the previous bound and `width`. */
function linearBuckets(start: number, width: number, count: number): number[] {
  const bounds: number[] = [];
  for (let bound = start; bounds.length < count; bound += width) {
    bounds.push(bound);
  }
  return bounds;
}
