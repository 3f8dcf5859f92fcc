import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { findSubcommand } from '../../cmd/tcp-info/subcommands.js';
import { loadDuckDb } from '../../export/duckdb/index.js';
import { type ArchivedRecord, encodeRecord, formatTimestamp, ZERO_TIMESTAMP } from '../../parse/index.js';
import { compressFrame } from '../../zstd/index.js';
import { tempFolder } from '../support/temp.js';

const START_NS = 1_795_217_283_000_000_000n; // 2026-11-20T23:28:03Z
const ESTABLISHED = 1;

async function run(name: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [out, err] = [text(stdout), text(stderr)];
  const subcommand = findSubcommand([name]);
  if (subcommand === undefined) throw new RangeError('no subcommand');
  const code = await subcommand.run({ args, stdout, stderr, signals: { onShutdown: () => undefined } });
  stdout.end();
  stderr.end();
  return { code, stdout: await out, stderr: await err };
}

const query = (...args: string[]) => run('query', ...args);

/** Returns a snapshot with this many acknowledged bytes. */
function snapshot(i: number, acked: bigint): ArchivedRecord {
  const rawIdm = new Uint8Array(72);
  rawIdm.set([2, ESTABLISHED, 0, 0, 1, 187, 0, 80, 10, 0, 0, 1]);
  const info = Buffer.alloc(232);
  info.writeUInt8(ESTABLISHED, 0);
  info.writeUInt32LE(1448, 16);
  info.writeUInt32LE(1000 * (i + 1), 68);
  info.writeUInt32LE(10, 80);
  info.writeBigUInt64LE(acked, 120);
  const attributes = [null, null, info, null, Buffer.from('cubic\0')];
  return { timestamp: formatTimestamp(START_NS + BigInt(i) * 10_000_001n), rawIdm, attributes };
}

/** Creates a folder with three connections of ten snapshots each. */
async function archives(): Promise<string> {
  const path = tempFolder();
  for (const uuid of ['a_1', 'b_2', 'c_3']) {
    const metadata = { uuid, sequence: 0, startTime: '2026-11-20T23:28:03Z' };
    const rows = Array.from({ length: 10 }, (_, i) => snapshot(i, 2n ** 60n + BigInt(i)));
    const lines = [{ timestamp: ZERO_TIMESTAMP, metadata }, ...rows].map(encodeRecord).join('');
    writeFileSync(join(path, `${uuid}.00000.jsonl.zst`), await compressFrame(Buffer.from(lines)));
  }
  return path;
}

