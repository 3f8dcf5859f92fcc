import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { textStyle } from '../../view/terminal.js';
import { compressFrame } from '../../zstd/index.js';
import { tcpInfo } from '../support/tcp-info.js';
import { tempFolder } from '../support/temp.js';

const IDM = 'AgEAAKAqE4kKWAABAAAAAAAAAAAAAAAAClgAAgAAAAAAAAAAAAAAAAAAAAAzvgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAnFAgA';

/** Writes an archive of a few records, one per second. */
async function archive(folder: string, uuid: string, sequence: number, more = ''): Promise<string> {
  const day = join(folder, '2026', '11', String(20 + sequence));
  mkdirSync(day, { recursive: true });
  const StartTime = '2026-11-20T23:28:03Z';
  const lines = [
    JSON.stringify({ Timestamp: '0001-01-01T00:00:00Z', Metadata: { UUID: uuid, Sequence: sequence, StartTime } }),
    ...[0, 1, 2].map((s) => JSON.stringify({ Timestamp: `2026-11-20T23:2${sequence}:0${s}Z`, RawIDM: IDM })),
  ];
  const path = join(day, `${uuid}.0000${sequence}.jsonl.zst`);
  writeFileSync(path, await compressFrame(Buffer.from(`${lines.join('\n')}\n${more}`)));
  return path;
}

