import { ROW_FIELDS } from '../../live/store/index.js';
import { type Column, Columns, RowFields } from '../rows/index.js';

/** Columns of the table of connections, from the fields of rows. */
export const COLUMNS: Columns = new Columns(new RowFields(ROW_FIELDS));

/** Returns the column of a name: one of ours, or a field of rows by name, full name or alias. */
export function findColumn(name: string): Column | undefined {
  return COLUMNS.find(name);
}