describe('tcp-info query', () => {
  it.each([
    ['/nonexistent', 'no such file or directory (ENOENT)'],
    ['/dev/null', 'not a directory (ENOTDIR)'],
    ['/proc', 'no such file or directory (ENOENT)'],
  ])('rejects TMPDIR=%s with reason and exit code 1', async (folder, reason) => {
    vi.stubEnv('TMPDIR', folder);
    try {
      expect(await query('SELECT 1', '/dev/null')).toEqual({
        code: 1,
        stdout: '',
        stderr: `tcp-info query: TMPDIR=${folder}: ${reason}\n`,
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('returns exact integers and nanoseconds over snapshots', async () => {
    const sql = 'SELECT count(*) AS n, max(tcpi_bytes_acked) AS acked, max(timestamp_ns) AS last FROM snapshots';
    const { code, stdout } = await query('--format=jsonl', sql, await archives());
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: '{"n":30,"acked":1152921504606846985,"last":1795217283090000009}\n',
    });
  });

  it('prints a readable table, CSV and JSON', async () => {
    const path = await archives();
    const sql =
      "SELECT uuid, tcpi_rtt, timestamp, NULL AS nothing FROM snapshots WHERE uuid = 'a_1' ORDER BY 2 LIMIT 2";
    expect((await query(sql, path)).stdout).toBe(
      'uuid  tcpi_rtt  timestamp                nothing\n' +
        '----  --------  -----------------------  -------\n' +
        'a_1       1000  2026-11-20T23:28:03Z     NULL\n' +
        'a_1       2000  2026-11-20T23:28:03.01Z  NULL\n',
    );
    expect((await query('--format=csv', sql, path)).stdout).toBe(
      'uuid,tcpi_rtt,timestamp,nothing\na_1,1000,2026-11-20T23:28:03Z,\na_1,2000,2026-11-20T23:28:03.01Z,\n',
    );
    expect(JSON.parse((await query('--format=json', sql, path)).stdout)).toEqual([
      { uuid: 'a_1', tcpi_rtt: 1000, timestamp: '2026-11-20T23:28:03Z', nothing: null },
      { uuid: 'a_1', tcpi_rtt: 2000, timestamp: '2026-11-20T23:28:03.01Z', nothing: null },
    ]);
    expect(JSON.parse((await query('--format=json', 'SELECT 1 FROM snapshots WHERE false', path)).stdout)).toEqual([]);
  });

  it('derives values, and has one row per connection', async () => {
    const path = await archives();
    const derived = 'SELECT count(interval_us) AS n, min(interval_us) AS us FROM snapshots';
    expect((await query('--format=jsonl', derived, path)).stdout).toBe('{"n":27,"us":10000}\n');
    const connections = 'SELECT uuid, snapshots, min_rtt_us, max_rtt_us FROM connections ORDER BY uuid LIMIT 1';
    expect((await query('--format=csv', connections, path)).stdout).toBe(
      'uuid,snapshots,min_rtt_us,max_rtt_us\na_1,10,0,10000\n',
    );
    const metadata = 'SELECT uuid, sequence, start_time FROM metadata ORDER BY ALL LIMIT 1';
    expect((await query('--format=csv', metadata, path)).stdout).toBe(
      'uuid,sequence,start_time\na_1,0,2026-11-20T23:28:03Z\n',
    );
  });

  it('gives the same answers over Parquet', async () => {
    const path = await archives();
    const parquet = join(tempFolder(), 'parquet');
    expect((await run('export', '--format=parquet', '--output', parquet, path)).code).toBe(0);
    for (const sql of [
      'SELECT uuid, date, sum(tcpi_bytes_acked), max(timestamp_ns), max(timestamp) FROM snapshots GROUP BY ALL ORDER BY ALL',
      'SELECT * FROM connections ORDER BY uuid',
      'SELECT DISTINCT uuid, sequence FROM metadata ORDER BY ALL',
    ]) {
      const [archived, exported] = [
        await query('--format=jsonl', sql, path),
        await query('--format=jsonl', sql, parquet),
      ];
      expect(archived.code).toBe(0);
      expect(exported).toEqual(archived);
    }
    const connections = join(tempFolder(), 'connections');
    const made = await run('export', '--format=parquet', '--rows=connections', '--output', connections, path);
    expect(made).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('3 rows in 1 file of 1 day') });
    const asked = await query('--format=csv', 'SELECT count(*), min(date) FROM connections', connections);
    expect(asked).toEqual({ code: 0, stdout: 'count_star(),min(date)\n3,2026-11-20\n', stderr: '' });
    expect((await query('SELECT 1', parquet, path)).code).toBe(2);
  });

  it.each([
    ['SELECT tcpi_rt FROM snapshots', /tcpi_rtt/],
    ['SELECT 1; SELECT 2', /expected one statement/],
    ['DROP VIEW snapshots', /expected a SELECT/],
    ["COPY (SELECT 1) TO '/tmp/x'", /disabled|SELECT/],
    ["SELECT * FROM read_text('/etc/passwd')", /disabled/],
    ["SELECT * FROM 'https://example.com/x.parquet'", /disabled/],
    ['SELECT * FROM nothing', /^tcp-info query: Catalog Error: .*\nThe views are snapshots, connections/],
    ['SELEC 1', /^tcp-info query: Parser Error: syntax error/],
    ['INSTALL httpfs', /SELECT/],
    ['SET enable_external_access = true', /SELECT|locked|Cannot/],
    ['SELECT ?', /parameters/],
    ['EXPLAIN ANALYZE DROP VIEW snapshots', /expected a SELECT/],
    ["EXPLAIN (ANALYZE, FORMAT json) COPY (SELECT 1) TO '/tmp/x'", /disabled|SELECT/],
    ['EXPLAIN /* */ ANALYZE DROP VIEW snapshots', /SELECT|syntax/],
  ])('rejects %s with the reason', async (sql, reason) => {
    const { code, stdout, stderr } = await query(sql, await archives());
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^tcp-info query: /);
    expect(stderr).toMatch(reason);
  });

  it('names the missing one of its two arguments', async () => {
    const path = await archives();
    const said = async (...args: string[]) => {
      const { code, stdout, stderr } = await query(...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      return stderr;
    };
    expect(await said()).toBe("tcp-info query: missing arguments 'SQL' and 'PATH' (see --help)\n");
    expect(await said(path)).toBe(`tcp-info query: missing argument 'SQL' before the path ${path} (see --help)\n`);
    expect(await said('SELECT 1')).toMatch(/^tcp-info query: missing argument 'PATH' after the SQL: /);
  });

  it('runs EXPLAIN of a SELECT', async () => {
    const path = await archives();
    for (const explain of ['EXPLAIN', 'explain analyze', 'EXPLAIN (FORMAT json)']) {
      const { code, stdout } = await query('--format=jsonl', `${explain} SELECT count(*) FROM snapshots`, path);
      expect({ code, isSome: stdout.length > 100 }).toEqual({ code: 0, isSome: true });
    }
  });

  it('rejects Parquet files that are compressed by Brotli, and accepts other codecs', async () => {
    const folder = tempFolder();
    const { api } = await loadDuckDb();
    const connection = await (await api.DuckDBInstance.create()).connect();
    const write = async (name: string, codec: string): Promise<string> => {
      const path = join(folder, name);
      await connection.run(
        `COPY (SELECT 'a' AS uuid FROM range(9)) TO '${path}' (FORMAT parquet, COMPRESSION ${codec})`,
      );
      return path;
    };
    const fine = await Promise.all(['snappy', 'gzip', 'zstd'].map((codec) => write(`${codec}.parquet`, codec)));
    const brotli = await write('brotli.parquet', 'brotli');
    connection.closeSync();
    const sql = 'SELECT count(*) AS n FROM snapshots';
    expect(await query('--format=jsonl', sql, ...fine)).toEqual({ code: 0, stdout: '{"n":27}\n', stderr: '' });
    expect(await query(sql, ...fine, brotli)).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`read parquet ${brotli}: compressed by Brotli`),
    });
  });

  it('distinguishes connections without metadata by their endpoints, over Parquet as over archives', async () => {
    const [path, parquet] = [tempFolder(), join(tempFolder(), 'parquet')];
    for (const port of [80, 81]) {
      const lines = Array.from({ length: 3 }, (_, i) => {
        const record = snapshot(i, 1n);
        record.rawIdm?.set([0, port], 6);
        return encodeRecord(record);
      });
      writeFileSync(join(path, `${port}.jsonl`), lines.join(''));
    }
    expect((await run('export', '--format=parquet', '--output', parquet, path)).code).toBe(0);
    const sql = 'SELECT uuid, idiag_dport, snapshots FROM connections ORDER BY ALL';
    for (const input of [path, parquet]) {
      expect((await query('--format=csv', sql, input)).stdout).toBe('uuid,idiag_dport,snapshots\n,80,3\n,81,3\n');
    }
  });

  it('skips damage, and leaves no temporary file', async () => {
    const path = await archives();
    writeFileSync(join(path, 'd_4.00000.jsonl'), 'not a line\n');
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('tcp-info-query-'));
    const { code, stdout, stderr } = await query('--format=csv', 'SELECT count(*) AS n FROM snapshots', path);
    expect({ code, stdout }).toEqual({ code: 3, stdout: 'n\n30\n' });
    expect(stderr).toContain('d_4.00000.jsonl, line 1');
    const after = readdirSync(tmpdir()).filter((name) => name.startsWith('tcp-info-query-'));
    expect(after.filter((name) => !before.includes(name))).toEqual([]);
  });
});

