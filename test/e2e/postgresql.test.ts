import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileSource, readRecords } from '../../archive/input/index.js';
import { type Column, SNAPSHOT_COLUMNS, SnapshotReader } from '../../export/index.js';
import { encodeRecord, parseNetlinkMessage, ZERO_TIMESTAMP } from '../../parse/index.js';
import { compressFrame } from '../../zstd/index.js';
import { capturedMessages } from '../support/fixtures.js';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'cmd', 'tcp-info', 'main.js');
const USER = 'postgres';

/** Returns the program folder of the newest PostgreSQL in Debian's packages. */
function findPrograms(): string | undefined {
  const base = '/usr/lib/postgresql';
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(base, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
}

const bin = findPrograms();
const reason = bin === undefined ? 'PostgreSQL is not installed' : process.getuid?.() === 0 ? undefined : 'not root';
if (reason !== undefined) process.stdout.write(`test/e2e/postgresql.test.ts is skipped: ${reason}\n`);

/** Columns whose sums may exceed a double on both sides: compared as integers of any size. */
const SUMMED = SNAPSHOT_COLUMNS.filter(({ type }) => type === 'int32' || type === 'int64');

describe.skipIf(reason !== undefined)('PostgreSQL', () => {
  let folder = '';
  let archive = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tcp-info-postgresql-'));
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, USER], { encoding: 'utf8' })));
    chownSync(folder, uid ?? 0, gid ?? 0);
    chmodSync(folder, 0o755);
    as('initdb', '-D', join(folder, 'data'), '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8');
    const options = `-c listen_addresses= -c unix_socket_directories=${folder} -c fsync=off`;
    as('pg_ctl', '-D', join(folder, 'data'), '-l', join(folder, 'log'), '-o', options, '-w', 'start');
    archive = join(folder, 'archives');
    mkdirSync(archive);
    const path = join(archive, 'x_1.00000.jsonl.zst');
    const metadata = { uuid: 'x_1, "quoted"', sequence: 0, startTime: '2026-11-20T23:28:03Z' };
    const records = capturedMessages('6.18-dump.bin').flatMap((message, i) => {
      if (message.readUInt16LE(4) < 18) return []; // the end of the dump
      return [parseNetlinkMessage(message, `2026-11-20T23:28:03.00${i % 10}000123Z`)];
    });
    const lines = [{ timestamp: ZERO_TIMESTAMP, metadata }, ...records].map(encodeRecord).join('');
    writeFileSync(path, await compressFrame(Buffer.from(lines)));
  });

  afterAll(() => {
    if (folder === '') return;
    if (existsSync(join(folder, 'data', 'postmaster.pid')))
      as('pg_ctl', '-D', join(folder, 'data'), '-m', 'fast', 'stop');
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a PostgreSQL program as its user, which must not be root. */
  function as(program: string, ...args: string[]): string {
    const command = ['-u', USER, '--', join(bin ?? '', program), ...args];
    return execFileSync('runuser', command, { encoding: 'utf8', cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  function sql(...statements: string[]): string {
    const commands = statements.flatMap((statement) => ['-c', statement]);
    return as(
      'psql',
      '-h',
      folder,
      '-d',
      'postgres',
      '-X',
      '-q',
      '-t',
      '-A',
      '-v',
      'ON_ERROR_STOP=1',
      ...commands,
    ).trim();
  }

  const tcpInfo = (...args: string[]): string =>
    execFileSync(process.execPath, [MAIN, 'export', ...args], { encoding: 'utf8' });

  it('accepts the table and the rows, with the same sums as the library', async () => {
    sql(tcpInfo('--ddl=postgresql'));
    const csv = join(folder, 'rows.csv');
    tcpInfo('--format=csv', '--output', csv, archive);
    chmodSync(csv, 0o644);
    sql(`\\copy snapshots FROM '${csv}' CSV HEADER`);
    const want = await sums(archive, SUMMED);
    const list = SUMMED.map(({ name }) => `count("${name}"), coalesce(sum("${name}"), 0)`).join(', ');
    const got = sql(
      `SELECT count(*), count(DISTINCT uuid), max("timestamp" AT TIME ZONE 'UTC'), ${list} FROM snapshots`,
    );
    const [rows, uuids, last, ...values] = got.split('|');
    expect(Number(rows)).toBeGreaterThan(10);
    expect([uuids, last]).toEqual(['1', '2026-11-20 23:28:03.009']);
    const found = SUMMED.map(({ name }, i) => [name, values[2 * i], values[2 * i + 1]]);
    expect(found).toEqual(SUMMED.map(({ name }) => [name, ...(want.get(name) ?? [])]));
    expect(sql('SELECT DISTINCT uuid FROM snapshots')).toBe('x_1, "quoted"');
    expect(readFileSync(csv, 'utf8').split('\n')).toHaveLength(Number(rows) + 2);
  });
});

/** Returns the number of values per column, and their exact sums. */
async function sums(folder: string, columns: readonly Column[]): Promise<Map<string, [string, string]>> {
  const counts = new Map(columns.map(({ name }) => [name, 0]));
  const totals = new Map(columns.map(({ name }) => [name, 0n]));
  const row = new SnapshotReader();
  for (const name of readdirSync(folder)) {
    row.begin(name);
    for await (const { record } of readRecords(fileSource(join(folder, name)))) {
      if (!row.load(record)) continue;
      for (const { name: column, read } of columns) {
        const value = read(row);
        if (typeof value !== 'number' && typeof value !== 'bigint') continue;
        counts.set(column, (counts.get(column) ?? 0) + 1);
        totals.set(column, (totals.get(column) ?? 0n) + BigInt(value));
      }
    }
  }
  return new Map(columns.map(({ name }) => [name, [String(counts.get(name)), String(totals.get(name))]]));
}
