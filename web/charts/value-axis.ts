import { formatQuantity, formatShare, niceTicks, type Quantity, type Unit, unitFor } from '../../view/chart/index.js';

/** Kind of a chart's values; shares are 0 to 1, and shown in percent. */
export type ChartQuantity = Quantity | 'share';

const PERCENT: Unit = { size: 0.01, name: '%' };

/** Axis of values, from 0. */
export interface ValueAxis {
  /** Name of the unit, such as `Mbit/s`; empty for plain things. */
  readonly unit: string;
  /** Value at the upper edge, in the base unit of the quantity. */
  readonly end: number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

/** Returns an axis with about `count` round values from 0 to `max` or just above it. */
export function valueAxis(max: number, quantity: ChartQuantity, bytes: boolean, count: number): ValueAxis {
  const unit = unitOf(max, quantity, bytes);
  const values = niceTicks(max / unit.size, count);
  // Half a packet or half a microsecond is no round value.
  const isWhole = quantity !== 'rate' && unit.size === 1;
  const ticks = values
    .filter((value) => !isWhole || Number.isInteger(value))
    .map((value) => ({ value: value * unit.size, label: String(value) }));
  return { unit: unit.name, end: (values.at(-1) ?? 1) * unit.size, ticks };
}

function unitOf(max: number, quantity: ChartQuantity, bytes: boolean): Unit {
  if (quantity === 'share') return PERCENT;
  if (quantity !== 'rate' || !bytes) return unitFor(max, quantity);
  const unit = unitFor(max, 'bytes');
  return { size: unit.size, name: `${unit.name}/s` };
}

/** Formats a value with its unit; rates in bits or bytes a second. */
export function quantityText(value: number | null | undefined, quantity: ChartQuantity, bytes: boolean): string {
  if (value === null || value === undefined) return '–';
  if (quantity === 'share') return formatShare(value);
  if (value === 0) return '0';
  if (quantity === 'rate' && bytes) return `${formatQuantity(value, 'bytes')}/s`;
  return formatQuantity(value, quantity);
}
