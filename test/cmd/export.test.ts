import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { parseWhenUs } from '../../cmd/tcp-info/export/when.js';
import { findSubcommand } from '../../cmd/tcp-info/subcommands.js';
import { CONNECTION_COLUMNS, SNAPSHOT_COLUMNS } from '../../export/index.js';
import { type ArchivedRecord, encodeRecord, formatTimestamp, ZERO_TIMESTAMP } from '../../parse/index.js';
import { compressFrame } from '../../zstd/index.js';
import { tempFolder } from '../support/temp.js';

const START_NS = 1_795_217_283_000_000_000n; // 2026-11-20T23:28:03Z
const MS = 1_000_000n;

/** Returns a snapshot `at` milliseconds after the start, with these bytes of tcp_info. */
function snapshot(at: number, tcpInfo: Readonly<Record<number, number>> = {}): ArchivedRecord {
  const rawIdm = new Uint8Array(72);
  rawIdm.set([2, 1, 0, 0, 1, 187, 0, 80, 10, 0, 0, 1]);
  const info = new Uint8Array(280);
  for (const [offset, value] of Object.entries(tcpInfo)) info[Number(offset)] = value;
  return {
    timestamp: formatTimestamp(START_NS + BigInt(at) * MS),
    rawIdm,
    attributes: [null, null, info, null, Buffer.from('cubic\0')],
  };
}

function archive(uuid: string, sequence: number, snapshots: readonly ArchivedRecord[]): string {
  const metadata = { uuid, sequence, startTime: '2026-11-20T23:28:03Z' };
  return [{ timestamp: ZERO_TIMESTAMP, metadata }, ...snapshots].map(encodeRecord).join('');
}

async function tcpInfo(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [out, err] = [text(stdout), text(stderr)];
  const subcommand = findSubcommand(['export']);
  if (subcommand === undefined) throw new RangeError('no subcommand');
  const code = await subcommand.run({ args, stdout, stderr, signals: { onShutdown: () => undefined } });
  stdout.end();
  stderr.end();
  return { code, stdout: await out, stderr: await err };
}

/** Creates a folder with two connections, one in two parts. */
async function folder(): Promise<string> {
  const path = tempFolder();
  const tens = (from: number): ArchivedRecord[] => Array.from({ length: 10 }, (_, i) => snapshot(from + 10 * i));
  writeFileSync(join(path, 'a_1.00001.jsonl'), archive('a_1', 1, tens(100)));
  writeFileSync(join(path, 'b_2.00000.jsonl.zst'), await compressFrame(Buffer.from(archive('b_2', 0, tens(50)))));
  writeFileSync(join(path, 'a_1.00000.jsonl'), archive('a_1', 0, tens(0)));
  writeFileSync(join(path, 'README.md'), 'no archive');
  return path;
}

const rows = (csv: string): string[][] =>
  csv
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));

