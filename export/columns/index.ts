/** Columns of tables: name, type, unit, description and reader of each value. */
export { ChangedColumns } from './changed-columns.js';
export {
  type Column,
  type ColumnType,
  type ColumnValue,
  type DerivedValues,
  type SnapshotRow,
  toInt64,
} from './column.js';
export { columnName } from './column-name.js';
export { CONNECTION_COLUMNS } from './connection-columns.js';
export { DERIVED_COLUMNS } from './derived-columns.js';
export { describeColumn } from './descriptions.js';
export { IDENTITY_COLUMNS } from './identity-columns.js';
export { type ColumnInputs, fromPayload, type InputBytes } from './inputs.js';
export { ALL_COLUMNS, columnGroups, selectColumns, UnknownColumnError } from './select.js';
export { SNAPSHOT_COLUMNS, THINNING_COLUMNS } from './snapshot-columns.js';