describe('tcp-info export --where', () => {
  it('keeps rows for which the expression is true, in every format', async () => {
    const path = await archives();
    const where = "tcpi_rtt > 8000 AND uuid <> 'b_2'";
    const csv = await run('export', '--columns=uuid,tcpi_rtt', '--where', where, path);
    expect(csv.stdout).toBe('uuid,tcpi_rtt\na_1,9000\na_1,10000\nc_3,9000\nc_3,10000\n');
    const jsonl = await run('export', '--format=jsonl', '--columns=tcpi_rtt', '--where', where, path);
    expect(jsonl.stdout.trimEnd().split('\n')).toHaveLength(4);
    const derived = await run(
      'export',
      '--derive',
      '--columns=uuid,interval_us',
      '--where',
      'interval_us IS NULL',
      path,
    );
    expect(derived.stdout).toBe('uuid,interval_us\na_1,\nb_2,\nc_3,\n');
    const etl = await run('export', '--format=etl', '--where', 'tcpi_rtt = 1000', path);
    expect(etl.stdout.trimEnd().split('\n')).toHaveLength(3);
  });

  it('reports an error in an expression', async () => {
    const { code, stdout, stderr } = await run('export', '--where', 'rtt > 1', await archives());
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('"rtt" not found');
  });

  it('requires a folder for Parquet, and creates it', async () => {
    const path = await archives();
    expect((await run('export', '--format=parquet', path)).code).toBe(2);
    const impossible = await run('export', '--format=parquet', '--output=/proc/x/y', path);
    expect(impossible).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no such file or directory (ENOENT)'),
    });
    const output = join(tempFolder(), 'out');
    mkdirSync(output);
    writeFileSync(join(output, 'mine'), '');
    const refused = await run('export', '--format=parquet', '--output', output, path);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('not empty');
    expect(execFileSync('ls', ['-A', output], { encoding: 'utf8' })).toBe('mine\n');
  });
});
