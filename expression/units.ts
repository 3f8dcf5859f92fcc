/** Kind of quantity that has units. */
export type Dimension = 'duration' | 'bytes' | 'rate' | 'ratio';

/** Unit of a number. */
export interface Unit {
  readonly name: string;
  readonly dimension: Dimension;
  /** Value of one such unit in the dimension's base: microseconds, bytes, bytes per second, 1. */
  readonly factor: number;
}

const SECOND_US = 1_000_000;

/** Units of the language. Upper and lower case are equal: no two units differ only by case. */
export const UNITS: readonly Unit[] = [
  { name: 'us', dimension: 'duration', factor: 1 },
  { name: 'ms', dimension: 'duration', factor: 1000 },
  { name: 's', dimension: 'duration', factor: SECOND_US },
  { name: 'min', dimension: 'duration', factor: 60 * SECOND_US },
  { name: 'h', dimension: 'duration', factor: 3600 * SECOND_US },
  { name: 'd', dimension: 'duration', factor: 86_400 * SECOND_US },
  { name: 'B', dimension: 'bytes', factor: 1 },
  { name: 'kB', dimension: 'bytes', factor: 1e3 },
  { name: 'MB', dimension: 'bytes', factor: 1e6 },
  { name: 'GB', dimension: 'bytes', factor: 1e9 },
  { name: 'KiB', dimension: 'bytes', factor: 2 ** 10 },
  { name: 'MiB', dimension: 'bytes', factor: 2 ** 20 },
  { name: 'GiB', dimension: 'bytes', factor: 2 ** 30 },
  { name: 'bit/s', dimension: 'rate', factor: 1 / 8 },
  { name: 'kbit/s', dimension: 'rate', factor: 1e3 / 8 },
  { name: 'Mbit/s', dimension: 'rate', factor: 1e6 / 8 },
  { name: 'Gbit/s', dimension: 'rate', factor: 1e9 / 8 },
  { name: 'B/s', dimension: 'rate', factor: 1 },
  { name: 'kB/s', dimension: 'rate', factor: 1e3 },
  { name: 'MB/s', dimension: 'rate', factor: 1e6 },
  { name: '%', dimension: 'ratio', factor: 0.01 },
];

const BY_NAME: ReadonlyMap<string, Unit> = new Map(UNITS.map((unit) => [unit.name.toLowerCase(), unit]));

/** Returns the unit of a name in any case. */
export function findUnit(name: string): Unit | undefined {
  return BY_NAME.get(name.toLowerCase());
}

/** Units that an error offers for a number without one. */
export const OFFERED_UNITS: Readonly<Record<Dimension, readonly string[]>> = {
  duration: ['us', 'ms', 's'],
  bytes: ['B', 'kB', 'MB'],
  rate: ['kbit/s', 'Mbit/s', 'MB/s'],
  ratio: ['%'],
};

/** Endings by which the name of a field says its unit, in camel case and in snake case. */
const NAME_ENDINGS: readonly { readonly unit: string; readonly ending: RegExp }[] = [
  { unit: 'us', ending: /(?:[a-z\d]Us|_us)$/ },
  { unit: 'ms', ending: /(?:[a-z\d]Ms|_ms)$/ },
  { unit: 's', ending: /(?:[a-z\d](?<!Per)Sec|(?<!_per)_sec)(?:onds)?$/ },
  { unit: 'B', ending: /(?:[a-z\d]Bytes|_bytes)$/ },
  { unit: 'B/s', ending: /(?:[a-z\d]BytesPerSec|_bytes_per_sec)$/ },
];

/** Returns whether a field's name says this unit: `rttUs` and `rtt_us` do, `rtt` does not. */
export function nameSaysUnit(name: string, unit: string): boolean {
  return NAME_ENDINGS.some((row) => row.unit === unit && row.ending.test(name));
}
