const BYTE_UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Formats a number with commas, e.g. `262,144`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Formats a number with a noun, e.g. `1 socket` or `12 sockets`. */
export function plural(value: number, thing: string): string {
  return `${count(value)} ${thing}${value === 1 ? '' : 's'}`;
}

/** Formats bytes in the largest unit that they fill, e.g. `72.7 GiB`. */
export function bytes(value: number): string {
  const step = value < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log2(value) / 10));
  const amount = value / 1024 ** step;
  return `${step === 0 ? count(amount) : short(amount)} ${BYTE_UNITS[step] ?? ''}`;
}

/** Formats nanoseconds in a suitable unit, e.g. `31 us`, `0.94 ms` or `1.2 s`. */
export function time(ns: number): string {
  if (ns < 1e3) return `${Math.round(ns)} ns`;
  if (ns < 1e5) return `${short(ns / 1e3)} us`;
  if (ns < 1e9) return `${short(ns / 1e6)} ms`;
  return `${short(ns / 1e9)} s`;
}

/** Formats a share as a percentage, e.g. `9.4 %`. */
export function percent(share: number): string {
  return `${short(share * 100)} %`;
}

/** Formats a number with at most three digits. */
function short(value: number): string {
  return value >= 99.95 ? count(value) : value.toFixed(value < 0.995 ? 2 : 1).replace(/\.0$/, '');
}

/** Returns the `code` of an error, if it has one. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
