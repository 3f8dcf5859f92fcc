import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { describe, expect, it } from 'vitest';
import { Engine } from '../../../export/duckdb/index.js';
import {
  ParquetDataset,
  type ParquetDatasetOptions,
  SNAPSHOT_COLUMNS,
  SnapshotReader,
  type SnapshotRow,
  snapshotParquet,
  toInt64,
} from '../../../export/index.js';
import { type ArchivedRecord, formatTimestamp } from '../../../parse/index.js';
import { anyRecord } from '../../parse/snapshot/records.js';
import { tempFolder } from '../../support/temp.js';

const START_NS = 1_795_217_283_000_000_000n; // 2026-11-20T23:28:03Z
const HOUR_NS = 3_600_000_000_000n;

type Options = Partial<ParquetDatasetOptions<SnapshotRow>>;

function open(directory: string, options: Options = {}): Promise<ParquetDataset<SnapshotRow>> {
  const snapshots = snapshotParquet(SNAPSHOT_COLUMNS, SNAPSHOT_COLUMNS);
  return ParquetDataset.open({ ...snapshots, directory, fileBytes: 2 ** 27, append: false, ...options });
}

async function write(directory: string, records: Iterable<ArchivedRecord>, options: Options = {}) {
  const dataset = await open(directory, options);
  try {
    const row = new SnapshotReader();
    row.begin('test');
    for (const each of records) {
      row.load(each);
      await dataset.add(row);
    }
    return await dataset.finish();
  } finally {
    await dataset.close();
  }
}

/** Yields snapshots at an interval, each with a different RTT. */
function* snapshots(count: number, stepNs: bigint): Generator<ArchivedRecord> {
  for (let i = 0; i < count; i++) {
    const info = Buffer.alloc(232);
    info.writeUInt32LE(i + 1, 68);
    info.writeBigUInt64LE(2n ** 60n + BigInt(i), 120);
    const timestamp = formatTimestamp(START_NS + BigInt(i) * stepNs);
    yield { timestamp, rawIdm: new Uint8Array(72), attributes: [null, null, info, null, Buffer.from(`cc${i % 7}\0`)] };
  }
}

function filesOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.parquet'))
    .sort()
    .map((name) => join(directory, name));
}

async function readAll(directory: string): Promise<Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = [];
  for (const path of filesOf(directory)) {
    all.push(...(await parquetReadObjects({ file: await asyncBufferFromFile(path), compressors })));
  }
  return all;
}

/** Queries a dataset with DuckDB. */
async function ask(directory: string, select: string): Promise<readonly unknown[]> {
  const engine = await Engine.open({ memoryBytes: 2 ** 28, tempDirectory: join(directory, '.temp'), threads: 1 });
  try {
    const from = `read_parquet('${directory}/*/*.parquet', hive_partitioning = true)`;
    const [row = []] = await engine.rows('ask', `SELECT ${select} FROM ${from}`);
    return row;
  } finally {
    engine.close();
  }
}

/** Returns a column's value as a Parquet reader returns it: whole numbers as bigints. */
function expected(value: unknown, type: string): unknown {
  if (value === null) return null;
  if (type === 'timestamp' && typeof value === 'bigint') return new Date(Math.floor(Number(value / 1000n) / 1000));
  if (type === 'int64') return BigInt(value as number | bigint);
  return value;
}

