import { execFileSync } from 'node:child_process';
import { readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { choiceText } from '../../../view/choice.js';
import { type WrittenConnection, writeConnection } from '../../support/connections.js';
import { type ToolOutcome, tcpInfo } from '../../support/tcp-info.js';
import { tempFolder } from '../../support/temp.js';
import { connectionRow } from '../summary/rows.js';

const WEB: WrittenConnection = {
  uuid: 'host_1_00000000000000A1',
  start: '2026-11-20T23:00:00Z',
  local: ['10.0.0.1', 50_001],
  remote: ['10.0.0.2', 443],
  bytesPerStep: 100_000,
  records: 30,
};
const SLOW = { ...WEB, uuid: 'host_1_00000000000000B2', start: '2026-11-21T10:00:00Z', bytesPerStep: 4000 };
const DATABASE: WrittenConnection = {
  ...WEB,
  uuid: 'host_1_00000000000000C3',
  start: '2026-11-21T12:00:00Z',
  local: ['2001:db8::1', 5432],
  remote: ['2001:db8::2', 40_000],
};

/** Creates a folder with these connections. */
async function folderOf(...connections: readonly WrittenConnection[]): Promise<string> {
  const folder = tempFolder();
  for (const connection of connections) await writeConnection(folder, connection);
  return folder;
}

/** Returns the UUID of the shown connection. */
function shown({ code, stdout, stderr }: ToolOutcome): string | undefined {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return /^uuid +(\S+)$/m.exec(stdout)?.[1];
}

describe('the selected connection', () => {
  it.each([
    [['--last'], DATABASE],
    [['--last', '--port=443'], SLOW],
    [[':5432'], DATABASE],
    [['2001:db8::2'], DATABASE],
    [['[2001:db8::1]:5432-[2001:db8::2]:40000'], DATABASE],
    [['10.0.0.2', '--last'], SLOW],
    [[':443', '--until=2026-11-21'], WEB],
    [['10.0.0.2:443', '--since', '2026-11-21 00:00'], SLOW],
    [['--peer=2001:db8::/32'], DATABASE],
    [['00a1'], WEB],
    [['--filter=dport 443 startTime < "2026-11-21"'], WEB],
    [['--filter=sport = 5432'], DATABASE],
    [['00b2', '--filter=10.0.0.2'], SLOW],
    [['--last', '--filter=src 10.0.0.0/8'], SLOW],
    [['HOST_1_00000000000000b2'], SLOW],
    [['--port=40000-50000'], DATABASE],
  ])('is found by %j', async (args, expected) => {
    const folder = await folderOf(WEB, SLOW, DATABASE);
    expect(shown(await tcpInfo('show', ...args, folder))).toBe(expected.uuid);
  });

  it('is found in archives that were given other names', async () => {
    const folder = await folderOf(WEB, SLOW, DATABASE);
    const renamed = tempFolder();
    const archives = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.zst'));
    for (const path of archives) renameSync(join(folder, path), join(renamed, `copy_${basename(path)}`));
    expect(archives).toHaveLength(3);
    expect(shown(await tcpInfo('show', ':5432', renamed))).toBe(DATABASE.uuid);
    expect(shown(await tcpInfo('show', '--last', '--port=443', renamed))).toBe(SLOW.uuid);
  });

  it('is listed in a table with other matches, latest first, with exit code 2', async () => {
    const folder = await folderOf(WEB, SLOW, DATABASE);
    const { code, stdout, stderr } = await tcpInfo('show', ':443', folder);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const [head, titles, first, second, how, ...rest] = stderr.split('\n');
    expect(head).toBe('2 connections match, from 10.0.0.1:');
    expect(titles).toMatch(/^connection +began \(UTC\) +lasted +bytes +limited by +ended +uuid ends$/);
    expect(first).toMatch(/^:50001 -> 10\.0\.0\.2:443 +2026-11-21 10:00:00 +2\.9 s .* 00000000000000B2$/);
    expect(second).toMatch(/^:50001 -> 10\.0\.0\.2:443 +2026-11-20 23:00:00 .* 00000000000000A1$/);
    expect(how).toContain('--last');
    expect(rest).toEqual(['']);
    const filtered = await tcpInfo('show', '--filter=dport:443 is:limited', folder);
    expect(filtered).toEqual({ code, stdout, stderr });
  });

  it.each([80, 100])('has both endpoints in a table of %d columns', async (columns) => {
    const [first, second] = ['2026-11-20T23:00:00Z', '2026-11-20T23:59:00Z'].map((start, i) =>
      connectionRow({
        ...{
          localAddress: `198.51.100.${100 + i}`,
          localPort: 50_001,
          remoteAddress: '203.0.113.200',
          remotePort: 443,
        },
        ...{ uuid: `host_1_00000000000000${i}1`, startTime: start, endTime: start },
      }),
    );
    if (first === undefined || second === undefined) throw new Error('no rows');
    const style = { width: columns, unicode: false, paint: (_: unknown, text: string) => text };
    const of = (...rows: (typeof first)[]) => choiceText({ rows, count: rows.length, zone: 'utc' }, style);
    expect(of(first, second)).toContain('198.51.100.101:50001 -> 203.0.113.200:443  ');
    expect(of(first, second)).toMatch(/^2 connections match, in 2026(-11-20)?:\n/);
    const other = { ...second, startTime: '2026-12-31T01:02:03Z' };
    expect(of(first, other)).toContain('12-31 01:02:03');
    expect(of(first, { ...other, startTime: '2027-01-01T01:02:03Z' })).toContain('2027-01-01 01:02:03');
  });

  it('is among the latest twenty in a table of many', async () => {
    const many = Array.from({ length: 25 }, (_, i) => ({
      ...WEB,
      records: 2,
      uuid: `host_1_${i.toString(16).toUpperCase().padStart(16, '0')}`,
      start: `2026-11-20T23:00:${String(10 + i)}Z`,
    }));
    const { code, stderr } = await tcpInfo('show', ':443', await folderOf(...many));
    expect(code).toBe(2);
    expect(stderr).toContain('25 connections match; the latest 20 of them, from 10.0.0.1:');
    expect(stderr.match(/:50001 -> /g)).toHaveLength(20);
    expect(stderr).toContain('23:00:34');
    expect(stderr).not.toContain('23:00:14');
  });

  it('is with --last the first by UUID when several began at the same time', async () => {
    const twin = { ...WEB, uuid: 'host_1_00000000000000A2' };
    expect(shown(await tcpInfo('show', '--last', await folderOf(WEB, twin)))).toBe(WEB.uuid);
  });

  it('is with --last the latest of many, although earlier ones are skipped', async () => {
    // Their UUIDs are in no order.
    const many = Array.from({ length: 150 }, (_, i) => ({
      ...WEB,
      records: 2,
      uuid: `host_1_${((i * 7919) % 65_536).toString(16).toUpperCase().padStart(16, '0')}`,
      start: new Date(Date.UTC(2026, 10, 20) + 60_000 * i).toISOString(),
    }));
    const folder = await folderOf(...many);
    expect(shown(await tcpInfo('show', '--last', folder))).toBe(many[149]?.uuid);
    expect(shown(await tcpInfo('show', '--last', '--until=2026-11-20 02:00', folder))).toBe(many[119]?.uuid);
    // A filter judges complete connections, so that none may be skipped before it.
    const filter = '--filter=startTime < "2026-11-20T01:00:00Z"';
    expect(shown(await tcpInfo('show', '--last', filter, folder))).toBe(many[59]?.uuid);
  });

  it('is with --last not one that merely continues in a later tar', async () => {
    const folder = tempFolder();
    const parts: readonly WrittenConnection[][] = [
      [
        { ...WEB, isOver: false },
        { ...SLOW, start: '2026-11-20T23:30:00Z' },
      ],
      [{ ...WEB, start: '2026-11-21T01:00:00Z', sequence: 1 }],
    ];
    for (const [day, connections] of parts.entries())
      execFileSync('tar', ['-C', await folderOf(...connections), '-cf', join(folder, `day${day}.tar`), '2026']);
    expect(shown(await tcpInfo('show', '--last', folder))).toBe(SLOW.uuid);
  });

  it('is found by file name without reading other files', async () => {
    const folder = await folderOf(WEB, SLOW);
    writeFileSync(join(folder, 'broken.jsonl'), 'not an archive\n');
    const other = await writeConnection(folder, DATABASE);
    writeFileSync(other, 'not an archive');
    expect(shown(await tcpInfo('show', '00A1', folder))).toBe(WEB.uuid);
    const all = await tcpInfo('show', ':443', '--last', folder);
    expect(all.code).toBe(3);
    expect(all.stderr).toContain('broken.jsonl');
  });

  it('is found in the current folder and in a tar when options select it', async () => {
    const folder = await folderOf(WEB);
    expect(shown(await tcpInfo('show', folder, '--port=443'))).toBe(WEB.uuid);
    expect((await tcpInfo('show', folder)).stderr).toContain('or --last for the most recent one');
  });

  it('can be selected by SQL', async () => {
    const folder = await folderOf(WEB, SLOW, DATABASE);
    const where = "idiag_dport = 443 AND how_ended = 'closed' AND bytes_acked < 1000000";
    expect(shown(await tcpInfo('show', '--where', where, folder))).toBe(SLOW.uuid);
    const wrong = await tcpInfo('show', '--where', 'no_such_column = 1', folder);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('no_such_column');
    // The wrong match differs only in its values.
    const cast = await tcpInfo('show', '--where', 'how_ended::INTEGER = 1', folder);
    expect(cast).toMatchObject({ code: 2, stdout: '' });
    expect(cast.stderr).toContain('--where: Conversion Error');
  });

  it('has its times in the requested zone', async () => {
    const before = process.env['TZ'];
    process.env['TZ'] = 'Asia/Kolkata';
    try {
      const { stdout } = await tcpInfo('show', '--time=local', '00A1', await folderOf(WEB));
      expect(stdout).toContain('2026-11-21 04:30:00.000 +05:30');
      const svg = await tcpInfo('show', '--time=local', '--svg=-', '00A1', await folderOf(WEB));
      expect(svg.stdout).toContain('since 2026-11-21 04:30:00.000 +05:30');
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });

  it.each([
    [[], "missing argument 'FILE|UUID|ENDS'"],
    [[':70000', '.'], 'expected ends of a connection such as :9001'],
    [['--since=yesterday', ':1', '.'], 'expected a time such as 2026-11-21T13:00:00Z'],
    [['--since=10', ':1', '.'], 'with its unit: 90s, 30m, 2h or 7d'],
    [['--since=1h', '--until=2h', ':1', '.'], '--since=1h is not before --until=2h'],
    [['--port=http', '.'], 'expected ports from 0 to 65535'],
    [['--peer=10.0.0.1/8', '.'], 'expected addresses and prefixes'],
    [['--time=mars', ':1', '.'], 'Allowed choices are utc, local'],
    [['-', 'data'], 'PATHs cannot be searched'],
    [['--last', '-'], 'nothing to choose'],
    [['--format=html', ':1'], '--html=FILE draws a page'],
    [['nothing'], 'there is no file or folder of this name'],
    [['--lasst', ':1'], 'did you mean --last?'],
    [['--formt=json', ':1'], 'did you mean --format?'],
  ])('cannot be selected with %j', async (args, says) => {
    const { code, stdout, stderr } = await tcpInfo('show', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
    expect(stderr).toMatch(/^tcp-info show: [^\n]+\n$/);
  });

  it('does not exist when nothing matches', async () => {
    const folder = await folderOf(WEB);
    expect(await tcpInfo('show', ':80', folder)).toEqual({
      code: 1,
      stdout: '',
      stderr: `tcp-info show: :80: no connection in ${folder} matches\n`,
    });
  });
});

describe('a summary of a selection', () => {
  it('names the slowest connection, and the command that shows it', async () => {
    const folder = await folderOf(WEB, SLOW, DATABASE);
    const { code, stdout, stderr } = await tcpInfo('summary', folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Slowest\nconnection .*\n10\.0\.0\.1:50001 -> 10\.0\.0\.2:443 .* 00000000000000B2$/m);
    for (const title of ['Longest', 'Largest']) expect(stdout).toMatch(new RegExp(`^${title}`, 'm'));
    const [, command = ''] = /^The slowest one over time: tcp-info (.*)$/m.exec(stdout) ?? [];
    expect(command).toBe(`show 00000000000000B2 ${folder}`);
    expect(shown(await tcpInfo(...command.split(' ')))).toBe(SLOW.uuid);
  });

  it('counts the selected connections only, in every format', async () => {
    const folder = await folderOf(WEB, SLOW, DATABASE);
    const uuids = async (...args: string[]): Promise<(string | null)[]> => {
      const { stdout } = await tcpInfo('summary', '--format=json', ...args, folder);
      const { longest } = JSON.parse(stdout) as { longest: { uuid: string }[] };
      return longest.map(({ uuid }) => uuid.slice(-2)).sort();
    };
    expect(await uuids()).toEqual(['A1', 'B2', 'C3']);
    expect(await uuids('--since=2026-11-21')).toEqual(['B2', 'C3']);
    expect(await uuids('--until=2026-11-21T11:00:00Z')).toEqual(['A1', 'B2']);
    expect(await uuids('--peer=10.0.0.0/8')).toEqual(['A1', 'B2']);
    expect(await uuids('--where', 'bytes_acked < 1000000')).toEqual(['B2']);
    const page = await tcpInfo('summary', '--format=html', '--port=5432', folder);
    expect(page.stdout).toContain('<h1>1 TCP connection</h1>');
    expect(page.stdout).toContain('<h2>Slowest</h2>');
  });

  it("uses a file's mtime only if it is plausible", async () => {
    const folder = tempFolder();
    const path = await writeConnection(folder, WEB);
    const connections = async (): Promise<number> => {
      const { stdout } = await tcpInfo('summary', '--format=json', '--since=2026-11-20T23:00:01Z', folder);
      return (JSON.parse(stdout) as { connections: number }).connections;
    };
    utimesSync(path, 0, 0);
    expect(await connections()).toBe(1);
    rmSync(path);
    await writeConnection(folder, SLOW);
    expect(await connections()).toBe(1);
  });

  it('is not printed for files that are no archives', async () => {
    const notes = join(tempFolder(), 'notes.txt');
    writeFileSync(notes, 'milk\neggs\n');
    const { code, stdout, stderr } = await tcpInfo('summary', notes);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toBe(`tcp-info summary: read archive ${notes}: neither an archive nor a tar of archives\n`);
  });

  it('suggests no command if its arguments could not be pasted', async () => {
    const folder = join(await folderOf(WEB), 'it’s');
    await writeConnection(folder, WEB);
    expect((await tcpInfo('summary', folder)).stdout).not.toMatch(/show [0-9A-F]{16}/);
    const blank = join(await folderOf(), "my data's");
    await writeConnection(blank, WEB);
    expect((await tcpInfo('summary', blank)).stdout).toContain(`'\\''s'\n`);
  });
});
