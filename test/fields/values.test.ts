import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConnectionRow, Connections, Deriver, observe } from '../../analysis/index.js';
import { fullName, UNITS } from '../../expression/index.js';
import { CONNECTION_FIELDS, fieldJson, isScalar, type Moment, nowFields, type RowField } from '../../fields/index.js';
import { DecodeError, parseAddress } from '../../netlink/index.js';
import { type ArchivedRecord, parseNetlinkMessage } from '../../parse/index.js';
import { RecordView } from '../../parse/snapshot/index.js';
import { observation } from '../analysis/observations.js';
import { connectionRow } from '../cmd/summary/rows.js';
import { goldenFiles, readRecords } from '../parse/snapshot/golden.js';
import { anyRecord } from '../parse/snapshot/records.js';
import { connectionRows } from '../support/connection-rows.js';
import { writeConnection } from '../support/connections.js';
import { capturedMessages } from '../support/fixtures.js';
import { haveGolden } from '../support/golden.js';
import { tempFolder } from '../support/temp.js';

const NOW_FIELDS = nowFields<Moment>((moment) => moment);

/** Checks that a value is what the table says of its field. Returns true if it is known. */
function check<Row>(field: RowField<Row>, row: Row): boolean {
  const name = fullName(field);
  const json = fieldJson(field, row);
  expect(JSON.parse(JSON.stringify(json)), `${name} in JSON`).toEqual(json);
  if (!isScalar(field)) {
    expect(typeof json, name).toBe('object');
    return json !== null;
  }
  const value = field.read(row) ?? null;
  if (value === null) return false;
  switch (field.type) {
    case 'text':
      expect(typeof value, name).toBe('string');
      break;
    case 'boolean':
      expect(typeof value, name).toBe('boolean');
      break;
    case 'address':
      expect(parseAddress(String(value)), name).toBeDefined();
      break;
    default:
      expect(typeof value, name).toBe('number');
      expect(value, name).toSatisfy(Number.isFinite);
      if (field.type !== 'time') expect(value, name).toBeGreaterThanOrEqual(0);
      if (field.type === 'count' || field.type === 'port') expect(value, name).toSatisfy(Number.isInteger);
      if (field.type === 'port') expect(value, name).toBeLessThanOrEqual(65_535);
  }
  return true;
}

/** Returns each moment of the records, one after the other, and the rows of their connections. */
function* momentsOf(records: Iterable<ArchivedRecord>, rows: ConnectionRow[]): Generator<Moment> {
  const [view, deriver] = [new RecordView(), new Deriver()];
  const connections = new Connections((row) => rows.push(row));
  connections.begin({
    uuid: 'h_1_00000000000000A1',
    sequence: 0,
    startTime: '2026-11-20T00:00:00Z',
    netns: { inode: 7, name: 'blue' },
  });
  for (const record of records) {
    if (record.rawIdm === undefined) continue;
    view.load(record);
    connections.add(view);
    const observation = observe(view);
    yield { observation, derived: deriver.next(observation) };
  }
  connections.end();
}

function checkAll(records: Iterable<ArchivedRecord>, known: Set<string>): void {
  const rows: ConnectionRow[] = [];
  const note = <Row>(fields: readonly RowField<Row>[], row: Row): void => {
    for (const field of fields) if (check(field, row)) known.add(fullName(field));
  };
  for (const moment of momentsOf(records, rows)) note(NOW_FIELDS, moment);
  for (const row of rows) note(CONNECTION_FIELDS, row);
}

describe('values of fields', () => {
  const known = new Set<string>();

  it('have their types in a written archive', async () => {
    const folder = tempFolder();
    await writeConnection(folder, {
      uuid: 'host_1_00000000000000A1',
      start: '2026-11-20T23:00:00Z',
      local: ['2001:db8::1', 50_001],
      remote: ['2001:db8::2', 443],
      bytesPerStep: 100_000,
      records: 30,
    });
    for (const row of connectionRows(folder)) {
      for (const field of CONNECTION_FIELDS) if (check(field, row)) known.add(fullName(field));
    }
  });

  it.each(['6.18-dump.bin', '6.18-destroy.bin'] as const)('have their types in each message of %s', (name) => {
    const records = capturedMessages(name).map((message, second) =>
      parseNetlinkMessage(message, new Date(Date.UTC(2026, 10, 20) + 1000 * second).toISOString()),
    );
    expect(records.length).toBeGreaterThan(0);
    checkAll(records, known);
  });

  it('have their types in any records', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 6 }), (records) => {
        try {
          checkAll(records, new Set());
        } catch (error) {
          // A broken nested attribute.
          if (!(error instanceof DecodeError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('have their types where they are rare', () => {
    const row = connectionRow({ olderByUs: 5_000_000, limitedByRunnerUp: 'loss' });
    for (const field of CONNECTION_FIELDS) if (check(field, row)) known.add(fullName(field));
    const seen = observation({ maxPacingRateBytesPerSec: 125_000 });
    const now = { observation: seen, derived: new Deriver().next(seen) };
    for (const field of NOW_FIELDS) if (check(field, now)) known.add(fullName(field));
  });

  const golden = haveGolden('values of fields in the reference’s archives');
  it.runIf(golden)('have their types in the reference’s archives', () => {
    const archives = ['basic', 'mlab', 'rotation', 'variety'].flatMap((folder) => goldenFiles(folder, '.jsonl.zst'));
    expect(archives.length).toBeGreaterThan(10);
    for (const archive of archives) checkAll(readRecords(archive), known);
  });

  it('are known at least once', () => {
    const missing = [...NOW_FIELDS, ...CONNECTION_FIELDS].map(fullName).filter((name) => !known.has(name));
    expect(missing).toEqual([]);
  });
});

describe('units of fields', () => {
  it.each(
    [...NOW_FIELDS, ...CONNECTION_FIELDS].map((field) => [fullName(field), field] as const),
  )('of %s fit its type', (_name, { type, unit }) => {
    const dimension = UNITS.find((each) => each.name === unit)?.dimension;
    if (type === 'duration' || type === 'bytes' || type === 'rate') expect(dimension).toBe(type);
    else if (type === 'time' || type === 'object') expect([undefined, 'duration']).toContain(dimension);
    else expect(dimension).toBeUndefined();
  });
});