describe('ParquetDataset', () => {
  it('stores every value of any record, as read by another Parquet reader', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRecord, { minLength: 1, maxLength: 20 }), async (records) => {
        const directory = tempFolder();
        const row = new SnapshotReader();
        row.begin('test');
        const sound = records.filter((each) => {
          try {
            return row.load(each);
          } catch {
            return false; // invalid snapshots are reported elsewhere
          }
        });
        const want = sound.map((each) => {
          row.load(each);
          return Object.fromEntries(
            SNAPSHOT_COLUMNS.map(({ name, type, read }) => [name, expected(toInt64(read(row)), type)]),
          );
        });
        const totals = await write(directory, sound);
        expect(totals.rows).toBe(sound.length);
        const got = await readAll(directory);
        const byKey = (rows: readonly Record<string, unknown>[]): string[] =>
          rows.map((each) => JSON.stringify(each, (_, v: unknown) => (typeof v === 'bigint' ? `${v}n` : v))).sort();
        const bare = got.map(({ timestamp_ns: _, ...rest }) => rest);
        expect(byKey(bare)).toEqual(byKey(want));
      }),
      { numRuns: 15 },
    );
  });

  it('makes one file of many row groups with the same content for two readers', async () => {
    const directory = tempFolder();
    const totals = await write(directory, snapshots(20_000, 1000n), { rowGroupRows: 2048 });
    expect(totals).toMatchObject({ rows: 20_000, files: 1, partitions: 1 });
    const [path = ''] = filesOf(directory);
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(path));
    expect(metadata.row_groups.map((group) => Number(group.num_rows))).toEqual([...Array(9).fill(2048), 1568]);
    const rows = await readAll(directory);
    expect(rows.map((row) => row['tcpi_rtt'])).toEqual(Array.from({ length: 20_000 }, (_, i) => BigInt(i + 1)));
    expect(rows.map((row) => row['tcpi_bytes_acked'])).toEqual(
      Array.from({ length: 20_000 }, (_, i) => 2n ** 60n + BigInt(i)),
    );
    expect(await ask(directory, 'count(*), sum(tcpi_rtt)::BIGINT, count(DISTINCT congestion_algorithm)')).toEqual([
      20_000n,
      200_010_000n,
      7n,
    ]);
    // Found by statistics and bloom filters, whose positions in this file differ from those in its parts.
    expect(
      await ask(directory, "count(*) FILTER (congestion_algorithm = 'cc3'), count(*) FILTER (tcpi_rtt = 9999)"),
    ).toEqual([2857n, 1n]);
  });

  it('has a folder for each UTC day, and a new file when one reaches its size', async () => {
    const directory = tempFolder();
    // 32 minutes before midnight, then one per hour: 1, 24, 24, …
    const totals = await write(directory, snapshots(60, HOUR_NS), { rowGroupRows: 10, fileBytes: 1 });
    expect(readdirSync(directory).sort()).toEqual([
      'date=2026-11-20',
      'date=2026-11-21',
      'date=2026-11-22',
      'date=2026-11-23',
    ]);
    expect(totals.files).toBeGreaterThan(6);
    expect(await ask(directory, "count(*), min(date)::VARCHAR, count(*) FILTER (date = '2026-11-21')")).toEqual([
      60n,
      '2026-11-20',
      24n,
    ]);
    const date = "(timestamp AT TIME ZONE 'UTC')::DATE";
    expect(await ask(directory, `count(*) FILTER (${date} <> date)`)).toEqual([0n]);
  });

  it('merges the small parts of many mixed days into few row groups', async () => {
    const directory = tempFolder();
    const days = snapshots(400, 24n * HOUR_NS);
    const mixed = [...days].map((each, i) => ({
      ...each,
      timestamp: formatTimestamp(START_NS + BigInt(i % 40) * 24n * HOUR_NS),
    }));
    const totals = await write(directory, mixed, { rowGroupRows: 100 });
    expect(totals).toMatchObject({ rows: 400, files: 40, partitions: 40 });
    expect(await ask(directory, 'count(*), sum(tcpi_rtt)::BIGINT')).toEqual([400n, 80_200n]);
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(filesOf(directory)[0] ?? ''));
    expect(metadata.row_groups).toHaveLength(1);
  });

  it("puts rows without a time into Hive's default partition", async () => {
    const directory = tempFolder();
    const [one] = snapshots(1, 1n);
    if (one === undefined) throw new RangeError('no snapshot');
    await write(directory, [
      one,
      { ...one, timestamp: '0001-01-01T00:00:00Z' },
      { ...one, timestamp: '2300-01-01T00:00:00Z' },
    ]);
    expect(readdirSync(directory).sort()).toEqual(['date=2026-11-20', 'date=__HIVE_DEFAULT_PARTITION__']);
    expect(await ask(directory, 'count(*), count(timestamp)')).toEqual([3n, 1n]);
  });

  it('filters rows by an SQL expression over columns that need not be exported', async () => {
    const directory = tempFolder();
    const columns = SNAPSHOT_COLUMNS.filter(({ name }) => name === 'tcpi_bytes_acked');
    const where = "tcpi_rtt BETWEEN 100 AND 199 AND congestion_algorithm = 'cc1' -- and nothing else";
    const totals = await write(directory, snapshots(1000, 1n), {
      ...snapshotParquet(columns, SNAPSHOT_COLUMNS),
      where,
    });
    expect(totals.rows).toBe(15);
    const rows = await readAll(directory);
    expect(Object.keys(rows[0] ?? {})).toEqual(['tcpi_bytes_acked']);
  });

  it('rejects an invalid expression before it touches the folder, and anything more than an expression', async () => {
    const directory = join(tempFolder(), 'new');
    await expect(open(directory, { where: 'tcpi_rt > 1' })).rejects.toMatchObject({
      code: 'ERR_SQL',
      message: expect.stringMatching(/--where: .*tcpi_rt[\s\S]*tcpi_rtt/),
    });
    await expect(open(directory, { where: '1=1); DROP TABLE x; --' })).rejects.toMatchObject({ code: 'ERR_SQL' });
    expect(existsSync(directory)).toBe(false);
  });

  it('shows readers nothing until all is written, and leaves nothing after a failure', async () => {
    const directory = tempFolder();
    const dataset = await open(directory, {
      rowGroupRows: 2048,
      where: "error('row ' || tcpi_rtt) IS NULL OR tcpi_rtt < 5000",
    });
    try {
      const row = new SnapshotReader();
      row.begin('test');
      await expect(async () => {
        for (const each of snapshots(10_000, 1n)) {
          row.load(each);
          await dataset.add(row);
          expect(filesOf(directory)).toEqual([]);
        }
        await dataset.finish();
      }).rejects.toMatchObject({ code: 'ERR_DUCKDB', message: expect.stringContaining('row ') });
    } finally {
      await dataset.close();
    }
    expect(readdirSync(directory)).toEqual([]);
  });

  it('adds to an existing folder only on request, without changing its files', async () => {
    const directory = tempFolder();
    await write(directory, snapshots(10, 1n));
    await expect(write(directory, snapshots(10, 1n))).rejects.toMatchObject({ code: 'ERR_NOT_EMPTY' });
    await write(directory, snapshots(5, 1n), { append: true });
    expect(filesOf(directory)).toHaveLength(2);
    expect(await ask(directory, 'count(*)')).toEqual([15n]);
  });

  it('removes leftovers of a killed run, but not the files of a running one', async () => {
    const directory = tempFolder();
    const staging = join(directory, '.tcp-info-export');
    mkdirSync(staging);
    writeFileSync(join(staging, 'pid'), '1\n');
    await expect(write(directory, snapshots(1, 1n))).rejects.toMatchObject({ code: 'ERR_IN_USE' });
    writeFileSync(join(staging, 'pid'), '4194999\n');
    writeFileSync(join(staging, '0.fragment'), 'half');
    await write(directory, snapshots(1, 1n));
    expect(readdirSync(directory)).toEqual(['date=2026-11-20']);
  });
});
