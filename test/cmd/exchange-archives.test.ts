import { cpSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compressFrame } from '../../zstd/index.js';
import { tcpInfo } from '../support/tcp-info.js';
import { tempFolder } from '../support/temp.js';

const UUID = 'host_1_00000000000000A1';
const IDM = 'AgEAAKAqE4kKWAABAAAAAAAAAAAAAAAAClgAAgAAAAAAAAAAAAAAAAAAAAAzvgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAnFAgA';
const EXCHANGES = '2026/11/20/http/20261120T232803.000Z.jsonl.zst';

const exchange = (path: string, more: object = {}): object => ({
  time: '2026-11-20T23:28:04.117393226Z',
  uuid: UUID,
  netns: null,
  interface: 'eth0',
  side: 'server',
  client: '10.88.0.2:13246',
  server: '10.88.0.1:41002',
  method: 'GET',
  host: 'www.example.com',
  path,
  section: path,
  version: '1.1',
  status: 200,
  requestBytes: { head: 98, body: 0 },
  responseBytes: { head: 96, body: 1024 },
  requestUs: 0,
  ttfbUs: 1573,
  responseUs: 40,
  durationUs: 1613,
  serverUs: 1573,
  rttUs: 41,
  position: 17,
  continued: false,
  upgraded: false,
  missing: null,
  headers: {},
  ...more,
});

const linesOf = (values: readonly unknown[]): Buffer =>
  Buffer.from(values.map((value) => `${typeof value === 'string' ? value : JSON.stringify(value)}\n`).join(''));

/** Writes an output folder: the archive of a connection, and that of exchanges over it, in two frames. */
async function outputFolder(): Promise<string> {
  const folder = tempFolder();
  mkdirSync(dirname(join(folder, EXCHANGES)), { recursive: true });
  const metadata = { UUID, Sequence: 0, StartTime: '2026-11-20T23:28:03Z' };
  const records = [
    { Timestamp: '0001-01-01T00:00:00Z', Metadata: metadata },
    { Timestamp: '2026-11-20T23:28:03Z', RawIDM: IDM },
  ];
  writeFileSync(join(folder, `2026/11/20/${UUID}.00000.jsonl.zst`), await compressFrame(linesOf(records)));
  const frames = await Promise.all([
    compressFrame(linesOf([exchange('/pages'), exchange('/other', { status: 404 })])),
    compressFrame(linesOf([exchange('/gone', { uuid: null, status: null, ttfbUs: null, missing: 'response' })])),
  ]);
  writeFileSync(join(folder, EXCHANGES), Buffer.concat(frames));
  return folder;
}

describe('table http of tcp-info query', () => {
  it('joins connections by their UUID', async () => {
    const folder = await outputFolder();
    const { code, stdout, stderr } = await tcpInfo(
      'query',
      '--format=csv',
      'SELECT path, status, ttfb_us, response_body_bytes, time, idiag_sport FROM http LEFT JOIN connections USING (uuid) ORDER BY path',
      folder,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toEqual([
      'path,status,ttfb_us,response_body_bytes,time,idiag_sport',
      '/gone,,,1024,2026-11-20T23:28:04.117393Z,',
      '/other,404,1573,1024,2026-11-20T23:28:04.117393Z,41002',
      '/pages,200,1573,1024,2026-11-20T23:28:04.117393Z,41002',
    ]);
  });

  it('needs no archive of a connection, and reads only the files of exchanges for itself', async () => {
    const folder = await outputFolder();
    for (const path of [join(folder, EXCHANGES), dirname(join(folder, EXCHANGES))]) {
      const { code, stdout, stderr } = await tcpInfo('query', '--format=csv', 'SELECT count(*) AS n FROM http', path);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'n\n3\n', stderr: '' });
    }
    const described = await tcpInfo('query', '--format=csv', 'SELECT column_name FROM (DESCRIBE http)', folder);
    expect(described.stdout).toContain('uuid');
  });

  it('has what is whole of a file that was cut, with exit code 3, and reports lines that are no exchange', async () => {
    const folder = await outputFolder();
    const path = join(folder, EXCHANGES);
    truncateSync(path, readFileSync(path).length - 5);
    const count = ['query', '--format=csv', 'SELECT count(*) AS n FROM http', folder] as const;
    const cut = await tcpInfo(...count);
    expect(cut).toMatchObject({ code: 3, stdout: 'n\n2\n' });
    expect(cut.stderr).toContain(path);
    writeFileSync(path, await compressFrame(linesOf(['[]', 'null', '{"host":', exchange('/ok')])));
    const bad = await tcpInfo(...count);
    expect(bad).toMatchObject({ code: 3, stdout: 'n\n1\n' });
    expect(bad.stderr).toContain('line 3');
  });

  it('is empty without such archives', async () => {
    const folder = await outputFolder();
    const path = join(folder, `2026/11/20/${UUID}.00000.jsonl.zst`);
    const { code, stdout } = await tcpInfo('query', '--format=csv', 'SELECT count(*) AS n FROM http', path);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'n\n0\n' });
  });
});

describe('archives of HTTP exchanges', () => {
  it.each([
    ['summary', ['--format=json']],
    ['show', ['A1']],
    ['export', ['--format=csv']],
    ['query', ['SELECT count(*) FROM snapshots']],
  ])('change nothing of %s over their folder', async (name, args) => {
    const folder = await outputFolder();
    const plain = tempFolder();
    cpSync(join(folder, `2026/11/20/${UUID}.00000.jsonl.zst`), join(plain, `2026/11/20/${UUID}.00000.jsonl.zst`));
    const outputOf = async (path: string) => {
      const { code, stdout, stderr } = await tcpInfo(name, ...args, path);
      return { code, stdout: stdout.replaceAll(path, 'FOLDER'), stderr };
    };
    const expected = await outputOf(plain);
    expect(expected.code).toBe(0);
    expect(await outputOf(folder)).toEqual(expected);
  });

  it.each(['summary', 'show', 'export'])('are refused by %s with a sentence', async (name) => {
    const path = join(await outputFolder(), EXCHANGES);
    const { code, stdout, stderr } = await tcpInfo(name, path);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      `tcp-info ${name}: read archive ${path}: HTTP exchanges, and no connection: tcp-info query reads them as its table http\n`,
    );
  });

  it('are repaired when they were cut', async () => {
    const folder = await outputFolder();
    const path = join(folder, EXCHANGES);
    truncateSync(path, readFileSync(path).length - 5);
    const { code, stdout } = await tcpInfo('repair', '--min-age=1ms', folder);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining(path) });
    const { stdout: rows } = await tcpInfo('query', '--format=csv', 'SELECT count(*) AS n FROM http', folder);
    expect(rows).toBe('n\n2\n');
  });
});
