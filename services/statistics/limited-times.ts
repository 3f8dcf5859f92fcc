/** Clocks of `tcp_info` that show what limits sending, and the time that they ran in, in microseconds. */
export interface LimitedTimes {
  /** Time for which the connection was observed. */
  readonly observedUs: number;
  /** Growth of `tcpi_busy_time` in that time: data was outstanding. */
  readonly busyUs: number;
  /** Growth of `tcpi_rwnd_limited`: of it, the client's window was full. */
  readonly rwndLimitedUs: number;
  /** Growth of `tcpi_sndbuf_limited`: of it, our send buffer was full. */
  readonly sndbufLimitedUs: number;
}

/**
 * Causes that limit the connections of a service. `application`: nothing to send. `receiver`: the client reads too slowly.
 * `buffer`: our send buffer is too small. `network`: the rest of the time with data outstanding.
 */
export const SERVICE_LIMITS = ['application', 'network', 'receiver', 'buffer'] as const;
/** One of {@link SERVICE_LIMITS}. */
export type ServiceLimit = (typeof SERVICE_LIMITS)[number];

/** Sum of {@link LimitedTimes}. */
export interface LimitedSum {
  observedUs: number;
  busyUs: number;
  rwndLimitedUs: number;
  sndbufLimitedUs: number;
}

/** Returns a sum of nothing. */
export function noTimes(): LimitedSum {
  return { observedUs: 0, busyUs: 0, rwndLimitedUs: 0, sndbufLimitedUs: 0 };
}

/** Adds the times of a connection to a sum. */
export function addTimes(sum: LimitedSum, times: LimitedTimes | undefined): void {
  if (times === undefined) return;
  sum.observedUs += times.observedUs;
  sum.busyUs += times.busyUs;
  sum.rwndLimitedUs += times.rwndLimitedUs;
  sum.sndbufLimitedUs += times.sndbufLimitedUs;
}

/** Returns each limit's share of the observed time, from 0 to 1; those without a share are absent. */
export function limitShares(times: LimitedTimes): Partial<Record<ServiceLimit, number>> {
  const { observedUs, busyUs, rwndLimitedUs: receiver, sndbufLimitedUs: buffer } = times;
  // The clocks run in steps of a jiffy, so a short observation may be shorter than they say.
  const total = Math.max(observedUs, busyUs);
  const parts: Record<ServiceLimit, number> = {
    application: total - busyUs,
    network: busyUs - receiver - buffer,
    receiver,
    buffer,
  };
  const shares: Partial<Record<ServiceLimit, number>> = {};
  for (const limit of SERVICE_LIMITS) if (total > 0 && parts[limit] > 0) shares[limit] = parts[limit] / total;
  return shares;
}
