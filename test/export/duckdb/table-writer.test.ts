import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SNAPSHOT_COLUMNS } from '../../../export/columns/index.js';
import { createTable, Engine, TableWriter } from '../../../export/duckdb/index.js';
import { SnapshotReader, type SnapshotRow, withTimestampNs } from '../../../export/index.js';
import { DecodeError } from '../../../netlink/index.js';
import { RecordReader } from '../../../parse/index.js';
import { changingLines } from '../../support/changing-lines.js';
import { tempFolder } from '../../support/temp.js';

const COLUMNS = withTimestampNs(SNAPSHOT_COLUMNS);

/** Appends the rows of lines to a table several times, so that it has more than one chunk, and returns all rows. */
async function rowsOf(
  engine: Engine,
  lines: readonly string[],
  sourceOf?: (row: SnapshotRow) => SnapshotRow,
): Promise<unknown> {
  const writer = new TableWriter<SnapshotRow>(engine.duckDb, COLUMNS, sourceOf);
  const reader = new RecordReader();
  const row = new SnapshotReader();
  row.begin('a');
  await engine.run('make table', createTable('rows', COLUMNS));
  await writer.begin(engine.connection, 'rows');
  for (let times = 0; times < 400; times++) {
    for (const line of lines) {
      const bytes = Buffer.from(line);
      try {
        if (row.load(reader.read(bytes, 0, bytes.length))) writer.add(row);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }
  }
  writer.end();
  const rows = await engine.rows('read', 'SELECT count(*), * FROM rows GROUP BY ALL ORDER BY ALL');
  await engine.run('drop table', 'DROP TABLE rows');
  return rows;
}

it('appends the same rows when only changed columns are read', async () => {
  const engine = await Engine.open({ memoryBytes: 256 * 2 ** 20, tempDirectory: tempFolder(), threads: 1 });
  try {
    await fc.assert(
      fc.asyncProperty(changingLines, async (lines) => {
        expect(await rowsOf(engine, lines, (row) => row)).toEqual(await rowsOf(engine, lines));
      }),
      { numRuns: 12 },
    );
  } finally {
    engine.close();
  }
});