describe('tcp-info show', () => {
  it('reads all parts of a connection, found by the end of its UUID', async () => {
    const folder = tempFolder();
    await archive(folder, 'host_1_00000000000000A1', 1);
    await archive(folder, 'host_1_00000000000000A1', 0);
    await archive(folder, 'host_1_00000000000000B2', 0);
    const { code, stdout, stderr } = await tcpInfo('show', 'A1', folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('host_1_00000000000000A1');
    expect(stdout).toContain('6 snapshots in 2 archives');
    expect(stdout).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it('lists several matches with exit code 2, but accepts a whole UUID as exact', async () => {
    const folder = tempFolder();
    await archive(folder, 'host_1_00000000000000A1', 0);
    await archive(folder, 'other_host_1_00000000000000A1', 0);
    const several = await tcpInfo('show', '00A1', folder);
    expect(several).toMatchObject({ code: 2, stdout: '' });
    expect(several.stderr).toContain('2 connections match');
    expect(several.stderr.match(/ (other_)?host_1_00000000000000A1$/gm)).toHaveLength(2);
    const whole = await tcpInfo('show', 'host_1_00000000000000A1', folder);
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    expect(whole.stdout).toMatch(/^uuid +host_1_/m);
  });

  it("reads a file with the connection's other files beside it, and reports missing parts", async () => {
    const folder = tempFolder();
    const path = await archive(folder, 'host_1_00000000000000A1', 2);
    const { code, stdout } = await tcpInfo('show', path);
    expect(code).toBe(0);
    expect(stdout).toContain('the first is part 2: earlier parts are missing');
  });

  it('follows a link to an archive, and reads the files beside its target', async () => {
    const folder = tempFolder();
    const path = await archive(folder, 'host_1_00000000000000A1', 0);
    const link = join(tempFolder(), 'host_1_00000000000000A1.00000.jsonl.zst');
    symlinkSync(path, link);
    const { code, stdout, stderr } = await tcpInfo('show', link);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('3 snapshots in 1 archive');
  });

  it('reports that nothing was found, with exit code 1', async () => {
    const folder = tempFolder();
    await archive(folder, 'host_1_00000000000000A1', 0);
    const none = await tcpInfo('show', 'FFFF', folder);
    expect(none).toMatchObject({ code: 1, stdout: '' });
    expect(none.stderr).toBe(
      `tcp-info show: FFFF: no UUID of an archive in ${folder} ends like this, and no file has this name\n`,
    );
    const path = join(folder, 'missing.jsonl.zst');
    const missing = await tcpInfo('show', path);
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toBe(`tcp-info show: read archive ${path}: no such file or directory (ENOENT)\n`);
    const asFolder = await tcpInfo('show', `${folder}/`);
    expect(asFolder).toMatchObject({ code: 1, stdout: '' });
    expect(asFolder.stderr).toContain('it is a folder');
    expect(await tcpInfo('show', 'A1', join(folder, 'missing'))).toMatchObject({ code: 1, stdout: '' });
  });

  it('shows the rest of a damaged archive, with exit code 3', async () => {
    const folder = tempFolder();
    const path = await archive(folder, 'host_1_00000000000000A1', 0, 'no record\n');
    const { code, stdout, stderr } = await tcpInfo('show', 'A1', folder);
    expect(code).toBe(3);
    expect(stdout).toContain('3 snapshots');
    expect(stderr).toContain(`${path}, line 5`);
    expect(await tcpInfo('show', '--strict', 'A1', folder)).toMatchObject({ code: 3, stdout: '' });
  });

  it('draws into files, and leaves existing ones unchanged on failure', async () => {
    const folder = tempFolder();
    await archive(folder, 'host_1_00000000000000A1', 0);
    const [html, svg] = [join(folder, 'a.html'), join(folder, 'a.svg')];
    expect(await tcpInfo('show', 'A1', folder, '--html', html, '--svg', svg)).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
    const page = readFileSync(html, 'utf8');
    const css = /<style>(.*?)<\/style>/s.exec(page)?.[1] ?? '';
    expect(page).toContain(`style-src &#39;sha256-${createHash('sha256').update(css).digest('base64')}&#39;`);
    // Nothing is fetched or run: no address but the SVG namespace, no script or handler, one style sheet.
    expect(page).not.toMatch(/https?:|<script|\son[a-z]+=|\sstyle=|url\(|@import/i);
    const nowhere = await tcpInfo('show', 'A1', folder, '--svg', join(folder, 'none', 'a.svg'));
    expect(nowhere).toMatchObject({ code: 1, stdout: '' });
    expect(nowhere.stderr).toMatch(/write .*a\.svg: no such file or directory \(ENOENT\)\n$/);
    expect(readdirSync(folder).sort()).toEqual(['2026', 'a.html', 'a.svg']);
  });

  it('prints the same as JSON', async () => {
    const folder = tempFolder();
    await archive(folder, 'host_1_00000000000000A1', 0);
    const { code, stdout } = await tcpInfo('show', '--format=json', 'A1', folder);
    expect(code).toBe(0);
    const object = JSON.parse(stdout) as {
      spanUs: number;
      connection: { uuid: string };
      timeline: { snapshots: number }[];
    };
    expect(object).toMatchObject({ connection: { uuid: 'host_1_00000000000000A1', snapshots: 3 }, spanUs: 2e6 });
    expect(object.timeline.reduce((sum, { snapshots }) => sum + snapshots, 0)).toBe(3);
  });

  it.each([
    [[]],
    [['--rows=1', 'x']],
    [['--format=html', 'x']],
    [['--html=-', '--svg=-', 'x']],
    [['--format=json', '--svg=-', 'x']],
    [['-', 'x']],
    [['']],
  ])('rejects %j with exit code 2', async (args) => {
    const { code, stdout, stderr } = await tcpInfo('show', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^tcp-info show: [^:]/);
  });
});

describe('tcp-info summary', () => {
  it('counts a connection of several archives once', async () => {
    const folder = tempFolder();
    await archive(folder, 'host_1_00000000000000A1', 0);
    await archive(folder, 'host_1_00000000000000B2', 0);
    await archive(folder, 'host_1_00000000000000A1', 1);
    const json = await tcpInfo('summary', '--format=json', folder);
    expect({ code: json.code, stderr: json.stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({ connections: 2, snapshots: 9, from: '2026-11-20T23:20:00Z' });
    const plain = await tcpInfo('summary', folder);
    expect(plain.stdout).toMatch(/^None of 2 connections .*\n(.+\n)+\n2 connections\n/);
    expect(plain.stdout).toMatch(/^[\x20-\x7e\n]*$/);
    const file = join(folder, 'summary.html');
    expect(await tcpInfo('summary', '--format=html', `--output=${file}`, folder)).toMatchObject({
      code: 0,
      stdout: '',
    });
    expect(readFileSync(file, 'utf8')).toMatch(/^<!doctype html>\n<html lang="en">/);
  });

  it('summarizes the rest of damaged archives, with exit code 3', async () => {
    const folder = tempFolder();
    await archive(folder, 'host_1_00000000000000A1', 0, '{"Timestamp":1}\n');
    const { code, stdout, stderr } = await tcpInfo('summary', folder);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^1 connection\n/m);
    expect(stderr).toContain('line 5');
  });

  it('fails with 1 for an empty input, and with 2 without a path', async () => {
    const folder = tempFolder();
    expect(await tcpInfo('summary', join(folder, 'missing'))).toMatchObject({ code: 1, stdout: '' });
    expect(await tcpInfo('summary', folder)).toMatchObject({ code: 1, stdout: '' });
    expect(await tcpInfo('summary')).toMatchObject({ code: 2, stdout: '' });
    expect(existsSync(join(folder, 'missing'))).toBe(false);
  });
});

describe('the text style', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 123 });
  const style = (stream: typeof terminal | PassThrough, env: Record<string, string>): string => {
    const { width, unicode, paint } = textStyle(stream, env);
    return `${width} ${unicode} ${paint('heading', 'x') !== 'x'}`;
  };

  it('uses colours and Unicode only on a terminal whose settings allow them', () => {
    expect(style(terminal, {})).toBe('123 true true');
    expect(style(terminal, { NO_COLOR: '1' })).toBe('123 false false');
    expect(style(terminal, { NO_COLOR: '' })).toBe('123 true true');
    expect(style(terminal, { TERM: 'dumb' })).toBe('123 false false');
    expect(style(new PassThrough(), {})).toBe('100 false false');
    expect(style(new PassThrough(), { COLUMNS: '72' })).toBe('72 false false');
  });
});
