import { describe, expect, it } from 'vitest';
import { decodeSnapshot } from '../../../parse/snapshot/index.js';
import { haveGolden } from '../../support/golden.js';
import { goldenFiles, readCsv, readGolden, readRecords } from './golden.js';
import { recordOf, splitMessages } from './messages.js';
import { REFERENCE_COLUMNS } from './reference-columns.js';

const golden = haveGolden('decoded values against the reference’s');

/** Returns the archives that have a CSV of the reference, with that CSV. */
function csvPairs(): [archive: string, csv: string][] {
  const mlab = goldenFiles('mlab', '.csv').map((csv): [string, string] => [csv.replace('.csv', '.jsonl.zst'), csv]);
  const basic = goldenFiles('csv', '.csv').filter((path) => path.includes('basic-'));
  return [
    ...mlab,
    ...basic.map((csv): [string, string] => [csv.replace('basic-', 'in-basic-').replace('.csv', '.jsonl.zst'), csv]),
  ];
}

describe.skipIf(!golden)('decodeSnapshot and the reference’s CSV', () => {
  it.each(golden ? csvPairs() : [])('have the same values for %s', (archive, csv) => {
    const records = readRecords(archive);
    const rows = readCsv(csv);
    expect(rows).toHaveLength(records.length);
    const columns = [...(rows[0]?.keys() ?? [])].filter((column) => column !== 'NotFullyParsed');
    expect([...REFERENCE_COLUMNS.keys()].sort()).toEqual(columns.sort());
    for (const [i, record] of records.entries()) {
      const snapshot = decodeSnapshot(record);
      const ours = [...REFERENCE_COLUMNS].map(([column, read]) => `${column}=${read(snapshot)}`);
      const theirs = [...REFERENCE_COLUMNS.keys()].map((column) => `${column}=${rows[i]?.get(column)}`);
      expect(ours, `row ${i}`).toEqual(theirs);
    }
  });
});

describe.skipIf(!golden)('decodeSnapshot and the reference’s archives', () => {
  const archives = golden
    ? ['basic', 'variety', 'rotation', 'mlab'].flatMap((folder) => goldenFiles(folder, '.jsonl.zst'))
    : [];

  it.each(archives)('are decoded completely: %s', (archive) => {
    for (const record of readRecords(archive)) {
      const snapshot = decodeSnapshot(record);
      expect(snapshot).toMatchObject({ notDecoded: 0, unknownAttributes: [], skippedAttributes: [] });
      expect(snapshot.inetDiagMsg === undefined).toBe(record.metadata !== undefined);
      expect(snapshot.tcpInfo?.unknownTailBytes ?? 0).toBe(0);
    }
  });
});

describe.skipIf(!golden)('raw messages and the reference’s records', () => {
  it('have the same attributes and the same snapshot', () => {
    const messages = splitMessages(readGolden('netlink/messages.bin.zst'));
    const records = readRecords('netlink/records.jsonl.zst');
    expect(messages).toHaveLength(420);
    expect(records).toHaveLength(420);
    for (const [i, message] of messages.entries()) {
      const theirs = records[i];
      if (theirs === undefined) throw new Error(`no record ${i}`);
      const ours = recordOf(message, theirs.timestamp);
      expect(ours.attributes?.map(hex)).toEqual(theirs.attributes?.map(hex));
      const snapshot = decodeSnapshot(ours);
      expect(snapshot).toEqual(decodeSnapshot(theirs));
      expect(snapshot).toMatchObject({ notDecoded: 0, congestionAlgorithm: 'cubic' });
    }
  });
});

function hex(payload: Uint8Array | null): string | null {
  return payload === null ? null : Buffer.from(payload).toString('hex');
}
