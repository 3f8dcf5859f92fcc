import type { Column, RowFields } from '../../view/rows/index.js';
import { fieldName } from '../../view/rows/index.js';

/** Most fields of an order. */
const MAX_KEYS = 3;

/** Field of an order. */
export interface SortKey {
  /** Full name. */
  readonly field: string;
  readonly isDescending: boolean;
}

/** Reads an order such as `-now.rttUs,uuid`. Names that no field has are left out: the source reports them. */
export function parseSort(text: string, fields: RowFields): SortKey[] {
  return text.split(',').flatMap((part) => {
    const name = part.trim();
    const isDescending = name.startsWith('-');
    const found = fields.find(isDescending ? name.slice(1) : name);
    return found === undefined ? [] : [{ field: fieldName(found.field), isDescending }];
  });
}

/** Returns the text of an order; empty for the usual one. */
export function formatSort(keys: readonly SortKey[]): string {
  return keys.map(({ field, isDescending }) => `${isDescending ? '-' : ''}${field}`).join(',');
}

/** Returns the order after a click on the title of a column: by it, then reversed, then the usual one. */
export function sortByColumn(keys: readonly SortKey[], { sortedBy, largestFirst }: Column): readonly SortKey[] {
  const [first] = keys;
  if (first?.field !== sortedBy) return [{ field: sortedBy, isDescending: largestFirst }];
  return first.isDescending === largestFirst ? [{ field: sortedBy, isDescending: !largestFirst }] : [];
}

/** Returns the order after a click with Shift: also by the column, then reversed, then without it. */
export function addColumnToSort(keys: readonly SortKey[], { sortedBy, largestFirst }: Column): readonly SortKey[] {
  const known = keys.find(({ field }) => field === sortedBy);
  if (known === undefined) return [...keys, { field: sortedBy, isDescending: largestFirst }].slice(-MAX_KEYS);
  if (known.isDescending !== largestFirst) return keys.filter((key) => key !== known);
  return keys.map((key) => (key === known ? { ...key, isDescending: !largestFirst } : key));
}

/** Returns the order by the next or previous column; before the first one is the usual order. */
export function sortByNext(
  keys: readonly SortKey[],
  columns: readonly Pick<Column, 'sortedBy' | 'largestFirst'>[],
  by: 1 | -1,
): readonly SortKey[] {
  const choices = [undefined, ...columns];
  const at = choices.findIndex((column) => column?.sortedBy === keys[0]?.field);
  const column = choices[(Math.max(0, at) + by + choices.length) % choices.length];
  return column === undefined ? [] : [{ field: column.sortedBy, isDescending: column.largestFirst }];
}

/** Returns the order with its first field reversed. */
export function reverseSort(keys: readonly SortKey[]): readonly SortKey[] {
  return keys.map((key, i) => (i === 0 ? { ...key, isDescending: !key.isDescending } : key));
}
