import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { toJson, toText } from '../../../export/query/values.js';

/** Returns the value of an SQL expression as DuckDB returns it. */
async function value(sql: string): Promise<unknown> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'`);
  const rows = (await connection.runAndReadAll(`SELECT ${sql}`)).getRows();
  connection.closeSync();
  instance.closeSync();
  return rows[0]?.[0];
}

describe('values of a query', () => {
  it.each([
    'DATE',
    'TIMESTAMP',
    'TIMESTAMPTZ',
    'TIMESTAMP_S',
    'TIMESTAMP_MS',
    'TIMESTAMP_NS',
  ])('print an infinite %s as a word', async (type) => {
    for (const word of ['infinity', '-infinity']) {
      const infinite = await value(`${type} '${word}'`);
      expect(toText(infinite)).toBe(word);
      expect(toJson(infinite)).toBe(`"${word}"`);
    }
  });

  it.each([
    [`TIMESTAMP '2026-03-01 12:00:00.000001'`, '2026-03-01T12:00:00.000001Z'],
    [`TIMESTAMP_S '2026-03-01 12:00:00'`, '2026-03-01T12:00:00Z'],
    [`TIMESTAMP_MS '2026-03-01 12:00:00.120'`, '2026-03-01T12:00:00.12Z'],
    [`TIMESTAMP_NS '2026-03-01 12:00:00.123456789'`, '2026-03-01T12:00:00.123456789Z'],
    [`TIMESTAMP '1969-12-31 23:59:59.999999'`, '1969-12-31T23:59:59.999999Z'],
    [`TIMESTAMP '2300-01-01 00:00:00'`, '2300-01-01T00:00:00Z'],
    [`TIMESTAMP '12026-03-01 12:00:00'`, '+012026-03-01T12:00:00Z'],
    [`TIMESTAMP '0045-03-15 (BC) 12:00:00'`, '-000044-03-15T12:00:00Z'],
    [`TIMESTAMP '290000-01-01 00:00:00'`, '9089348860800000000'],
    [`DATE '2026-03-01'`, '2026-03-01'],
    [`[TIMESTAMP 'infinity', NULL]`, '[infinity, NULL]'],
    [`{'at': DATE '-infinity', 'it''s': 'x''y'}`, `{'at': -infinity, 'it''s': 'x''y'}`],
    [`MAP {1: TIMESTAMPTZ '2026-03-01 12:00:00Z'}`, '{1: 2026-03-01T12:00:00Z}'],
    [`NULL`, ''],
  ])('print %s as %s', async (sql, expected) => {
    expect(toText(await value(sql))).toBe(expected);
  });

  it('are exact in JSON', async () => {
    const nested = `{'at': [TIMESTAMP 'infinity', TIMESTAMP_NS '2026-03-01 12:00:00.5'], 'n': 18446744073709551615::UBIGINT}`;
    expect(toJson(await value(nested))).toBe('{"at":["infinity","2026-03-01T12:00:00.5Z"],"n":18446744073709551615}');
    expect(toJson(await value(`'inf'::DOUBLE`))).toBe('null');
  });
});
