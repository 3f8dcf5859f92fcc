import type { Column, ColumnType } from './columns/index.js';

/** Databases with a dialect of `CREATE TABLE`. */
export const DDL_DIALECTS = ['bigquery', 'clickhouse', 'postgresql'] as const;
/** One of {@link DDL_DIALECTS}. */
export type DdlDialect = (typeof DDL_DIALECTS)[number];

const TYPES: Readonly<Record<DdlDialect, Readonly<Record<ColumnType, string>>>> = {
  bigquery: {
    string: 'STRING',
    bool: 'BOOL',
    int32: 'INT64',
    int64: 'INT64',
    double: 'FLOAT64',
    timestamp: 'TIMESTAMP',
  },
  clickhouse: {
    string: 'Nullable(String)',
    bool: 'Nullable(Bool)',
    int32: 'Nullable(Int32)',
    int64: 'Nullable(Int64)',
    double: 'Nullable(Float64)',
    timestamp: "Nullable(DateTime64(9, 'UTC'))",
  },
  postgresql: {
    string: 'text',
    bool: 'boolean',
    int32: 'integer',
    int64: 'bigint',
    double: 'double precision',
    timestamp: 'timestamp with time zone',
  },
};

/** Columns that a table is sorted or clustered by, if it has them. */
const KEY = ['uuid', 'timestamp'];

/**
 * Returns the statement that creates a table of these columns, with unit and description as comments.
 * @param table name of the table, inserted unchanged
 */
export function createTable<Row>(columns: readonly Column<Row>[], dialect: DdlDialect, table: string): string {
  switch (dialect) {
    case 'bigquery':
      return bigQuery(columns, table);
    case 'clickhouse':
      return clickHouse(columns, table);
    case 'postgresql':
      return postgreSql(columns, table);
  }
}

function bigQuery<Row>(columns: readonly Column<Row>[], table: string): string {
  const rows = columns.map((column) => {
    const options = `OPTIONS (description = ${quote(comment(column), '\\')})`;
    return `  ${column.name} ${TYPES.bigquery[column.type]} ${options}`;
  });
  const has = (name: string): boolean => columns.some((column) => column.name === name);
  const partition = has('timestamp') ? '\nPARTITION BY DATE(timestamp)' : '';
  const cluster = has('uuid') ? '\nCLUSTER BY uuid' : '';
  return `CREATE TABLE ${table} (\n${rows.join(',\n')}\n)${partition}${cluster};\n`;
}

function clickHouse<Row>(columns: readonly Column<Row>[], table: string): string {
  const key = KEY.filter((name) => columns.some((column) => column.name === name));
  const rows = columns.map((column) => {
    const type = TYPES.clickhouse[column.type];
    // A sorting column cannot be null: it is empty, or 1970, instead.
    const own = key.includes(column.name) ? type.replace(/^Nullable\((.*)\)$/, '$1') : type;
    return `  ${column.name} ${own} COMMENT ${quote(comment(column), '\\')}`;
  });
  const partition = key.includes('timestamp') ? '\nPARTITION BY toYYYYMM(timestamp)' : '';
  const order = key.length === 0 ? 'tuple()' : `(${key.join(', ')})`;
  return `CREATE TABLE ${table} (\n${rows.join(',\n')}\n)\nENGINE = MergeTree${partition}\nORDER BY ${order};\n`;
}

function postgreSql<Row>(columns: readonly Column<Row>[], table: string): string {
  const rows = columns.map(({ name, type }) => `  ${name} ${TYPES.postgresql[type]}`);
  const comments = columns.map(
    (column) => `COMMENT ON COLUMN ${table}.${column.name} IS ${quote(comment(column), "'")};\n`,
  );
  return `CREATE TABLE ${table} (\n${rows.join(',\n')}\n);\n${comments.join('')}`;
}

function comment<Row>({ description, unit }: Column<Row>): string {
  return unit === undefined ? description : `${description} [${unit}]`;
}

/** Returns a string literal, with quotes or backslashes escaped by the dialect's character. */
function quote(text: string, by: '\\' | "'"): string {
  return `'${text.replace(by === '\\' ? /['\\]/g : /'/g, (char) => by + char)}'`;
}
