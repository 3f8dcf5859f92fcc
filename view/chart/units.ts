/** Kind of a number: bytes, rate (given in bytes per second, shown in bits per second), microseconds, or a count. */
export type Quantity = 'bytes' | 'rate' | 'duration' | 'count';

/** Unit for a whole axis or column. */
export interface Unit {
  /** Size of the unit in the quantity's base unit: bytes, bytes per second, microseconds, things. */
  readonly size: number;
  /** Name, e.g. `Mbit/s`; empty for plain things. */
  readonly name: string;
}

const UNITS: Readonly<Record<Quantity, readonly Unit[]>> = {
  bytes: [
    { size: 1, name: 'B' },
    { size: 1e3, name: 'kB' },
    { size: 1e6, name: 'MB' },
    { size: 1e9, name: 'GB' },
    { size: 1e12, name: 'TB' },
    { size: 1e15, name: 'PB' },
  ],
  // Input is in bytes per second; links are sold by bits per second.
  rate: [
    { size: 1 / 8, name: 'bit/s' },
    { size: 1e3 / 8, name: 'kbit/s' },
    { size: 1e6 / 8, name: 'Mbit/s' },
    { size: 1e9 / 8, name: 'Gbit/s' },
    { size: 1e12 / 8, name: 'Tbit/s' },
  ],
  duration: [
    { size: 1, name: 'µs' },
    { size: 1e3, name: 'ms' },
    { size: 1e6, name: 's' },
    { size: 60e6, name: 'min' },
    { size: 3600e6, name: 'h' },
    { size: 86_400e6, name: 'd' },
  ],
  count: [
    { size: 1, name: '' },
    { size: 1e3, name: 'k' },
    { size: 1e6, name: 'M' },
    { size: 1e9, name: 'G' },
  ],
};

/** Returns the largest unit that is not larger than `value`; the smallest for 0. */
export function unitFor(value: number, quantity: Quantity): Unit {
  const units = UNITS[quantity];
  const found = units.findLast(({ size }) => Math.abs(value) >= size * 0.9995) ?? units[0];
  if (found === undefined) throw new RangeError(`no unit of ${quantity}`);
  return found;
}

/** Formats a value with three significant digits and its unit, e.g. `12.3 MB`; `–` for null. */
export function formatQuantity(value: number | null, quantity: Quantity): string {
  if (value === null) return '–';
  if (quantity === 'count') return formatCount(value);
  const unit = unitFor(value, quantity);
  return `${significant(value / unit.size)} ${unit.name}`;
}

/** Formats an integer with thousands separators, e.g. `12,345`. */
export function formatCount(value: number): string {
  return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** Formats a number of things, e.g. `1 snapshot`, `2,500 snapshots`. */
export function formatThings(value: number, thing: string, things = `${thing}s`): string {
  return `${formatCount(value)} ${Math.round(value) === 1 ? thing : things}`;
}

/** Formats a share as percent: `0 %`, `<1 %`, `37 %`, `>99 %`, `100 %`; `–` if unknown. */
export function formatShare(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return '–';
  if (share > 0 && share < 0.01) return share < 0.0995 / 100 ? '<0.1 %' : `${(share * 100).toFixed(1)} %`;
  if (share < 1 && share > 0.99) return '>99 %';
  return `${Math.round(share * 100)} %`;
}

/** Formats a number with at most three significant digits, never with an exponent. */
function significant(value: number): string {
  const size = Math.abs(value);
  if (size >= 99.95) return String(Math.round(value));
  return String(Number(value.toFixed(size >= 9.995 ? 1 : 2)));
}
