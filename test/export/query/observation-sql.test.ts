import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Observation, observe } from '../../../analysis/index.js';
import { createTable, Engine, TableWriter } from '../../../export/duckdb/index.js';
import { SNAPSHOT_COLUMNS, SnapshotReader, type SnapshotRow, withTimestampNs } from '../../../export/index.js';
import { observationQuery, readObservation } from '../../../export/query/observation-sql.js';
import { INET_DIAG_CONG, INET_DIAG_INFO } from '../../../inetdiag/index.js';
import { DecodeError } from '../../../netlink/index.js';
import { type ArchivedRecord, formatTimestamp } from '../../../parse/index.js';
import { RecordView } from '../../../parse/snapshot/index.js';
import { TCP_INFO } from '../../../tcp/index.js';
import { anyRecord } from '../../parse/snapshot/records.js';
import { tempFolder } from '../../support/temp.js';

const START_NS = 1_795_217_283_000_000_000n; // 2026-11-20T23:28:03Z
const COLUMNS = withTimestampNs(SNAPSHOT_COLUMNS);

/** Arbitrary records that can be loaded, without an empty tcp_info, which has no column. */
const loadable = anyRecord.filter((record) => {
  const { attributes = [] } = record;
  if (attributes[INET_DIAG_INFO]?.length === 0) return false;
  try {
    new RecordView().load(record);
    return true;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
});

/** Arbitrary records, half of them with a whole tcp_info whose wide counters a number can hold. */
const records = fc.oneof(
  loadable,
  fc
    .tuple(loadable, fc.uint8Array({ minLength: TCP_INFO.size, maxLength: TCP_INFO.size }))
    .map(([record, info]): ArchivedRecord => {
      for (const { kind, offset } of TCP_INFO.fields) if (kind === 'u64') info.fill(0, offset + 6, offset + 8);
      const attributes = [...(record.attributes ?? [])];
      while (attributes.length <= INET_DIAG_INFO) attributes.push(null);
      attributes[INET_DIAG_INFO] = info;
      return { ...record, attributes };
    }),
);

/** Gives records successive times, by which their rows are found, and texts that a column can hold. */
function inOrder(unordered: readonly ArchivedRecord[]): ArchivedRecord[] {
  return unordered.map(({ rawIdm, attributes = [] }, i) => ({
    timestamp: formatTimestamp(START_NS + BigInt(i) * 1000n),
    ...(rawIdm === undefined ? {} : { rawIdm }),
    attributes: attributes.map((payload, number) => (number === INET_DIAG_CONG ? Buffer.from(`cc${i}\0`) : payload)),
  }));
}

async function queryObservations(engine: Engine, written: readonly ArchivedRecord[]): Promise<Observation[]> {
  await engine.run('make table', `DROP TABLE IF EXISTS t; ${createTable('t', COLUMNS)}`);
  const writer = new TableWriter<SnapshotRow>(engine.duckDb, COLUMNS);
  await writer.begin(engine.connection, 't');
  const row = new SnapshotReader();
  row.begin('test');
  for (const record of written) {
    row.load(record);
    writer.add(row);
  }
  writer.end();
  const rows = await engine.rows('query', observationQuery('t'));
  const observations = rows.map((each) => ({ ...readObservation(each).observation }));
  return observations.toSorted((a, b) => a.timeUs - b.timeUs);
}

describe('an observation of a query', () => {
  it('is the same as from the record, for any records', async () => {
    const engine = await Engine.open({ memoryBytes: 2 ** 28, tempDirectory: tempFolder(), threads: 1 });
    try {
      const sample = inOrder(fc.sample(records, 500));
      const view = new RecordView();
      const observed = sample.map((record) => {
        view.load(record);
        return observe(view);
      });
      expect(await queryObservations(engine, sample)).toEqual(observed);
      const known = observed.filter(({ bytesSent, rttUs }) => bytesSent !== null && rttUs !== null);
      expect(known.length).toBeGreaterThan(100);
    } finally {
      engine.close();
    }
  });
});