describe('tcp-info export', () => {
  it("writes a header and a row for each snapshot, one connection's archives after the other", async () => {
    const { code, stdout, stderr } = await tcpInfo(await folder());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [header = [], ...lines] = rows(stdout);
    expect(header).toEqual(SNAPSHOT_COLUMNS.map(({ name }) => name));
    expect(lines.map(([uuid, sequence]) => `${uuid}.${sequence}`)).toEqual([
      ...Array(10).fill('a_1.0'),
      ...Array(10).fill('a_1.1'),
      ...Array(10).fill('b_2.0'),
    ]);
    expect(lines[1]?.[2]).toBe('2026-11-20T23:28:03.01Z');
  });

  it('writes the same as JSON, without missing values', async () => {
    const { code, stdout } = await tcpInfo('--format=jsonl', await folder());
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(30);
    expect(lines[0]).toMatchObject({
      uuid: 'a_1',
      timestamp: '2026-11-20T23:28:03Z',
      state: 'ESTABLISHED',
      idiag_sport: 443,
      idiag_src: '10.0.0.1',
      congestion_algorithm: 'cubic',
      tcpi_rtt: 0,
      tcpi_delivery_rate_app_limited: false,
    });
    expect(lines[0]).not.toHaveProperty('bbr_bw');
    expect(lines[0]).not.toHaveProperty('netns_name');
  });

  it('writes the requested columns, in that order', async () => {
    const path = await folder();
    const { stdout } = await tcpInfo('--columns=tcpi_rtt,uuid,tcpi_rtt,bbr', path);
    expect(rows(stdout)[0]).toEqual(['tcpi_rtt', 'uuid', 'bbr_bw', 'bbr_min_rtt', 'bbr_pacing_gain', 'bbr_cwnd_gain']);
    expect((await tcpInfo('--columns=timestamp', '--format=jsonl', path)).stdout.split('\n')[0]).toBe(
      '{"timestamp":"2026-11-20T23:28:03Z"}',
    );
  });

  it.each([
    ['rtt', 'tcp-info export: select column rtt: no such column or group; did you mean tcpi_rtt or '],
    ['tcpi_rrt', 'did you mean tcpi_rtt'],
    ['tcpinfo', 'did you mean tcp_info?'],
    ['zzzzzz', 'select column zzzzzz: no such column or group\n'],
    ['dropped', 'column dropped needs --every'],
  ])('rejects the column %s with exit code 2 and a suggestion', async (name, message) => {
    const { code, stdout, stderr } = await tcpInfo(`--columns=uuid,${name}`, 'x');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it.each([
    [[], "missing argument 'PATH'"],
    [['--format=xml', 'x'], 'expected one of csv, jsonl, parquet, etl'],
    [['--since=yesterday', 'x'], 'expected a time'],
    [['--since=1h', '--until=2h', 'x'], '--since is not before --until'],
    [['--every=10', 'x'], 'expected a duration'],
    [['--columns=', 'x'], 'expected names'],
    [['--format=etl', '--columns=uuid', 'x'], '--columns cannot be used'],
    [['--format=etl', '--every=1s', 'x'], '--every cannot be used'],
    [['--format=etl', '--derive', 'x'], '--derive cannot be used'],
    [['--ddl=oracle'], 'expected one of bigquery'],
    [['--ddl=postgresql', '--table=x; DROP TABLE y'], 'expected a name'],
    [['--what', 'x'], 'unknown option'],
    [['--colums=uuid', 'x'], '(see --help)'],
    [['--columns=uuid,limited_by', 'x'], 'column limited_by needs --derive'],
    [['--columns=derived', 'x'], 'column derived needs --derive'],
    [['--columns=thinning', 'x'], 'column thinning needs --every'],
  ])('rejects %j with exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await tcpInfo(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^tcp-info export: [^:]/);
    expect(stderr).toContain(message);
  });

  it('selects by time', async () => {
    const path = await folder();
    const count = async (...args: string[]): Promise<number> =>
      rows((await tcpInfo('--columns=uuid', ...args, path)).stdout).length - 1;
    expect(await count('--since=2026-11-20T23:28:03.1Z')).toBe(15);
    expect(await count('--until=2026-11-20T23:28:03.1Z')).toBe(15);
    expect(await count('--since=2026-11-20T23:28:03.05Z', '--until=2026-11-20T23:28:03.06Z')).toBe(2);
    expect(await count('--since=2026-11-20', '--until=2026-11-21')).toBe(30);
    expect(await count('--since=2026-11-21')).toBe(0);
  });

  it('thins across the archives of a connection, and counts', async () => {
    const path = await folder();
    const { stdout } = await tcpInfo('--every=50ms', '--columns=uuid,timestamp,ordinal,dropped', path);
    expect(
      rows(stdout)
        .slice(1)
        .map(([uuid, time, ...counts]) => [uuid, time?.slice(20, -1), ...counts]),
    ).toEqual([
      ['a_1', '', '1', '0'],
      ['a_1', '05', '6', '4'],
      ['a_1', '1', '11', '4'],
      ['a_1', '15', '16', '4'],
      ['a_1', '19', '20', '3'],
      ['b_2', '05', '1', '0'],
      ['b_2', '1', '6', '4'],
      ['b_2', '14', '10', '3'],
    ]);
  });

  it('reports damage, reads on, and exits with 3; with --strict it stops', async () => {
    const path = await folder();
    const bad = join(path, 'a_1.00001.jsonl');
    const lines = readFileSync(bad, 'utf8').split(/(?<=\n)/);
    writeFileSync(bad, [lines[0], lines[1], 'x\n', '{"RawIDM":"AgEA"}\n', '{}\n', ...lines.slice(2)].join(''));
    const { code, stdout, stderr } = await tcpInfo('--columns=uuid', path);
    expect(code).toBe(3);
    expect(rows(stdout)).toHaveLength(31);
    expect(stderr).toBe(
      `tcp-info export: read archive ${bad}, line 3: line is not JSON\n` +
        `tcp-info export: read archive ${bad}, line 4: RawIDM: 3 bytes < 72\n` +
        `tcp-info export: read archive ${bad}, line 5: record has neither Metadata nor RawIDM\n` +
        'tcp-info export: in all: 3 lines skipped\n',
    );
    const strict = await tcpInfo('--strict', '--columns=uuid', path);
    expect(strict.code).toBe(3);
    expect(strict.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('reports a path that it cannot open, and exits with 1', async () => {
    const missing = join(tempFolder(), 'missing.jsonl');
    const { code, stderr } = await tcpInfo(missing);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `tcp-info export: read archive ${missing}: no such file or directory (ENOENT)\n`,
    });
    expect(await tcpInfo(tempFolder())).toMatchObject({ code: 1, stderr: expect.stringContaining('no archive') });
  });

  it('gives a file its name when it is complete, and leaves no incomplete file', async () => {
    const path = await folder();
    const out = join(tempFolder(), 'out.csv');
    expect(await tcpInfo(`--output=${out}`, path)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(rows(readFileSync(out, 'utf8'))).toHaveLength(31);
    const other = join(tempFolder(), 'other');
    writeFileSync(join(path, 'a_1.00000.jsonl'), 'x');
    expect(await tcpInfo('--strict', `--output=${join(other, '..', 'o.csv')}`, path)).toMatchObject({ code: 3 });
    expect(readdirSync(join(other, '..'))).toEqual([]);
    const link = join(tempFolder(), 'link.csv');
    symlinkSync(out, link);
    expect(
      (await tcpInfo('--columns=uuid', '--format=jsonl', `--output=${link}`, join(path, 'b_2.00000.jsonl.zst'))).code,
    ).toBe(0);
    expect(readFileSync(out, 'utf8')).toMatch(/^\{"uuid":"b_2"\}\n/);
    const failed = await tcpInfo(`--output=${join(other, 'o.csv')}`, path);
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('write ') });
    expect(existsSync(other)).toBe(false);
  });

  it('ends silently when the reader closes the pipe, and reports other write errors', async () => {
    const path = await folder();
    const run = async (code: string): Promise<{ exit: number; said: string }> => {
      const stdout = new Writable({
        write: (_chunk, _encoding, done) => done(Object.assign(new Error(`${code}: no`), { code })),
      });
      const stderr = new PassThrough();
      const err = text(stderr);
      const exit = await findSubcommand(['export'])?.run({
        args: [path],
        stdout,
        stderr,
        signals: { onShutdown: () => undefined },
      });
      stderr.end();
      return { exit: exit ?? -1, said: await err };
    };
    expect(await run('EPIPE')).toEqual({ exit: 0, said: '' });
    expect(await run('ENOSPC')).toEqual({ exit: 1, said: 'tcp-info export: write standard output: ENOSPC: no\n' });
  });

  it('prints the DDL of the table in each format', async () => {
    const names = async (...args: string[]): Promise<string[]> => {
      const { code, stdout } = await tcpInfo('--ddl=clickhouse', ...args);
      expect(code).toBe(0);
      return [...stdout.matchAll(/^ {2}(\w+) /gm)].map(([, name = '']) => name);
    };
    const columns = '--columns=uuid,timestamp,tcpi_rtt';
    expect(await names(columns)).toEqual(['uuid', 'timestamp', 'tcpi_rtt']);
    expect(await names('--format=parquet', columns)).toEqual(['uuid', 'timestamp', 'timestamp_ns', 'tcpi_rtt']);
    expect(await names('--format=parquet', '--rows=connections')).toEqual(CONNECTION_COLUMNS.map(({ name }) => name));
  });

  it('lists its columns', async () => {
    const { code, stdout } = await tcpInfo('--list-columns', '--columns=tcpi_rtt,state');
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toBe('tcpi_rtt  int64   us  Smoothed round-trip time; 0 until the first sample');
  });
});

describe('parseWhenUs', () => {
  it.each([
    ['2026-11-20T23:28:03.1234567Z', 1_795_217_283_123_456],
    ['2026-11-20T18:28:03-05:00', 1_795_217_283_000_000],
    ['1970-01-02', 86_400_000_000],
    ['2h', 3_600_000_000],
    ['1d', -75_600_000_000],
  ])('parses %s', (when, us) => {
    expect(parseWhenUs(when, 3 * 3_600_000)).toBe(us);
  });

  it.each(['', 'now', '5', '2026-11-31', '2026-11-20T23:28', 'yesterday'])('rejects %j', (when) => {
    expect(parseWhenUs(when, 0)).toBeUndefined();
  });
});
