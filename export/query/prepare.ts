import type { DuckDBPreparedStatement } from '@duckdb/node-api';
import { asDuckDbError, DuckDbError, type Engine } from '../duckdb/index.js';

/** Pattern of the EXPLAIN before the explained statement. */
const EXPLAIN_START = /^\s*explain\b\s*(?:analy[sz]e\b|\(\s*(?:analy[sz]e|format)\b[^()]*\))?/i;

/**
 * Prepares a statement, which must only read.
 * @throws DuckDbError `ERR_SQL`
 */
export async function prepareSelect(engine: Engine, sql: string): Promise<DuckDBPreparedStatement> {
  const { connection, duckDb } = engine;
  let statement: DuckDBPreparedStatement;
  try {
    const statements = await connection.extractStatements(sql);
    if (statements.count !== 1) {
      throw new DuckDbError('ERR_SQL', `query: expected one statement, not ${statements.count}`);
    }
    statement = await statements.prepare(0);
  } catch (cause) {
    throw asDuckDbError('query', cause, 'ERR_SQL');
  }
  const { SELECT, EXPLAIN } = duckDb.api.StatementType;
  const explained = statement.statementType === EXPLAIN ? sql.replace(EXPLAIN_START, '') : sql;
  try {
    // EXPLAIN ANALYZE runs the statement that it explains.
    if (explained !== sql) (await prepareSelect(engine, explained)).destroySync();
    else if (statement.statementType !== SELECT) {
      throw new DuckDbError('ERR_SQL', 'query: expected a SELECT: nothing can be changed here');
    }
    if (statement.parameterCount > 0) throw new DuckDbError('ERR_SQL', 'query: parameters have no values here');
  } catch (error) {
    statement.destroySync();
    throw error;
  }
  return statement;
}
