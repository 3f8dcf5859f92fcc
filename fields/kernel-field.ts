import type { Column } from '../export/columns/index.js';
import type { FieldDefinition } from '../expression/index.js';

/** Type of a number by the unit of its column. */
const TYPES: Readonly<Record<string, 'duration' | 'bytes' | 'rate' | 'ratio' | undefined>> = {
  us: 'duration',
  ms: 'duration',
  bytes: 'bytes',
  'bytes/s': 'rate',
  ratio: 'ratio',
};

/** Units of expressions, by those of columns. */
const UNITS: Readonly<Record<string, string | undefined>> = { bytes: 'B', 'bytes/s': 'B/s', ratio: undefined };

/** Units of kernel structs that name no quantity. */
const WITHOUT_UNIT: readonly string[] = ['enum', 'bits', 'bool', 'id', 'raw', 'address', 'ratio'];

/** Type and unit of a field. */
export interface FieldQuantity {
  readonly type: Exclude<FieldDefinition<never>['type'], 'port' | 'address' | 'time'>;
  readonly unit?: string;
}

/** Returns the type and unit of a field that has the values of a column. */
export function quantityOf({ type, unit = '' }: Pick<Column, 'type' | 'unit'>): FieldQuantity {
  if (type === 'string') return { type: 'text' };
  if (type === 'bool') return { type: 'boolean' };
  return quantityOfUnit(unit);
}

/** Returns the type and unit of a number with a unit of a kernel struct's table. */
export function quantityOfUnit(unit: string): FieldQuantity {
  const quantity = TYPES[unit];
  const named = unit in UNITS ? UNITS[unit] : unit;
  const shown = named === undefined || named === '' || WITHOUT_UNIT.includes(unit) ? {} : { unit: named };
  return {
    type: quantity ?? (unit === 'packets' || unit === 'events' || unit === 'snapshots' ? 'count' : 'number'),
    ...shown,
  };
}
