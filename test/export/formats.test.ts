import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createTable,
  DDL_DIALECTS,
  ETL_STRUCTS,
  EtlRows,
  JsonLines,
  SNAPSHOT_COLUMNS,
  SnapshotReader,
  type SnapshotRow,
  THINNING_COLUMNS,
} from '../../export/index.js';
import { DecodeError } from '../../netlink/index.js';
import { type ArchivedRecord, ZERO_TIMESTAMP } from '../../parse/index.js';
import { anyRecord } from '../parse/snapshot/records.js';

const metadata = { uuid: 'h_"1"_000000000000BE33', sequence: 3, startTime: '2026-11-20T23:28:03Z' };
const META: ArchivedRecord = { timestamp: ZERO_TIMESTAMP, metadata };

describe('JsonLines', () => {
  it('have exactly the values of the columns', () => {
    const lines = new JsonLines<SnapshotRow>(SNAPSHOT_COLUMNS);
    const row = new SnapshotReader();
    row.load(META);
    fc.assert(
      fc.property(anyRecord, (record) => {
        try {
          row.load(record);
        } catch (error) {
          if (error instanceof DecodeError) return;
          throw error;
        }
        lines.add(row);
        const line = lines.out.take().toString();
        expect(line.endsWith('}\n')).toBe(true);
        // Integers as strings, so that JSON.parse does not round them.
        const parsed = JSON.parse(line.replace(/":(-?\d{15,})(?=[,}])/g, '":"$1"')) as Record<string, unknown>;
        for (const column of SNAPSHOT_COLUMNS) {
          const value = column.text === undefined ? column.read(row) : column.text(row);
          const found = parsed[column.name];
          if (value === null) expect(found).toBe(column.isNone?.(row) === true ? null : undefined);
          else if (typeof value === 'bigint') expect(found).toBe(value.toString());
          else expect(typeof value === 'number' ? Number(found) : found).toBe(value);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('createTable', () => {
  it.each(DDL_DIALECTS)('makes the unchanged statement for %s', (dialect) => {
    const sql = createTable([...SNAPSHOT_COLUMNS, ...THINNING_COLUMNS], dialect, 'snapshots');
    const path = join(import.meta.dirname, 'golden', `${dialect}.sql`);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, sql);
    expect(existsSync(path), 'UPDATE_GOLDEN=1 writes it').toBe(true);
    expect(sql).toBe(readFileSync(path, 'utf8'));
  });

  it('escapes comments as each database requires', () => {
    const column = { name: 'x', group: 'g', type: 'int32', unit: 'us', description: "it's \\", read: () => 1 } as const;
    expect(createTable([column], 'postgresql', 't')).toContain("COMMENT ON COLUMN t.x IS 'it''s \\ [us]';");
    expect(createTable([column], 'clickhouse', 't')).toContain("COMMENT 'it\\'s \\\\ [us]'");
    expect(createTable([column], 'bigquery', 't')).toContain("description = 'it\\'s \\\\ [us]'");
  });
});

describe('EtlRows', () => {
  const rawIdm = new Uint8Array(72);
  rawIdm.set([10, 1, 0, 0, 1, 187, 0, 80, 0x20, 0x01, 0x0d, 0xb8]);
  rawIdm[40] = 2;
  rawIdm.fill(0xff, 44, 52);
  /** One buffer for all records, which a reader may reuse. */
  const info = new Uint8Array(280);
  const attributes = [null, null, info, null, Buffer.from('bbr\0')];

  function rows(count: number, path = '2026/11/21/x.00003.jsonl.zst'): Record<string, unknown>[] {
    const etl = new EtlRows({ version: '1.2.3', time: '2026-11-21T00:00:00Z' });
    const row = new SnapshotReader();
    row.begin(path);
    etl.begin({ path, bytes: 77 });
    row.load(META);
    for (let i = 0; i < count; i++) {
      info[68] = i;
      row.load({ timestamp: `2026-11-20T23:28:${String(10 + i)}Z`, rawIdm, attributes });
      etl.add(row);
      row.load({ timestamp: `2026-11-20T23:28:${String(10 + i)}.5Z`, rawIdm, attributes: [null] });
      etl.add(row);
    }
    info[68] = 255;
    etl.end();
    return etl.out
      .take()
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }

  it('make one row per archive, with every tenth snapshot that has attributes, and the last', () => {
    const kept = (count: number): unknown[] =>
      rows(count).flatMap(({ raw }) =>
        (raw as { Snapshots: { TCPInfo: { RTT: number } }[] }).Snapshots.map(({ TCPInfo }) => TCPInfo.RTT),
      );
    expect(rows(0)).toEqual([]);
    expect(kept(1)).toEqual([0]);
    expect(kept(11)).toEqual([0, 10]);
    expect(kept(25)).toEqual([0, 10, 20, 24]);
  });

  it("have M-Lab's names", () => {
    const [row] = rows(12);
    expect(row).toMatchObject({
      id: metadata.uuid,
      date: '2026-11-21',
      parser: { Version: '1.2.3', Filename: '2026/11/21/x.00003.jsonl.zst', FileSize: 77 },
      a: {
        SockID: { SPort: 443, DPort: 80, SrcIP: '2001:db8::', DstIP: '::', Interface: 2, Cookie: -1 },
        FinalSnapshot: {
          Timestamp: '2026-11-20T23:28:21Z',
          CongestionAlgorithm: 'bbr',
          InetDiagMsg: { IDiagFamily: 10, IDiagState: 1, IDiagUID: 0 },
          TCPInfo: { RTT: 11, LastAckRecv: 0, SndWnd: 0 },
        },
      },
      raw: { Metadata: { UUID: metadata.uuid, Sequence: 3, StartTime: metadata.startTime } },
    });
    expect(row?.['a']).not.toHaveProperty('FinalSnapshot.BBRInfo');
    const counts = Object.fromEntries(ETL_STRUCTS.map(({ name, fields }) => [name, fields.length]));
    expect(counts).toEqual({
      InetDiagMsg: 9,
      TCPInfo: 54,
      MemInfo: 4,
      SocketMem: 9,
      VegasInfo: 4,
      DCTCPInfo: 5,
      BBRInfo: 4,
    });
    expect(ETL_STRUCTS.flatMap(({ fields }) => fields.map(({ name }) => name))).not.toContain('Sndbug');
    expect(rows(1, 'x.tgz:2026/11/22/y.jsonl')[0]).toMatchObject({
      date: '2026-11-22',
      parser: { ArchiveURL: 'x.tgz', Filename: '2026/11/22/y.jsonl' },
    });
    expect(rows(1, 'y.jsonl')[0]).toMatchObject({ date: '2026-11-20' });
  });
});
