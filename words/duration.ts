const DURATION_UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Parses a Go duration such as `10ms`, `1.5s` or `1h30m` to nanoseconds. Rejects a bare number as ambiguous. */
export function parseDurationNs(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (DURATION_UNITS[unit] ?? Number.NaN);
  }
  return Number.isFinite(total) ? Math.round(total) : undefined;
}

/** Parses a duration that may begin with days of 24 hours, such as `7d`, `1d12h` or `36h`, to nanoseconds. */
export function parseLongDurationNs(text: string): number | undefined {
  const [, days, rest = ''] = /^(?:(\d+(?:\.\d+)?)d)?(.*)$/s.exec(text) ?? [];
  if (days === undefined) return parseDurationNs(text);
  const restNs = rest === '' ? 0 : parseDurationNs(rest);
  return restNs === undefined ? undefined : Math.round(Number(days) * 24 * 3600e9) + restNs;
}

/** Formats nanoseconds with the largest unit that keeps the number whole, e.g. `10ms`. */
export function formatDuration(ns: number): string {
  for (const unit of ['h', 'm', 's', 'ms', 'us']) {
    const size = DURATION_UNITS[unit] ?? 1;
    if (ns >= size && ns % size === 0) return `${ns / size}${unit}`;
  }
  return `${ns}ns`;
}
